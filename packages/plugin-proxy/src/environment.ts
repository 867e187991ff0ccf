/**
 * The usual environment variables: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in both cases.
 *
 * The package proxy-from-env knows which variable counts; it is asked with a host that none of its own rules can match,
 * because it compares `NO_PROXY` with text that was not normalised. That is done in bypass.ts instead. Two more things
 * are decided here: `HTTP_PROXY` is ignored where a CGI script may have got it from a request's `Proxy` field (httpoxy,
 * CVE-2016-5386), and a value without a scheme is an http proxy, as curl has it, whatever the target's scheme.
 *
 * Read once, when `fromEnvironment` is called. Neighbours: route.ts. Must not know: requests.
 */
import { type Origin, parseUrl } from '@rockpool/core/plugin'
import { getProxyForUrl } from 'proxy-from-env'
import { ProxyAddress } from './address.js'
import { Bypass } from './bypass.js'
import type { ProxyChooser } from './options.js'

/** No rule can be equal to it or end it: a variable of the environment has no NUL. */
const UNMATCHABLE_HOST = '\0'
/** No rule can name it. */
const UNMATCHABLE_PORT = '65536'

const fixedChoosers = new WeakSet<ProxyChooser>()

/** Whether a chooser always chooses the same for the same target. */
export function isFixed(chooser: ProxyChooser): boolean {
  return fixedChoosers.has(chooser)
}

/**
 * The proxies that the environment names, as an option of `proxy()`.
 *
 * `http_proxy` is for http targets, `https_proxy` for https ones, `all_proxy` for those that have none of their own; the
 * lower-case spelling wins. `no_proxy` is read with the rules of the option `noProxy`, and what is no rule in it is
 * ignored. `HTTP_PROXY` is ignored when `REQUEST_METHOD` is set. The variables are read now, not at every request.
 *
 * @throws {ProxySchemeUnknown} a variable names a scheme that no proxy speaks
 * @throws {LocationValueError} a variable is no URL
 * @example
 * ```ts
 * const manager = new PoolManager({ plugins: [tls(), proxy(fromEnvironment())] })
 * ```
 */
export function fromEnvironment(): { readonly url: ProxyChooser } {
  const proxies = { http: proxyFor('http'), https: proxyFor('https') }
  const bypass = Bypass.parse(process.env.no_proxy || process.env.NO_PROXY || '', true)
  const choose: ProxyChooser = (target) => {
    const { origin } = parseUrl(target)
    return bypass.matches(origin) ? undefined : proxies[origin.scheme]
  }
  fixedChoosers.add(choose)
  return { url: choose }
}

function proxyFor(scheme: Origin['scheme']): ProxyAddress | undefined {
  const url = variableFor(scheme)
  return url === '' ? undefined : ProxyAddress.parse(url)
}

function variableFor(scheme: Origin['scheme']): string {
  const found = ask(scheme === 'http' && mayBeForged() ? 'all' : scheme)
  // proxy-from-env has put the target's scheme before a value that has none.
  const bare = found.slice(found.indexOf('://') + 3)
  const had = ['http', 'https', 'all'].some((name) => valuesOf(`${name}_proxy`).includes(bare))
  return had ? `http://${bare}` : found
}

function ask(variable: string): string {
  return getProxyForUrl({ protocol: `${variable}:`, host: UNMATCHABLE_HOST, port: UNMATCHABLE_PORT })
}

/** Under CGI `HTTP_PROXY` is what the client said in `Proxy:`; on Windows `http_proxy` is the same variable. */
function mayBeForged(): boolean {
  const { REQUEST_METHOD, http_proxy } = process.env
  return (REQUEST_METHOD ?? '') !== '' && ((http_proxy ?? '') === '' || process.platform === 'win32')
}

function valuesOf(name: string): (string | undefined)[] {
  return [process.env[name], process.env[name.toUpperCase()]].filter((value) => value !== '')
}
