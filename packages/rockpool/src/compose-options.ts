/**
 * From flat options to plugins and what is left for core: the one place that knows which of them takes what.
 *
 * Rule: nothing is decided twice. An option that says again what another one says is refused, whichever comes first; an
 * option nobody takes is refused as core does it; an error of a plugin is told under the name that the caller wrote. What
 * a value may be is not known here: that is for the schemas of core and of the plugins.
 *
 * Neighbours: option-places.ts has the table; the faces (http-connection-pool.ts, pool-manager.ts) call this.
 */
import { type ManagerOptions as CoreOptions, OptionsError, type Plugin } from '@rockpool/core'
import { nearestName } from '@rockpool/core/plugin'
import { type ProxyOptions, proxy } from '@rockpool/plugin-proxy'
import {
  type RedirectPluginOptions,
  Retry,
  type RetryPluginOptions,
  redirect,
  retry,
} from '@rockpool/plugin-retry'
import { type TlsOptions, tls } from '@rockpool/plugin-tls'
import { knownNames, placeOf } from './option-places.js'
import { PlacedOptions } from './placed-options.js'

/** What every request of a pool has, unless it says otherwise itself. */
export interface RequestDefaults {
  readonly redirect: false
}

/** Options as core takes them. */
export interface ComposedOptions {
  readonly options: CoreOptions<readonly []>
  readonly defaults: RequestDefaults | undefined
}

const DO_NOT_FOLLOW: RequestDefaults = Object.freeze({ redirect: false })

/** What may be said beside a `Retry`, which has every other rule of a policy in it. */
const BESIDE_A_RETRY = new Set(['policy', 'budget', 'bufferBody', 'raiseOnRedirect'])

/**
 * Makes the plugins and leaves the rest to core. `subject` is what errors call the owner of the options.
 *
 * @throws {OptionsError} an option is unknown, not acceptable, or contradicts another
 */
export function composeOptions(input: object | undefined, subject: 'pool' | 'manager'): ComposedOptions {
  // What is no object of options at all, core refuses in its own words.
  if (input !== undefined && !isRecord(input)) return { options: input as never, defaults: undefined }
  const placed = new PlacedOptions(subject)
  const given = Object.entries(input ?? {}).filter(([, value]) => value !== undefined)
  checkNames(
    given.map(([name]) => name),
    subject,
  )
  for (const [name, value] of given) place(placed, name, value)
  checkTogether(placed)
  const plugins = [
    placed.made('tls', (options) => tls(options as TlsOptions)),
    placed.made('retry', (options) => retry(options as RetryPluginOptions)),
    placed.made('redirect', (options) => redirect(options as RedirectPluginOptions)),
  ]
  if (placed.has('request', 'proxy'))
    plugins.push(placed.made('proxy', (options) => proxy(options as ProxyOptions)))
  const core = placed.of('core')
  return {
    options: { ...core, plugins: withExtra(plugins, core.plugins, placed) } as CoreOptions<readonly []>,
    defaults: placed.has('request', 'redirect') ? DO_NOT_FOLLOW : undefined,
  }
}

/** The options of a request with the defaults of its pool under them. */
export function withDefaults<Options extends object>(
  options: Options | undefined,
  defaults: RequestDefaults | undefined,
): Options | undefined {
  if (defaults === undefined) return options
  if (options === undefined) return defaults as Options
  if (!isRecord(options)) return options
  const own = Object.hasOwn(options, 'redirect') ? options.redirect : undefined
  return own === undefined || own === null ? { ...options, ...defaults } : options
}

function place(placed: PlacedOptions, name: string, value: unknown): void {
  if (name === 'retries') placeRetries(placed, value)
  else if (name === 'redirect') placeRedirect(placed, value)
  else if (name === 'proxy') placeProxy(placed, value)
  else {
    const { part, name: own } = placeOf(name) ?? { part: 'core', name }
    // To both of these `null` means what was not given.
    const inherits = value === null && (part === 'retry' || part === 'redirect')
    if (!inherits) placed.put(part, own, value, name)
  }
}

