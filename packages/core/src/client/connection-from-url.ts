/** From a URL to the pool that serves its origin. */
import { type ParsedUrl, parseUrl } from '../ground/url.js'
import type { Plugin } from '../hooks/plugin.js'
import { HTTPConnectionPool } from './http-connection-pool.js'
import { HTTPSConnectionPool } from './https-connection-pool.js'
import type { PoolOptions } from './pool-options.js'
import { refusal } from './refusal.js'

/**
 * The pool for the origin of a URL; its path is ignored. urllib3: `connection_from_url`.
 *
 * @throws {URLSchemeUnknown} the scheme is neither http nor https
 * @throws {LocationValueError} there is no host
 * @example
 * ```ts
 * const pool = connectionFromUrl('http://localhost:8080')
 * const response = await pool.request('GET', '/data')
 * ```
 */
export function connectionFromUrl<const Plugins extends readonly Plugin[] = readonly []>(
  url: string | URL,
  options?: PoolOptions<Plugins>,
): HTTPConnectionPool<Plugins> {
  const { origin } = parsed(url)
  const Pool = origin.scheme === 'https' ? HTTPSConnectionPool : HTTPConnectionPool
  return new Pool<Plugins>(origin.dnsName, origin.port, options)
}

function parsed(url: string | URL): ParsedUrl {
  try {
    return parseUrl(url)
  } catch (error) {
    throw refusal(error)
  }
}
