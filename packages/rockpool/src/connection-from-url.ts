/** From a URL to the pool that serves its origin. */
import type { Plugin } from '@rockpool/core'
import { describeFailure, HTTPError, type ParsedUrl, parseUrl } from '@rockpool/core/plugin'
import { HTTPConnectionPool } from './http-connection-pool.js'
import { HTTPSConnectionPool } from './https-connection-pool.js'
import type { PoolOptions } from './options.js'

/**
 * The pool for the origin of a URL; its path is ignored. urllib3: `connection_from_url`.
 *
 * @throws {URLSchemeUnknown} the scheme is neither http nor https
 * @throws {LocationValueError} there is no host
 * @throws {OptionsError} an option is unknown, not acceptable, or contradicts another
 * @example
 * ```ts
 * const pool = connectionFromUrl('https://api.example.com')
 * const response = await pool.request('GET', '/data')
 * ```
 */
export function connectionFromUrl<const Extra extends readonly Plugin[] = readonly []>(
  url: string | URL,
  options?: PoolOptions<Extra>,
): HTTPConnectionPool<Extra> {
  const { origin } = parsed(url)
  const Pool = origin.scheme === 'https' ? HTTPSConnectionPool : HTTPConnectionPool
  return new Pool<Extra>(origin.dnsName, origin.port, options)
}

function parsed(url: string | URL): ParsedUrl {
  try {
    return parseUrl(url)
  } catch (error) {
    throw error instanceof HTTPError ? describeFailure(error, { phase: 'options' }) : error
  }
}
