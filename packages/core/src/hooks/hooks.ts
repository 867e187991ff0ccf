/**
 * The six hooks of a client, and the two views of them: `TapOnlyHooks` for plugins and users, `Hooks` for the
 * request loop. Made per client; frozen at its first request, so that the loop can test once whether anybody
 * listens and pay nothing when nobody does.
 *
 * tapable compiles its hooks with `new Function`; where that is forbidden, making a client with taps fails with
 * an error that says so.
 */
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncBailHook, SyncHook } from 'tapable'
import { HTTPError, PluginError } from '../ground/errors.js'
import { HTTPResponse } from '../ground/response.js'
import type { ConnectContext, Connector } from '../transport/connector.js'
import type {
  ErrorContext,
  ExchangeView,
  ReleaseContext,
  RequestContext,
  ResponseContext,
} from './contexts.js'
import { pluginError, type VerdictCheck } from './guard.js'
import { isolateSync, type SyncTappable, type Tappable, TapRegistry } from './tappable.js'
import { Resend } from './verdicts.js'

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
export type HookDone<Verdict> = (error: HTTPError | undefined, verdict: Verdict | undefined) => void

/** A bail hook, to be fired by the loop. */
export class BailCaller<Context, Verdict> {
  /** Whether anybody taps; only true after `freeze`. */
  active = false
  readonly registry: TapRegistry<[Context], Verdict | undefined | void>
  readonly #hook: AsyncSeriesBailHook<[Context], Verdict>

  constructor(name: 'onRequest' | 'onResponse' | 'onError', check: VerdictCheck) {
    this.#hook = new AsyncSeriesBailHook<[Context], Verdict>(['context'], name)
    this.registry = new TapRegistry(name, this.#hook, check)
  }

  call(context: Context, done: HookDone<Verdict>): void {
    let answered = false
    this.#hook.callAsync(context, (error, verdict) => {
      if (answered) return
      answered = true
      done((error ?? undefined) as HTTPError | undefined, verdict)
    })
  }
}

/** The hooks as the loop uses them. */
export class Hooks {
  readonly onRequest: BailCaller<RequestContext, HTTPResponse> = new BailCaller('onRequest', admitResponse)
  readonly onResponse: BailCaller<ResponseContext, Resend | HTTPError> = new BailCaller(
    'onResponse',
    admitResend,
  )
  readonly onError: BailCaller<ErrorContext, Resend | HTTPResponse | HTTPError> = new BailCaller(
    'onError',
    admitEither,
  )
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

/** beforeConnect, to be fired by the loop. */
export class ConnectCaller {
  active = false
  readonly #hook: AsyncSeriesWaterfallHook<[Connector, ConnectContext]> = new AsyncSeriesWaterfallHook(
    ['connector', 'context'],
    'beforeConnect',
  )
  readonly registry: TapRegistry<[Connector, ConnectContext], Connector> = new TapRegistry(
    'beforeConnect',
    this.#hook,
    admitConnector,
  )

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
    admitClose,
    isolateSync(() => {
      this.#threw = true
    }),
  )

  call(context: ReleaseContext): 'close' | undefined {
    this.#threw = false
    const verdict = this.#hook.call(context)
    return this.#threw ? 'close' : verdict
  }
}

/** onSettle, to be fired by the loop. A tap that throws is reported; the others still run. */
export class SettleCaller {
  active = false
  readonly #hook: SyncHook<[ExchangeView]> = new SyncHook(['exchange'], 'onSettle')
  readonly registry: TapRegistry<[ExchangeView], void> = new TapRegistry(
    'onSettle',
    this.#hook,
    () => undefined,
    isolateSync(() => undefined),
  )

  call(exchange: ExchangeView): void {
    this.#hook.call(exchange)
  }
}

/** Both failures in one: the plugin's, and the one it was asked about. */
export function doubleFault(error: HTTPError, failure: HTTPError): HTTPError {
  const fault = pluginError('unknown', 'onError', error)
  const cause = new AggregateError(
    [fault.cause ?? fault, failure],
    'a plugin failed while it handled a failure',
  )
  return new PluginError(fault.message, { plugin: fault.plugin, hook: 'onError', cause })
}

function admitResponse(verdict: unknown): string | undefined {
  return verdict instanceof HTTPResponse
    ? undefined
    : `returned ${kind(verdict)}; an HTTPResponse answers, undefined goes on`
}

function admitResend(verdict: unknown): string | undefined {
  return verdict instanceof Resend || verdict instanceof HTTPError
    ? undefined
    : `returned ${kind(verdict)}; a Resend tries again, an HTTPError fails the call, undefined goes on (assign context.response to replace it)`
}

function admitEither(verdict: unknown): string | undefined {
  const admitted = verdict instanceof Resend || verdict instanceof HTTPResponse
  return admitted
    ? undefined
    : `returned ${kind(verdict)}; a Resend tries again, an HTTPResponse answers, undefined goes on`
}

function admitConnector(verdict: unknown): string | undefined {
  return typeof verdict === 'function' ? undefined : `returned ${kind(verdict)} instead of a connector`
}

function admitClose(verdict: unknown): string | undefined {
  return verdict === 'close' ? undefined : `returned ${kind(verdict)}; only 'close' means something`
}

function kind(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? `'${value.slice(0, 30)}'` : String(value)
  return `a ${value.constructor?.name ?? 'object'}`
}
