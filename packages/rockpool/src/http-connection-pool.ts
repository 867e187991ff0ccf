/**
 * The pool of core with everything installed. Thin: compose-options.ts decides what goes where, core does the rest.
 */
import {
  HTTPConnectionPool as CorePool,
  type HTTPResponse,
  type Plugin,
  type PluginRequestOptions,
} from '@rockpool/core'
import { composeOptions, type RequestDefaults, withDefaults } from './compose-options.js'
import type { PoolOptions, RequestOptions, UrlopenOptions } from './options.js'

/**
 * A pool of connections to one http origin, with retries, redirects and TLS installed, and a proxy when `proxy` is given.
 * urllib3: `HTTPConnectionPool`.
 *
 * @example
 * ```ts
 * await using pool = new HTTPConnectionPool('localhost', 8080, { maxSize: 4, retries: 5, backoffFactor: 100 })
 * const response = await pool.request('GET', '/health', { retries: false })
 * ```
 */
export class HTTPConnectionPool<const Extra extends readonly Plugin[] = readonly []> extends CorePool {
  readonly #defaults: RequestDefaults | undefined

  /**
   * @param host a name or an address; IPv6 with or without brackets
   * @param port default 80
   * @throws {LocationValueError} the host or port is not one
   * @throws {OptionsError} an option is unknown, not acceptable, or contradicts another
   */
  constructor(host: string, port?: number | null, options?: PoolOptions<Extra>) {
    const composed = composeOptions(options, 'pool')
    super(host, port, composed.options)
    this.#defaults = composed.defaults
  }

  /**
   * Sends a request. The method is upper-cased; `json`, `fields` and `query` are understood.
   *
   * @param url a path that begins with `/`, or an absolute URL of this origin, as text or as a `URL`
   * @throws {OptionsError} the promise rejects: an option, header, body or the method is not acceptable
   * @throws {HTTPError} the promise rejects: the exchange failed; see the classes
   */
  override request(
    method: string,
    url: string | URL,
    options?: RequestOptions & PluginRequestOptions<Extra>,
  ): Promise<HTTPResponse> {
    return super.request(method, url, withDefaults(options, this.#defaults))
  }

  /** The lowest-level call: the method is sent as given. urllib3: `urlopen` */
  override urlopen(
    method: string,
    url: string | URL,
    options?: UrlopenOptions & PluginRequestOptions<Extra>,
  ): Promise<HTTPResponse> {
    return super.urlopen(method, url, withDefaults(options, this.#defaults))
  }
}
