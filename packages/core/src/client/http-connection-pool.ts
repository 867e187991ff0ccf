/**
 * The face of a pool for one origin over http. A thin one: see pool-core.ts and client.ts.
 */
import { inspect as inspectValue } from 'node:util'
import { Origin } from '../ground/origin.js'
import type { HTTPResponse } from '../ground/response.js'
import type { TapOnlyHooks } from '../hooks/hooks.js'
import type { Plugin, PluginRequestOptions } from '../hooks/plugin.js'
import type { CloseOptions } from './close-options.js'
import { type ClientInspection, summaryLine } from './inspect-client.js'
import { PoolCore } from './pool-core.js'
import { type PoolOptions, resolvePoolOptions } from './pool-options.js'
import { refusal } from './refusal.js'
import type { RequestOptions, UrlopenOptions } from './request-options.js'

/**
 * A pool of connections to one http origin. urllib3: `HTTPConnectionPool`.
 *
 * @example
 * ```ts
 * await using pool = new HTTPConnectionPool('localhost', 8080, { maxSize: 4 })
 * const response = await pool.request('GET', '/health')
 * ```
 */
export class HTTPConnectionPool<const Plugins extends readonly Plugin[] = readonly []> {
  readonly #origin: Origin
  readonly #core: PoolCore

  /**
   * @param host a name or an address; IPv6 with or without brackets
   * @param port default 80
   * @throws {LocationValueError} the host or port is not one
   * @throws {OptionsError} an option is not acceptable
   */
  constructor(host: string, port?: number | null, options?: PoolOptions<Plugins>) {
    const scheme = new.target.scheme
    try {
      this.#origin = Origin.of(scheme, host, port ?? undefined)
      this.#core = new PoolCore(resolvePoolOptions(options), this.#origin)
    } catch (error) {
      throw refusal(error)
    }
  }

  /** The scheme of the pools that the class makes. */
  static get scheme(): 'http' | 'https' {
    return 'http'
  }

  /** `http` or `https`. */
  get scheme(): 'http' | 'https' {
    return this.#origin.scheme
  }

  /** The host, normalised; IPv6 without brackets. */
  get host(): string {
    return this.#origin.host
  }

  /** 0 to 65 535; the scheme's own when none was given. */
  get port(): number {
    return this.#origin.port
  }

  /** The six hooks, to be tapped until the first request. */
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

  /**
   * Sends a request. The method is upper-cased; `json`, `fields` and `query` are understood.
   *
   * @param url a path that begins with `/`, or an absolute URL of this origin, as text or as a `URL`
   * @throws {OptionsError} the promise rejects: an option, header, body or the method is not acceptable
   * @throws {HTTPError} the promise rejects: the exchange failed; see the classes
   */
  request(
    method: string,
    url: string | URL,
    options?: RequestOptions & PluginRequestOptions<Plugins>,
  ): Promise<HTTPResponse> {
    return this.#core.request(method, url, options)
  }

  /** The lowest-level call: the method is sent as given. urllib3: `urlopen` */
  urlopen(
    method: string,
    url: string | URL,
    options?: UrlopenOptions & PluginRequestOptions<Plugins>,
  ): Promise<HTTPResponse> {
    return this.#core.urlopen(method, url, options)
  }

  /** Whether a path or URL leads to this pool's origin. urllib3: `is_same_host` */
  isSameHost(url: string | URL): boolean {
    return this.#core.isSameHost(url)
  }

  /** Every connection and waiter, the counters, and why connections were closed, as plain data. */
  inspect(): ClientInspection {
    return this.#core.inspect()
  }

  /**
   * Closes the pool: idle connections at once, waiting callers are refused with `ClosedPoolError`, and what is
   * under way finishes and is not pooled again. Waits for what plugins do at the end, 10 s each at most. Idempotent.
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#core.close(options)
  }

  /** For `await using`: as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The class with host and port, as urllib3 prints a pool. */
  toString(): string {
    return `${this.constructor.name}(host=${this.host}, port=${this.port})`
  }

  /** One readable line: what `console.log(pool)` prints. */
  [inspectValue.custom](): string {
    return summaryLine(this.constructor.name, this.#origin.key, this.inspect())
  }
}
