/**
 * The manager of core with everything installed. Thin: compose-options.ts decides what goes where, core does the rest.
 */
import {
  PoolManager as CoreManager,
  type HTTPResponse,
  type Plugin,
  type PluginRequestOptions,
} from '@rockpool/core'
import { composeOptions, type RequestDefaults, withDefaults } from './compose-options.js'
import type { ManagerOptions, RequestOptions, UrlopenOptions } from './options.js'

/**
 * Requests to any origin over pooled connections, with retries, redirects and TLS installed, and a proxy when `proxy` is
 * given. urllib3: `PoolManager`.
 *
 * @example
 * ```ts
 * await using manager = new PoolManager({ retries: 5, proxy: fromEnvironment() })
 * const response = await manager.request('GET', 'https://example.com/', { redirect: 3 })
 * ```
 */
export class PoolManager<const Extra extends readonly Plugin[] = readonly []> extends CoreManager {
  readonly #defaults: RequestDefaults | undefined

  /** @throws {OptionsError} an option is unknown, not acceptable, or contradicts another */
  constructor(options?: ManagerOptions<Extra>) {
    const composed = composeOptions(options, 'manager')
    super(composed.options)
    this.#defaults = composed.defaults
  }

  /** Sends a request to an absolute URL; otherwise as `HTTPConnectionPool.request`. */
  override request(
    method: string,
    url: string | URL,
    options?: RequestOptions & PluginRequestOptions<Extra>,
  ): Promise<HTTPResponse> {
    return super.request(method, url, withDefaults(options, this.#defaults))
  }

  /** The lowest-level call: the method is sent as given. */
  override urlopen(
    method: string,
    url: string | URL,
    options?: UrlopenOptions & PluginRequestOptions<Extra>,
  ): Promise<HTTPResponse> {
    return super.urlopen(method, url, withDefaults(options, this.#defaults))
  }
}
