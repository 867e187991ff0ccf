/**
 * The six hooks of a client, and the two views of them: `TapOnlyHooks` for plugins and users, `Hooks` for the
 * request loop. Made per client; frozen at its first request, so that the loop can test once whether anybody
 * listens and pay nothing when nobody does.
 *
 * The loop fires at the least cost tapable offers: `callAsync` with synchronous taps ends in the same turn, in tens
 * of nanoseconds. tapable compiles its hooks with `new Function`; where that is forbidden, tapping fails with an
 * error that says so, and a client without taps works.
 */
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncBailHook, SyncHook } from 'tapable'
import type { HTTPError, PluginError } from '../ground/errors.js'
import type { HTTPResponse } from '../ground/response.js'
import type { ConnectContext, Connector } from '../transport/connector.js'
import type {
  ErrorContext,
  ExchangeView,
  ReleaseContext,
  RequestContext,
  ResponseContext,
} from './contexts.js'
import { doubleFault, isolateSync } from './guard.js'
import { type SyncTappable, type Tappable, TapRegistry } from './tappable.js'
import type { Resend } from './verdicts.js'

/** The hooks as plugins and users see them: to be tapped, not fired. */
export interface TapOnlyHooks {
  /** Wraps how an origin is reached; once per new connection. A tap returns a connector that calls the given one. */
  readonly beforeConnect: Tappable<[connector: Connector, context: ConnectContext], Connector>
  /** Once per attempt, before a connection is sought. A tap may change or answer the request. */
  readonly onRequest: Tappable<[context: RequestContext], HTTPResponse | undefined | void>
  /**
   * The head is here, the body unread. A tap may replace the response, ask for another attempt, or return an error:
   * the call then fails with it, as it is. Throwing is for bugs and arrives as a `PluginError`.
   */
  readonly onResponse: Tappable<[context: ResponseContext], Resend | HTTPError | undefined | void>
  /**
   * The attempt failed before a response was delivered. A tap may ask for another attempt, answer instead, or return
   * the error that the call fails with in place of the one at hand.
   */
  readonly onError: Tappable<[context: ErrorContext], Resend | HTTPResponse | HTTPError | undefined | void>
  /** An attempt is done with its connection. `'close'` keeps it out of the pool. */
  readonly onRelease: SyncTappable<[context: ReleaseContext], 'close' | undefined | void>
  /** Exactly once per call, whatever happened. */
  readonly onSettle: SyncTappable<[exchange: ExchangeView], void>
}

/** Called once with the outcome of a hook. */
export type HookDone<Verdict> = (error: PluginError | undefined, verdict: Verdict | undefined) => void

/** A bail hook, to be fired by the loop. */
export class BailCaller<Context, Verdict> {
  /** Whether anybody taps; only true after `freeze`. */
  active = false
  readonly registry: TapRegistry<[Context], Verdict | undefined | void>
  readonly #hook: AsyncSeriesBailHook<[Context], Verdict>

  constructor(name: 'onRequest' | 'onResponse' | 'onError') {
    this.#hook = new AsyncSeriesBailHook<[Context], Verdict>(['context'], name)
    this.registry = new TapRegistry(name, this.#hook)
  }

  /** Who taps, for an error about what came of it: which of them it was cannot be known. */
  get tappedBy(): string {
    return this.#hook.taps.map((tap) => tap.name).join(', ')
  }

  /**
   * Runs the taps until one gives a verdict. `done` is called once: in this turn when every tap is synchronous, and
   * never when a promise tap never settles, so the caller bounds it with its own deadline and signal.
   */
  call(context: Context, done: HookDone<Verdict>): void {
    let answered = false
    this.#hook.callAsync(context, (error, verdict) => {
      if (answered) return
      answered = true
      done((error ?? undefined) as PluginError | undefined, verdict)
    })
  }
}

/** onError, to be fired by the loop. A tap's own failure is told together with the one it was asked about. */
export class ErrorCaller extends BailCaller<ErrorContext, Resend | HTTPResponse | HTTPError> {
  constructor() {
    super('onError')
  }

