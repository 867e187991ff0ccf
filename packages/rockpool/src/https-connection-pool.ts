/** The pool for one origin over https; see http-connection-pool.ts. */
import type { Plugin } from '@rockpool/core'
import { HTTPConnectionPool } from './http-connection-pool.js'

/**
 * A pool of connections to one https origin; default port 443. The certificate and the name are verified unless an option
 * says otherwise. urllib3: `HTTPSConnectionPool`.
 *
 * @example
 * ```ts
 * const pool = new HTTPSConnectionPool('api.example.com', 443, { caCerts: 'ca.pem', pins: ['sha256/…'] })
 * ```
 */
export class HTTPSConnectionPool<
  const Extra extends readonly Plugin[] = readonly [],
> extends HTTPConnectionPool<Extra> {
  static override get scheme(): 'http' | 'https' {
    return 'https'
  }
}
