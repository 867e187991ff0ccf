// Request targets in origin form (RFC 9112 §3.2.1): the path and query that a pool bound to one server is asked for.
//
// Rule: what a caller writes is kept as far as the grammar allows. Dot segments and `//` stay, because some servers give
// them a meaning and the pool cannot be led to another server by them; a fragment is never sent (RFC 9110 §4.2.5).
// Illegal characters are percent-encoded, controls included, so no input can end the request line.
//
// Neighbours: request.ts, url.ts. Must not know: hosts.

import { quotePeerText } from './http-error.js'
import { MAX_TARGET_LENGTH } from './limits.js'
import { encodePart, firstUnclean } from './percent.js'
import { LocationParseError } from './usage-errors.js'

/**
 * Makes a path fit for the request line. Idempotent, linear; a path that is fit already comes back as it is.
 *
 * @param path starts with `/`; may have a query; a fragment is dropped
 * @throws {LocationParseError} it does not start with `/`, or is longer than 65 536 characters before or after encoding
 * @example encodeTarget('/a b?q=ü#top') // '/a%20b?q=%C3%BC'
 */
export function encodeTarget(path: string): string {
  if (typeof path !== 'string' || path.charCodeAt(0) !== 0x2f) {
    const shown = typeof path === 'string' ? quotePeerText(path) : typeof path
    throw new LocationParseError(`request target ${shown} does not start with "/"`, {
      location: String(path),
    })
  }
  checkLength(path)
  if (firstUnclean(path, 0) === path.length) return path
  const hash = path.indexOf('#')
  const kept = hash < 0 ? path : path.slice(0, hash)
  const target = encodePathAndQuery(kept)
  checkLength(target)
  return target
}

/** Encodes path and query each by itself, so that a stray `%` in one does not spoil the escapes of the other. */
export function encodePathAndQuery(text: string): string {
  const mark = text.indexOf('?')
  return mark < 0
    ? encodePart(text)
    : `${encodePart(text.slice(0, mark))}?${encodePart(text.slice(mark + 1))}`
}

/** @throws {LocationParseError} the text is longer than a request target may be */
export function checkLength(text: string): void {
  if (text.length <= MAX_TARGET_LENGTH) return
  throw new LocationParseError(
    `a request target of ${text.length} characters is longer than ${MAX_TARGET_LENGTH}`,
    {
      location: text.slice(0, 100),
    },
  )
}
