/**
 * The face of a pool for one origin over https. Core has no TLS of its own: a plugin must secure the transport,
 * and without one the pool is refused.
 */
import type { Plugin } from '../hooks/plugin.js'
import { HTTPConnectionPool } from './http-connection-pool.js'

/**
 * A pool of connections to one https origin; default port 443. urllib3: `HTTPSConnectionPool`.
 *
 * @throws {InsecureTransportError} no installed plugin secures transports; see `@rockpool/plugin-tls`
 * @example
 * ```ts
 * const pool = new HTTPSConnectionPool('api.example.com', 443, { plugins: [tls()] })
 * ```
 */
export class HTTPSConnectionPool<
  const Plugins extends readonly Plugin[] = readonly [],
> extends HTTPConnectionPool<Plugins> {
  static override get scheme(): 'http' | 'https' {
    return 'https'
  }
}