function placeRetries(placed: PlacedOptions, value: unknown): void {
  if (value === null) return
  if (value instanceof Retry) placed.put('retry', 'policy', value, 'retries')
  else if (!isRecord(value)) placed.put('retry', 'total', value, 'retries')
  else {
    for (const [name, each] of Object.entries(value)) {
      if (each !== undefined && each !== null) placed.put('retry', name, each, `retries.${name}`)
    }
  }
}

function placeRedirect(placed: PlacedOptions, value: unknown): void {
  if (value === null || value === true) return
  if (value === false) placed.put('request', 'redirect', false, 'redirect')
  else if (typeof value === 'number') placed.put('redirect', 'max', value, 'redirect')
  else throw placed.refusal('redirect', 'must be true, false or a number of redirects')
}

function placeProxy(placed: PlacedOptions, value: unknown): void {
  placed.put('request', 'proxy', true, 'proxy')
  if (typeof value === 'string' || value instanceof URL) {
    placed.put('proxy', 'url', value, 'proxy')
  } else if (isRecord(value)) {
    for (const [name, each] of Object.entries(value)) {
      if (each !== undefined) placed.put('proxy', name, each, `proxy.${name}`)
    }
  } else throw placed.refusal('proxy', 'must be the URL of a proxy, options of proxy(), or fromEnvironment()')
}

/** What no single plugin can see. */
function checkTogether(placed: PlacedOptions): void {
  const retrySources = placed.sources('retry')
  if (retrySources.get('policy') === 'retries') {
    for (const [name, source] of retrySources) {
      if (!BESIDE_A_RETRY.has(name)) {
        const problem =
          '"retries" is a Retry, which has this in it; change it there, or give the Retry as "policy"'
        throw placed.refusal(source, problem)
      }
    }
  }
  const limit = placed.sources('redirect').get('max') ?? placed.sources('request').get('redirect')
  const inPolicy = retrySources.get('redirect')
  if (limit !== undefined && inPolicy !== undefined) throw placed.contradiction(inPolicy, limit)
  const [forProxy] = placed.sources('proxy').values()
  if (forProxy !== undefined && !placed.has('request', 'proxy'))
    throw placed.refusal(forProxy, 'says how a proxy is used, but there is none: give "proxy" too')
}

function checkNames(names: readonly string[], subject: 'pool' | 'manager'): void {
  const known = knownNames(subject)
  const unknown = names.filter((name) => !known.includes(name))
  const [name] = unknown
  if (name === undefined) return
  const similar = nearestName(name, known)
  const hint = similar === undefined ? '' : `; did you mean "${similar}"?`
  throw new OptionsError(`unknown ${subject} option "${name}"${hint}`, {
    path: name,
    issues: unknown.map((path) => ({ path, message: `unknown option "${path}"` })),
  })
}

/** The caller's plugins behind ours, under the numbers the caller knows. */
function withExtra(installed: readonly Plugin[], extra: unknown, placed: PlacedOptions): unknown {
  if (extra === undefined) return installed
  if (!Array.isArray(extra)) return extra
  const names = new Set(installed.map(({ name }) => name))
  for (const [index, plugin] of extra.entries()) {
    const path = `plugins.${index}`
    if (!isRecord(plugin)) {
      const what = typeof plugin === 'function' ? 'a factory; call it' : String(plugin)
      throw placed.refusal(path, `is not a plugin but ${what}`)
    }
    const { name } = plugin
    if (names.has(name as string)) {
      throw placed.refusal(
        path,
        `"${name}" is installed already; its options are options of the ${placed.subject}`,
      )
    }
  }
  return [...installed, ...extra]
}

/** Whether something can be a set of options: no list, and no Map or Headers, whose entries nobody would read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]'
}