  override call(context: ErrorContext, done: HookDone<Resend | HTTPResponse | HTTPError>): void {
    super.call(context, (fault, verdict) => {
      done(fault === undefined ? undefined : doubleFault(fault, context.error), verdict)
    })
  }
}

/** The hooks as the loop uses them. */
export class Hooks {
  readonly onRequest: BailCaller<RequestContext, HTTPResponse> = new BailCaller('onRequest')
  readonly onResponse: BailCaller<ResponseContext, Resend | HTTPError> = new BailCaller('onResponse')
  readonly onError: ErrorCaller = new ErrorCaller()
  readonly beforeConnect: ConnectCaller = new ConnectCaller()
  readonly onRelease: ReleaseCaller = new ReleaseCaller()
  readonly onSettle: SettleCaller = new SettleCaller()
  #frozen = false

  get frozen(): boolean {
    return this.#frozen
  }

  /** The first request is about to run. */
  freeze(): void {
    this.#frozen = true
    for (const caller of [
      this.onRequest,
      this.onResponse,
      this.onError,
      this.beforeConnect,
      this.onRelease,
      this.onSettle,
    ]) {
      caller.registry.freeze()
      caller.active = caller.registry.used
    }
  }

  /** The view for a plugin, or for a user when `plugin` is not given. */
  tapOnly(plugin?: string): TapOnlyHooks {
    return Object.freeze({
      beforeConnect: this.beforeConnect.registry.facade(plugin),
      onRequest: this.onRequest.registry.facade(plugin),
      onResponse: this.onResponse.registry.facade(plugin),
      onError: this.onError.registry.facade(plugin),
      onRelease: this.onRelease.registry.facade(plugin),
      onSettle: this.onSettle.registry.facade(plugin),
    })
  }
}

/** beforeConnect, to be fired by the loop: once per connection, so a promise is not too much. */
export class ConnectCaller {
  active = false
  readonly #hook: AsyncSeriesWaterfallHook<[Connector, ConnectContext]> = new AsyncSeriesWaterfallHook(
    ['connector', 'context'],
    'beforeConnect',
  )
  readonly registry: TapRegistry<[Connector, ConnectContext], Connector> = new TapRegistry(
    'beforeConnect',
    this.#hook,
  )

  /** Who taps, for an error about what came of it: which of them it was cannot be known. */
  get tappedBy(): string {
    return this.#hook.taps.map((tap) => tap.name).join(', ')
  }

  /** Rejects with a PluginError. Never settles when a tap does not: bound it by the signal. */
  call(connector: Connector, context: ConnectContext): Promise<Connector> {
    return this.#hook.promise(connector, context)
  }
}

/** onRelease, to be fired by the loop. A tap that throws closes the connection; the others still run. */
export class ReleaseCaller {
  active = false
  #threw = false
  readonly #hook: SyncBailHook<[ReleaseContext], 'close'> = new SyncBailHook(['context'], 'onRelease')
  readonly registry: TapRegistry<[ReleaseContext], 'close' | undefined | void> = new TapRegistry(
    'onRelease',
    this.#hook,
    isolateSync(() => {
      this.#threw = true
    }),
  )

  call(context: ReleaseContext): 'close' | undefined {
    // A tap may give another connection back, by closing a pool for one: this call is inside another then.
    const outer = this.#threw
    this.#threw = false
    const verdict = this.#hook.call(context)
    const threw = this.#threw
    this.#threw = outer
    return threw ? 'close' : verdict
  }
}

/** onSettle, to be fired by the loop. A tap that throws is reported; the others still run. */
export class SettleCaller {
  active = false
  readonly #hook: SyncHook<[ExchangeView]> = new SyncHook(['exchange'], 'onSettle')
  readonly registry: TapRegistry<[ExchangeView], void> = new TapRegistry(
    'onSettle',
    this.#hook,
    isolateSync(() => undefined),
  )

  call(exchange: ExchangeView): void {
    this.#hook.call(exchange)
  }
}
