// Does a url belong to the server a pool is bound to?
//
// Rule (urllib3 `is_same_host`): a path does; otherwise scheme, host and port must be equal, a missing port standing for the
// scheme's default. Port 0 is a port of its own, `localhost.` is another host than `localhost`, zones must match.
//
// Neighbours: the client checks with it before a request and at each redirect. Must not know: what follows from the answer.

import type { Origin } from './origin.js'
import { parseUrl } from './url.js'
import { LocationParseError, LocationValueError, URLSchemeUnknown } from './usage-errors.js'

/**
 * Whether asking `url` means asking `origin`. Text that is neither a path nor a url with a scheme is taken for a host.
 *
 * @throws {LocationParseError} an http or https url that breaks the grammar
 * @example isSameHost(Origin.of('https', 'h'), 'https://h:443/a') // true
 */
export function isSameHost(origin: Origin, url: string): boolean {
  if (url.startsWith('/')) return true
  const hasScheme = url.includes('://')
  try {
    return parseUrl(hasScheme ? url : `http://${url}`).origin.equals(origin)
  } catch (error) {
    if (error instanceof URLSchemeUnknown) return false
    if (error instanceof LocationValueError && !(hasScheme && error instanceof LocationParseError))
      return false
    throw error
  }
}
