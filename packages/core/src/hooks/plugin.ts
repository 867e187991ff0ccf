/**
 * What a plugin is, how one is made and how it is installed.
 *
 * A plugin is a value that a factory made from checked options, so that a bad option fails at the line that wrote
 * it and not at the first request. It can be installed in any number of pools; `apply` runs once in each. What it
 * adds to the options of a request it declares as zod schemas: the types of every request widen by them, and at
 * run time a misspelt option is refused.
 */
import type { z } from 'zod'
import { OptionsError, PluginError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import { checkedInput } from './check-options.js'
import type { ExchangeView } from './contexts.js'
import { describeThrown, isThenable } from './guard.js'
import type { Hooks, TapOnlyHooks } from './hooks.js'
import { checkDefinition } from './plugin-definition.js'
import { type Disposer, type OwnedDisposer, runDisposers } from './run-disposers.js'
import { whilePending } from './while-pending.js'

export type { Disposer } from './run-disposers.js'

/** The options that a plugin adds to every request: a zod schema per name, each accepting `undefined`. */
export type RequestOptionShape = Readonly<Record<string, z.ZodType>>

/** What `apply` gets: the pool or manager that the plugin is being installed in. */
export interface PluginHost {
  /** To be tapped; errors of these taps name the plugin. */
  readonly hooks: TapOnlyHooks
  /** The clock of the pool: use it for every wait and every measurement, and tests need not sleep. */
  readonly clock: Clock
  /** The one origin of a pool; `undefined` in a manager, which has many. */
  readonly origin: Origin | undefined
  /** Whether the names of other installed plugins include `name`. */
  has(name: string): boolean
  /** Adds a section to `inspect()`, under the plugin's name. Must not show credentials. */
  inspect(show: () => unknown): void
  /**
   * Waits for a promise, but no longer than the call it is waited for: rejects with `signal.reason` when the caller aborts,
   * and with a `DeadlineError` when `timeout.total` is spent. Leaves no listener and no timer. What was waited for goes on,
   * so several calls can share it. Wait in `onRequest`: an attempt holds no connection there.
   *
   * @example
   * host.hooks.onRequest.tapPromise({ name: 'sign', stage: stages.onRequest.sign }, async (context) => {
   *   const token = await host.whilePending(context.exchange, sharedToken())
   *   context.request = context.request.withHeaders({ authorization: `Bearer ${token}` })
   * })
   */
  whilePending<T>(exchange: ExchangeView, promise: PromiseLike<T>): Promise<Awaited<T>>
}

/** A plugin, made by a factory; see `definePlugin`. */
export interface Plugin<Shape extends RequestOptionShape = RequestOptionShape> {
  readonly name: string
  /** Names of plugins without which it cannot work. */
  readonly requires: readonly string[]
  /** Whether it secures transports: https is refused in a pool without one that does. */
  readonly securesTransport: boolean
  readonly requestOptions: Shape
  /** @internal Called once per pool. */
  install(host: PluginHost): Disposer | void
}

/** What `definePlugin` is given. */
export interface PluginDefinition<Schema extends z.ZodType, Shape extends RequestOptionShape> {
  /** Lower-case words joined by `-`; unique in a pool; enters errors and the history. */
  readonly name: string
  /** Checks the factory's argument. Default: the factory takes none. */
  readonly options?: Schema
  /** What the plugin adds to the options of every request. Each schema must accept `undefined` and be synchronous. */
  readonly requestOptions?: Shape
  /** Names of plugins without which it cannot work. Default none. */
  readonly requires?: readonly string[]
  /** Whether it secures transports: https is refused in a pool without one that does. Default false. */
  readonly securesTransport?: boolean
  /** Taps the hooks; must do it before it returns, so it is not async. May return a disposer, run by `close()`: it has 10 s. */
  readonly apply: (host: PluginHost, options: z.output<Schema>) => Disposer | void
}

/** Makes plugins; its argument may be left out when the schema accepts nothing or an empty object. */
export type PluginFactory<Schema extends z.ZodType, Shape extends RequestOptionShape> =
  undefined extends z.input<Schema>
    ? (options?: z.input<Schema>) => Plugin<Shape>
    : Record<never, never> extends z.input<Schema>
      ? (options?: z.input<Schema>) => Plugin<Shape>
      : (options: z.input<Schema>) => Plugin<Shape>

/** The request options that one plugin adds. */
export type RequestOptionsOf<Each> =
  Each extends Plugin<infer Shape>
    ? { readonly [Key in keyof Shape]?: z.input<Shape[Key]> | undefined }
    : never

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never

/** The request options that a list of plugins adds together. */
export type PluginRequestOptions<Plugins extends readonly Plugin[]> = Plugins extends readonly []
  ? Record<never, never>
  : Intersection<RequestOptionsOf<Plugins[number]>>

/**
 * Defines a plugin and returns its factory.
 *
 * The factory throws an `OptionsError`, at the line that called it, when an option is not acceptable. What `apply` gets
 * has been checked, has its defaults, and has no prototype.
 *
 * @throws {OptionsError} the name is not made of lower-case words, a request option cannot be left out, or there is a key that
 *   the definition does not have
 * @example
 * ```ts
 * export const userAgent = definePlugin({
 *   name: 'user-agent',
 *   options: z.strictObject({ product: z.string().min(1) }),
 *   apply(host, { product }) {
 *     host.hooks.onRequest.tap({ name: 'user-agent', stage: stages.onRequest.amend }, (context) => {
 *       context.request.headers.set('User-Agent', product)
 *     })
 *   },
 * })
 * ```
 */
export function definePlugin<
  Schema extends z.ZodType = z.ZodOptional<z.ZodNever>,
  const Shape extends RequestOptionShape = Record<never, never>,
>(definition: PluginDefinition<Schema, Shape>): PluginFactory<Schema, Shape> {
  checkDefinition(definition, definePlugin)
  const { name, securesTransport = false, apply } = definition
  const requires = Object.freeze([...(definition.requires ?? [])])
  const requestOptions: Shape = Object.freeze({ ...definition.requestOptions } as Shape)
  const factory = (options?: z.input<Schema>): Plugin<Shape> => {
    const checked = checkedInput(definition.options, options, name, factory)
    return Object.freeze({
      name,
      requires,
      securesTransport,
      requestOptions,
      install: (host: PluginHost) => apply(host, checked),
    })
  }
  return factory as PluginFactory<Schema, Shape>
}

/** What installing yields. */
export interface Installation {
  readonly secured: boolean
  readonly sections: ReadonlyMap<string, () => unknown>
  /** Runs every disposer, the last installed first; one that fails or hangs does not keep the others from running. */
  dispose(): Promise<void>
}

/** Installs plugins in the hooks of one pool or manager, all or none. */
export function installPlugins(
  plugins: readonly Plugin[],
  hooks: Hooks,
  place: { readonly clock: Clock; readonly origin: Origin | undefined },
): Installation {
  const names = checkTogether(plugins)
  const disposers: OwnedDisposer[] = []
  const sections = new Map<string, () => unknown>()
  for (const plugin of plugins) {
    const host: PluginHost = Object.freeze({
      hooks: hooks.tapOnly(plugin.name),
      clock: place.clock,
      origin: place.origin,
      has: (name: string) => names.has(name),
      inspect: (show: () => unknown) => void sections.set(plugin.name, shown(show, plugin.name)),
      whilePending: <T>(exchange: ExchangeView, promise: PromiseLike<T>) =>
        whilePending(exchange, place.clock, promise),
    })
    try {
      const disposer = disposerOf(plugin.install(host))
      if (disposer !== undefined) disposers.unshift({ plugin: plugin.name, run: disposer })
    } catch (cause) {
      void runDisposers(disposers, place.clock)
      // A tap that was refused says so itself.
      if (cause instanceof PluginError && cause.plugin === plugin.name) throw cause
      const message = `plugin "${plugin.name}" could not be installed: ${describeThrown(cause)}`
      throw new PluginError(message, { plugin: plugin.name, cause })
    }
  }
  return {
    secured: plugins.some((plugin) => plugin.securesTransport),
    sections,
    dispose: () => runDisposers(disposers.splice(0), place.clock),
  }
}

function disposerOf(applied: unknown): Disposer | undefined {
  if (applied === undefined || typeof applied === 'function') return applied as Disposer | undefined
  if (isThenable(applied)) {
    Promise.resolve(applied).catch(() => undefined)
    throw new TypeError('apply returned a promise; it must tap before it returns')
  }
  throw new TypeError(`apply returned ${applied === null ? 'null' : typeof applied} instead of a disposer`)
}

/** `inspect()` is for the hour of need: a section that fails says so and the others are shown. */
function shown(show: () => unknown, plugin: string): () => unknown {
  if (typeof show !== 'function') {
    throw new PluginError(`plugin "${plugin}" gave inspect() no function but ${typeof show}`, { plugin })
  }
  return () => {
    try {
      return show()
    } catch (error) {
      return { failed: describeThrown(error) }
    }
  }
}

/** By its shape, not its class: it may have been made by another copy of core. */
function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== 'object' || value === null) return false
  const { name, requires, requestOptions, install } = value as Partial<Plugin>
  const declared = typeof requestOptions === 'object' && requestOptions !== null
  return typeof name === 'string' && Array.isArray(requires) && declared && typeof install === 'function'
}

function checkTogether(plugins: readonly Plugin[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [index, plugin] of plugins.entries()) {
    if (!isPlugin(plugin)) {
      const hint = typeof plugin === 'function' ? 'a factory; call it' : describeThrown(plugin)
      throw new OptionsError(`plugins[${index}] is not a plugin but ${hint}`, { path: `plugins.${index}` })
    }
    if (names.has(plugin.name)) {
      throw new PluginError(`two plugins are named "${plugin.name}"; a pool takes one of each name`, {
        plugin: plugin.name,
      })
    }
    names.add(plugin.name)
  }
  for (const plugin of plugins) {
    const missing = plugin.requires.filter((name) => !names.has(name))
    if (missing.length > 0) {
      throw new PluginError(
        `plugin "${plugin.name}" needs ${missing.map((name) => `"${name}"`).join(' and ')} in the same pool`,
        {
          plugin: plugin.name,
        },
      )
    }
  }
  return names
}
