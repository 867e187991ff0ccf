/**
 * What plugins hold of a hook: they can tap and listen, not fire. Taps are registered here, under the guard of
 * guard.ts, until the hooks freeze; firing is the business of hooks.ts. Together the two are the only files that
 * touch tapable.
 */
import { PluginError } from '../ground/errors.js'
import { guardPromise, guardSync, isolateSync, type SyncWrapper } from './guard.js'
import { type HookName, verdictChecks } from './verdict-checks.js'

/** How a tap is registered. */
export interface TapOptions {
  /** Whose tap it is; appears in errors. */
  readonly name: string
  /** When it runs among the others: see `stages`. Default 0. */
  readonly stage?: number
}

/**
 * Hears what a hook does and changes nothing. What it throws is reported as a process warning and forgotten. It
 * hears only hooks that somebody taps: one that nobody taps is not fired.
 */
export interface HookListener<Arguments extends readonly unknown[], Verdict> {
  /** Whose listener it is; appears in warnings. */
  readonly name: string
  /** The hook is fired. */
  readonly call?: (...args: Arguments) => void
  /** A tap is about to run. */
  readonly tap?: (tap: { readonly name: string; readonly stage: number }) => void
  /** A tap gave a verdict; for `beforeConnect`, what the last one returned. */
  readonly result?: (verdict: Exclude<Verdict, undefined | void>) => void
  /** A tap failed. Not for `onRelease` and `onSettle`, which go on and warn. */
  readonly error?: (error: PluginError) => void
  /** Every tap has run and none gave a verdict. */
  readonly done?: () => void
}

/** A hook that can be tapped by synchronous functions. */
export interface SyncTappable<Arguments extends readonly unknown[], Verdict> {
  /**
   * Registers a synchronous tap.
   *
   * @throws {PluginError} after the first request; no function, or an option that is not `name` or `stage`
   */
  tap(options: string | TapOptions, tap: (...args: Arguments) => Verdict): void
  /** Registers a listener: it sees, and cannot change. For tracing; costs each call of the hook. */
  intercept(listener: HookListener<Arguments, Verdict>): void
  /** The same hook with another default stage. */
  withOptions(options: { readonly stage?: number }): SyncTappable<Arguments, Verdict>
}

/** A hook that can be tapped by synchronous and by promise-returning functions. */
export interface Tappable<Arguments extends readonly unknown[], Verdict>
  extends SyncTappable<Arguments, Verdict> {
  /** Registers a tap that returns a promise. Costs every exchange a turn; prefer `tap` where nothing is awaited. */
  tapPromise(options: string | TapOptions, tap: (...args: Arguments) => Promise<Verdict>): void
  withOptions(options: { readonly stage?: number }): Tappable<Arguments, Verdict>
}

/** What is used of tapable's hooks here, whatever their arguments. */
interface TapableHook {
  readonly taps: readonly unknown[]
  tap(options: { name: string; stage: number }, tap: unknown): void
  tapPromise(options: { name: string; stage: number }, tap: unknown): void
  intercept(listener: object): void
}

const LISTENER_KEYS = ['call', 'tap', 'result', 'error', 'done'] as const

/** The taps of one hook: who may register, until when, under what guard. */
export class TapRegistry<Arguments extends readonly unknown[], Verdict> {
  readonly #name: HookName
  readonly #hook: TapableHook
  readonly #wrapSync: SyncWrapper<Arguments, Verdict>
  readonly #promises: boolean
  #frozen = false

  /** `isolate` is given for a synchronous hook whose taps must not stop each other. */
  constructor(name: HookName, hook: object, isolate?: SyncWrapper<Arguments, Verdict>) {
    this.#name = name
    this.#hook = hook as TapableHook
    this.#wrapSync = isolate ?? guardSync
    this.#promises = isolate === undefined
  }

  /** Whether anybody taps. A mere listener does not count, though tapable's `isUsed` says so. */
  get used(): boolean {
    return this.#hook.taps.length > 0
  }

  /** From the first request on the taps are what they are. */
  freeze(): void {
    this.#frozen = true
  }

