/**
 * What plugins hold of a hook: they can listen, not fire. And what the loop holds: it can fire, at the least cost
 * tapable offers (`callAsync` with synchronous taps ends in the same turn, in about 10 ns).
 *
 * The only file that touches tapable, together with hooks.ts.
 */
import type { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncBailHook, SyncHook } from 'tapable'
import { PluginError } from '../ground/errors.js'
import { guardPromise, guardSync, type HookName, pluginError, type VerdictCheck } from './guard.js'

/** How a tap is registered. */
export interface TapOptions {
  /** Whose tap it is; appears in errors. */
  readonly name: string
  /** When it runs among the others: see `stages`. Default 0. */
  readonly stage?: number
}

/** A hook that can be tapped by synchronous functions. */
export interface SyncTappable<Arguments extends readonly unknown[], Verdict> {
  /** Registers a synchronous tap. */
  tap(options: string | TapOptions, tap: (...args: Arguments) => Verdict): void
}

/** A hook that can be tapped by synchronous and by promise-returning functions. */
export interface Tappable<Arguments extends readonly unknown[], Verdict>
  extends SyncTappable<Arguments, Verdict> {
  /** Registers a tap that returns a promise. Costs every exchange a turn; prefer `tap` where nothing is awaited. */
  tapPromise(options: string | TapOptions, tap: (...args: Arguments) => Promise<Verdict>): void
}

type AnyHook =
  | AsyncSeriesBailHook<[never], unknown>
  | AsyncSeriesWaterfallHook<[never, never]>
  | SyncBailHook<[never], unknown>
  | SyncHook<[never]>

/** What the taps of one hook have in common: who may register, until when, under what guard. */
export class TapRegistry<Arguments extends readonly unknown[], Verdict> {
  readonly #name: HookName
  readonly #hook: AnyHook
  readonly #check: VerdictCheck
  readonly #wrapSync: SyncWrapper<Arguments, Verdict>
  #frozen = false

  constructor(
    name: HookName,
    hook: object,
    check: VerdictCheck,
    wrapSync: SyncWrapper<Arguments, Verdict> = guardSync,
  ) {
    this.#name = name
    this.#hook = hook as AnyHook
    this.#check = check
    this.#wrapSync = wrapSync
  }

  /** Whether anybody taps. */
  get used(): boolean {
    return this.#hook.taps.length > 0
  }

  /** From the first request on the taps are what they are. */
  freeze(): void {
    this.#frozen = true
  }

  /** What a plugin gets; errors name `plugin`, or the tap's own name when a user taps without one. */
  facade(plugin: string | undefined): Tappable<Arguments, Verdict> {
    const register = (options: string | TapOptions, tap: unknown, asynchronous: boolean): void => {
      const given = readTapOptions(options, plugin, this.#name)
      const owner = plugin ?? given.name
      if (this.#frozen) {
        throw new PluginError(
          `plugin "${owner}" tapped ${this.#name} after the first request; tap before it`,
          {
            plugin: owner,
            hook: this.#name,
          },
        )
      }
      if (typeof tap !== 'function') {
        throw new PluginError(
          `plugin "${owner}" tapped ${this.#name} with ${typeof tap} instead of a function`,
          {
            plugin: owner,
            hook: this.#name,
          },
        )
      }
      const hook = this.#hook as unknown as UntypedHook
      if (asynchronous) {
        hook.tapPromise(
          given,
          guardPromise(owner, this.#name, this.#check, tap as (...args: Arguments) => Promise<Verdict>),
        )
      } else {
        hook.tap(
          given,
          this.#wrapSync(owner, this.#name, this.#check, tap as (...args: Arguments) => Verdict),
        )
      }
    }
    return {
      tap: (options, tap) => register(options, tap, false),
      tapPromise: (options, tap) => register(options, tap, true),
    }
  }
}

/** How a synchronous tap is made safe. */
export type SyncWrapper<Arguments extends readonly unknown[], Verdict> = (
  plugin: string,
  hook: HookName,
  check: VerdictCheck,
  tap: (...args: Arguments) => Verdict,
) => (...args: Arguments) => Verdict

interface UntypedHook {
  tap(options: { name: string; stage: number }, tap: unknown): void
  tapPromise(options: { name: string; stage: number }, tap: unknown): void
}

function readTapOptions(
  options: string | TapOptions,
  plugin: string | undefined,
  hook: HookName,
): { name: string; stage: number } {
  const { name, stage = 0, ...others } = typeof options === 'string' ? { name: options } : options
  const owner = plugin ?? String(name)
  const refuse = (what: string): never => {
    throw new PluginError(`plugin "${owner}" tapped ${hook} ${what}`, { plugin: owner, hook })
  }
  if (typeof name !== 'string' || name === '') return refuse('without a name')
  if (typeof stage !== 'number' || Number.isNaN(stage))
    return refuse('with a stage that is no number; see `stages`')
  const unknown = Object.keys(others)
  if (unknown.length > 0)
    return refuse(`with the option ${unknown.join(', ')}; order is said by \`stage\` alone`)
  return { name, stage }
}

/** A tap of a hook whose taps must not stop each other: a throw is reported as a warning, and `onThrow` told. */
export function isolateSync<Arguments extends readonly unknown[], Verdict>(
  onThrow: () => void,
): SyncWrapper<Arguments, Verdict | undefined> {
  return (plugin, hook, check, tap) => {
    const guarded = guardSync(plugin, hook, check, tap)
    return (...args) => {
      try {
        return guarded(...args)
      } catch (error) {
        const failure = pluginError(plugin, hook, error)
        process.emitWarning(failure.message, {
          code: 'ROCKPOOL_PLUGIN',
          type: 'RockpoolWarning',
          detail: failure.stack ?? '',
        })
        onThrow()
        return undefined
      }
    }
  }
}
