/**
 * The options of `proxy()`: what each means, which values it takes, and what they become.
 *
 * Everything that can be wrong is found when the plugin is made: a bad URL, a header that is not the proxy's business, a
 * TLS file that is missing. Neighbours: proxy.ts uses the result. Must not know: hooks.
 */
import { type HeadersInput, HTTPHeaders, OptionsError } from '@rockpool/core/plugin'
import { type TlsConnector, type TlsOptions, tlsConnector, tlsOptionsSchema } from '@rockpool/plugin-tls'
import { z } from 'zod'
import { checkCredentials, ProxyAddress } from './address.js'
import { Bypass } from './bypass.js'
import type { ProxyAuth, ProxyAuthFunction } from './credentials.js'

/**
 * Chooses the proxy for a target: a URL, or nothing for a direct connection. Called for every request with the target's
 * origin, such as `https://example.com`.
 */
export type ProxyChooser = (target: string) => string | URL | ProxyAddress | undefined

/** The options of `proxy()`. */
export interface ProxyOptions {
  /**
   * The proxy: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`, with the default ports 80,
   * 443 and 1080; a user name and password in it are used, percent-decoded. Or a function that chooses one for each
   * target; see also `fromEnvironment()`. Default: none, and only requests that name a proxy use one.
   */
  readonly url?: string | URL | ProxyChooser | undefined
  /** Fields for the proxy only: in CONNECT, or in each forwarded request, where they win over the request's own. */
  readonly headers?: HeadersInput | undefined
  /** Credentials for the proxy, when they are not in its URL. */
  readonly auth?: ProxyAuth | undefined
  /**
   * With an https proxy: https requests are sent to the proxy in clear inside the TLS to it, instead of through a tunnel.
   * The proxy then sees and can change them, and nobody verifies the origin. Default false.
   */
  readonly useForwardingForHttps?: boolean | undefined
  /**
   * Hosts that are reached directly: `example.com`, `.example.com` or `*.example.com` (every host below it), addresses,
   * CIDR ranges, each with an optional `:port`, or `*`. A list, or one text with commas between.
   */
  readonly noProxy?: string | readonly string[] | undefined
  /** The options of `tls()` for the connection to an https proxy. Never used for origins, and theirs never for it. */
  readonly tls?: TlsOptions | undefined
}

/** The option `proxy` of a request: another proxy, or `false` for none. */
export type ProxyRequestOption = string | URL | false

/** The options, checked and read. */
export interface ProxySettings {
  readonly url: ProxyAddress | ProxyChooser | undefined
  readonly headers: HTTPHeaders
  readonly auth: ProxyAuth | undefined
  readonly useForwardingForHttps: boolean
  readonly bypass: Bypass
  /** Secures the leg to an https proxy; made at the first use when there are no options for it. */
  readonly tls: () => TlsConnector
}

/** Fields that frame a message or manage the connection: core's, not a plugin's. */
const RESERVED = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const url = z.union([
  z.string(),
  z.instanceof(URL),
  z.custom<ProxyChooser>((value) => typeof value === 'function', { error: 'must be a URL or a function' }),
])

const auth = z.union(
  [
    z.strictObject({ username: z.string(), password: z.string() }),
    z.string().min(1),
    z.custom<ProxyAuthFunction>((value) => typeof value === 'function'),
  ],
  { error: 'must be { username, password }, a value of Proxy-Authorization, or a function' },
)

const shape = {
  url: url.optional(),
  headers: z.custom<HeadersInput>((value) => typeof value === 'object' && value !== null).optional(),
  auth: auth.optional(),
  useForwardingForHttps: z.boolean().optional(),
  noProxy: z.union([z.string(), z.array(z.string())]).optional(),
  tls: tlsOptionsSchema.optional(),
}

/** The names of all options, for those who take them together with others. */
export const proxyOptionNames: readonly (keyof ProxyOptions)[] = Object.freeze(
  Object.keys(shape),
) as readonly (keyof ProxyOptions)[]

/** From {@link ProxyOptions} to `ProxySettings`. A bad URL is reported by its own error, the rest as options. */
export const proxyOptionsSchema: z.ZodType<ProxySettings, ProxyOptions> = z
  .strictObject(shape)
  .transform((options, context) => {
    // Inherits nothing: what a bug elsewhere put on `Object.prototype` names no proxy.
    const given: ProxyOptions = Object.assign(Object.create(null), options)
    const address = typeof given.url === 'function' ? undefined : parsed(given.url)
    try {
      return settingsOf(given, address)
    } catch (error) {
      if (!(error instanceof OptionsError)) throw error
      context.addIssue({ code: 'custom', path: error.path.split('.'), message: error.message })
      return z.NEVER
    }
  }) as unknown as z.ZodType<ProxySettings, ProxyOptions>

/** From the option of a request to an address, whose credentials no inspection shows. */
export const requestProxySchema: z.ZodType<ProxyAddress | false, ProxyRequestOption> = z
  .union([z.literal(false), z.string(), z.instanceof(URL)], { error: 'must be the URL of a proxy, or false' })
  .transform((value) => (value === false ? value : ProxyAddress.parse(value)))

function parsed(input: string | URL | undefined): ProxyAddress | undefined {
  return input === undefined ? undefined : ProxyAddress.parse(input)
}

function settingsOf(options: ProxyOptions, address: ProxyAddress | undefined): ProxySettings {
  const headers = checkedHeaders(options.headers)
  if (options.auth !== undefined) checkAuth(options.auth, headers, address)
  if (address?.hasCredentials === true && headers.has('proxy-authorization')) throw givenTwice('headers')
  return Object.freeze({
    url: address ?? (options.url as ProxyChooser | undefined),
    headers,
    auth: options.auth,
    useForwardingForHttps: options.useForwardingForHttps ?? false,
    bypass: Bypass.parse(options.noProxy ?? ''),
    tls: legConnector(options.tls),
  })
}

function checkedHeaders(input: HeadersInput | undefined): HTTPHeaders {
  const headers = new HTTPHeaders(input)
  for (const name of headers.names) {
    const path = `headers.${name}`
    if (RESERVED.has(name)) throw new OptionsError(`header "${name}" is not for proxies to be told`, { path })
    if (headers.getAll(name).length > 1) throw new OptionsError(`header "${name}" is given twice`, { path })
  }
  return headers.freeze()
}

function checkAuth(given: ProxyAuth, headers: HTTPHeaders, address: ProxyAddress | undefined): void {
  if (address?.hasCredentials === true || headers.has('proxy-authorization')) throw givenTwice('auth')
  if (address?.isSocks === true && typeof given !== 'object') {
    throw new OptionsError('a SOCKS proxy takes { username, password }', { path: 'auth' })
  }
  if (typeof given === 'object') checkCredentials(given, address?.isSocks === true)
  else if (typeof given === 'string') new HTTPHeaders({ 'Proxy-Authorization': given })
}

function givenTwice(path: string): OptionsError {
  return new OptionsError('credentials for the proxy are given twice: in its URL, in auth, or in headers', {
    path,
  })
}

function legConnector(options: TlsOptions | undefined): () => TlsConnector {
  if (options === undefined) {
    let made: TlsConnector | undefined
    return () => {
      made ??= tlsConnector()
      return made
    }
  }
  try {
    const connector = tlsConnector(options)
    return () => connector
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    throw new OptionsError(error.message, { path: `tls.${error.path}`, cause: error })
  }
}
