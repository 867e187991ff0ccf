/**
 * The face of many pools: requests by absolute URL, one pool per origin, the least recently used given up first.
 */
import { inspect as inspectValue } from 'node:util'
import type { HTTPResponse } from '../ground/response.js'
import type { TapOnlyHooks } from '../hooks/hooks.js'
import type { Plugin, PluginRequestOptions } from '../hooks/plugin.js'
import type { CloseOptions } from './close-options.js'
import { type ClientInspection, summaryLine } from './inspect-client.js'
import { PoolCore } from './pool-core.js'
import { type ManagerOptions, resolveManagerOptions } from './pool-options.js'
import { refusal } from './refusal.js'
import type { RequestOptions, UrlopenOptions } from './request-options.js'

/**
 * Requests to any origin over pooled connections. urllib3: `PoolManager`.
 *
 * @example
 * ```ts
 * await using manager = new PoolManager({ plugins: [tls()] })
 * const response = await manager.request('GET', 'https://example.com/')
 * ```
 */
export class PoolManager<const Plugins extends readonly Plugin[] = readonly []> {
  readonly #core: PoolCore

  /** @throws {OptionsError} an option is not acceptable */
  constructor(options?: ManagerOptions<Plugins>) {
    try {
      this.#core = new PoolCore(resolveManagerOptions(options), undefined)
    } catch (error) {
      throw refusal(error)
    }
  }

  /** The six hooks, shared by all pools, to be tapped until the first request. */
  get hooks(): TapOnlyHooks {
    return this.#core.hooks
  }

  /** Connections opened so far. */
  get numConnections(): number {
    return this.#core.client.pools.opened
  }

  /** Attempts sent so far: resends and replays count. */
  get numRequests(): number {
    return this.#core.client.requestsSent
  }

  /** Pools held; those that only finish their work are not counted. */
  get numPools(): number {
    return this.#core.client.pools.size
  }

  /** Sends a request to an absolute URL; otherwise as `HTTPConnectionPool.request`. */
  request(
    method: string,
    url: string | URL,
    options?: RequestOptions & PluginRequestOptions<Plugins>,
  ): Promise<HTTPResponse> {
    return this.#core.request(method, url, options)
  }

  /** The lowest-level call: the method is sent as given. */
  urlopen(
    method: string,
    url: string | URL,
    options?: UrlopenOptions & PluginRequestOptions<Plugins>,
  ): Promise<HTTPResponse> {
    return this.#core.urlopen(method, url, options)
  }

  /** Gives every pool up: each finishes what it has begun and closes. The manager goes on with new ones. */
  clear(): void {
    this.#core.client.pools.clear()
  }

  /** Every pool, connection and waiter as plain data. */
  inspect(): ClientInspection {
    return this.#core.inspect()
  }

  /** Closes every pool; see `HTTPConnectionPool.close`. Idempotent. */
  close(options?: CloseOptions): Promise<void> {
    return this.#core.close(options)
  }

  /** For `await using`: as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** One readable line: what `console.log(manager)` prints. */
  [inspectValue.custom](): string {
    return summaryLine('PoolManager', `pools: ${this.numPools}`, this.inspect())
  }
}