  /** What a plugin gets; errors name `plugin`, or the tap's own name when a user taps without one. */
  facade(plugin: string | undefined, defaultStage = 0): Tappable<Arguments, Verdict> {
    const check = verdictChecks[this.#name]
    return Object.freeze({
      tap: (options: string | TapOptions, tap: (...args: Arguments) => Verdict) => {
        const { owner, ...given } = this.#admit(options, plugin, defaultStage, tap)
        this.#hook.tap(given, this.#wrapSync(owner, this.#name, check, tap))
      },
      tapPromise: (options: string | TapOptions, tap: (...args: Arguments) => Promise<Verdict>) => {
        const { owner, ...given } = this.#admit(options, plugin, defaultStage, tap)
        if (!this.#promises) this.#refuse(owner, 'with tapPromise; it waits for nobody, use tap')
        this.#hook.tapPromise(given, guardPromise(owner, this.#name, check, tap))
      },
      // Not in the type. A plugin written against tapable itself learns here what to write instead.
      tapAsync: (options: string | TapOptions) => {
        const name = typeof options === 'string' ? options : options?.name
        this.#refuse(plugin ?? String(name), 'with tapAsync; return a promise and use tapPromise')
      },
      intercept: (listener: HookListener<Arguments, Verdict>) => {
        this.#listen(listener, plugin)
      },
      withOptions: (options: { readonly stage?: number }) => {
        const { stage = defaultStage, ...others } = Object(options) as { readonly stage?: number }
        this.#requireKnown(others, plugin ?? 'a user')
        return this.facade(plugin, stage)
      },
    })
  }

  #admit(
    options: string | TapOptions,
    plugin: string | undefined,
    defaultStage: number,
    tap: unknown,
  ): { owner: string; name: string; stage: number } {
    const {
      name,
      stage = defaultStage,
      ...others
    } = typeof options === 'string' ? { name: options } : (Object(options) as TapOptions)
    const owner = plugin ?? String(name)
    if (typeof name !== 'string' || name === '') this.#refuse(owner, 'without a name')
    if (typeof stage !== 'number' || Number.isNaN(stage)) {
      this.#refuse(owner, 'with a stage that is no number; see `stages`')
    }
    this.#requireKnown(others, owner)
    if (typeof tap !== 'function') this.#refuse(owner, `with ${typeof tap} instead of a function`)
    this.#requireOpen(owner)
    requireCodeGeneration(owner, this.#name)
    return { owner, name, stage }
  }

  #requireKnown(others: object, owner: string): void {
    const unknown = Object.keys(others)
    if (unknown.length === 0) return
    this.#refuse(owner, `with the option ${unknown.join(', ')}; order is said by \`stage\` alone`)
  }

  #listen(listener: HookListener<Arguments, Verdict>, plugin: string | undefined): void {
    const { name, ...parts } = Object(listener) as HookListener<Arguments, Verdict>
    const owner = plugin ?? String(name)
    if (typeof name !== 'string' || name === '') this.#refuse(owner, 'by a listener without a name')
    const unknown = Object.keys(parts).filter((key) => !LISTENER_KEYS.includes(key as never))
    if (unknown.length > 0)
      this.#refuse(owner, `by a listener with ${unknown.join(', ')}; it can only listen`)
    this.#requireOpen(owner)
    const safe: Record<string, (...args: unknown[]) => void> = {}
    const isolated = isolateSync<unknown[], void>(() => undefined)
    for (const key of LISTENER_KEYS) {
      const listen = parts[key] as ((...args: unknown[]) => void) | undefined
      if (listen !== undefined) safe[key] = isolated(owner, this.#name, () => undefined, listen)
    }
    const { tap } = safe
    if (tap !== undefined) safe.tap = (given) => tap(tapShown(given as TapShown))
    this.#hook.intercept(safe)
  }

  #requireOpen(owner: string): void {
    if (this.#frozen) this.#refuse(owner, 'after the first request; tap before it')
  }

  #refuse(owner: string, what: string): never {
    throw new PluginError(`plugin "${owner}" tapped ${this.#name} ${what}`, {
      plugin: owner,
      hook: this.#name,
    })
  }
}

interface TapShown {
  readonly name: string
  readonly stage?: number
}

/** Without the function: a listener must not be able to call it. */
function tapShown({ name, stage = 0 }: TapShown): TapShown {
  return { name, stage }
}

/** tapable compiles a hook when it is first fired; better to fail where it is tapped. */
function requireCodeGeneration(plugin: string, hook: HookName): void {
  try {
    new Function('')
  } catch (cause) {
    throw new PluginError(
      `plugin "${plugin}" cannot tap ${hook}: hooks are compiled with new Function, which this process forbids ` +
        '(--disallow-code-generation-from-strings)',
      { plugin, hook, cause },
    )
  }
}
