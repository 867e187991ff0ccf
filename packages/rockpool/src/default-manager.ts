/**
 * One call without a pool of one's own: `request()`, and the manager behind it.
 *
 * The manager is made at the first call and shared by the whole process; its idle connections do not keep the process
 * from ending.
 */
import { type HTTPResponse, OptionsError } from '@rockpool/core'
import type { RequestOptions } from './options.js'
import { PoolManager } from './pool-manager.js'

let current: PoolManager | undefined

/**
 * The manager that `request()` uses: the one that was set, else one with the default options, made now.
 *
 * @example
 * ```ts
 * console.log(getDefaultManager().inspect().connections)
 * ```
 */
export function getDefaultManager(): PoolManager {
  // With no proxy of its own, but so that a request may name one.
  current ??= new PoolManager({ proxy: {} })
  return current
}

/**
 * Sets the manager that `request()` uses; `undefined`: a new one is made at the next call. The one before is not closed:
 * whoever set it may still use it.
 *
 * @returns the one before, when there was one
 * @throws {OptionsError} it is not a `PoolManager` of this package
 * @example
 * ```ts
 * await setDefaultManager(new PoolManager({ retries: 5, proxy: fromEnvironment() }))?.close()
 * ```
 */
export function setDefaultManager(manager: PoolManager | undefined): PoolManager | undefined {
  if (manager !== undefined && !(manager instanceof PoolManager)) {
    throw new OptionsError('the default manager must be a PoolManager of rockpool', { path: 'manager' })
  }
  const before = current
  current = manager
  return before
}

/**
 * Sends a request to an absolute URL, over the connections of the default manager. urllib3: `urllib3.request`.
 *
 * @throws {OptionsError} the promise rejects: an option, header, body or the method is not acceptable
 * @throws {HTTPError} the promise rejects: the exchange failed; see the classes
 * @example
 * ```ts
 * const response = await request('POST', 'https://api.example.com/items', { json: { name: 'limpet' } })
 * console.log(response.status, await response.json())
 * ```
 */
export function request(method: string, url: string | URL, options?: RequestOptions): Promise<HTTPResponse> {
  return getDefaultManager().request(method, url, options)
}
