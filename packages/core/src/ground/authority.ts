// The authority of a url, `[ userinfo "@" ] host [ ":" port ]` (RFC 3986 §3.2), and a memory of those seen before.
//
// Rule: most calls name a server that was named before, so its origin is looked up, not parsed. The memory is bounded and
// forgets the oldest; an authority with a password is not remembered, since it would outlive the call.
//
// Messages here quote urls that could not be read, so what may be a password is removed more bluntly than elsewhere.
//
// Neighbours: url.ts. Must not know: paths, queries.

import { isDigits } from './grammar.js'
import { quotePeerText } from './http-error.js'
import { MAX_CACHED_AUTHORITIES, MAX_CACHED_URL_LENGTH } from './limits.js'
import { Origin, type Scheme } from './origin.js'
import { allPercentsAreEscapes } from './percent.js'
import { authorityEnd, redactUnparsed } from './redact.js'
import { LocationParseError, LocationValueError } from './usage-errors.js'

/** A user name and password out of a url, percent-decoded as UTF-8. */
export interface Credentials {
  /** What stood before the first colon. */
  readonly username: string
  /** What stood after it; empty when there was none. */
  readonly password: string
}

/** What an authority says, with the scheme before it. */
export interface Authority {
  /** The url up to where its path begins, as it was given (a scheme in lower case). */
  readonly text: string
  /** The server. */
  readonly origin: Origin
  /** The userinfo, or undefined when there was none. */
  readonly credentials: Credentials | undefined
  /** Whether a port was named. */
  readonly explicitPort: boolean
}

const SLASH = 0x2f
const AUTHORITIES = new Map<string, Authority>()

let last: Authority | undefined

/**
 * The authority that `input` begins with, if it was seen before; `text.length` is where the path begins. The one of the
 * call before is tried first: comparing with it costs a fifth of hashing, and most callers ask one server many times.
 *
 * @param start where the authority begins, after `://`
 */
export function knownAuthority(input: string, start: number): Authority | undefined {
  if (last !== undefined && input.startsWith(last.text)) {
    const next = input.charCodeAt(last.text.length)
    if (next === SLASH || Number.isNaN(next)) return last
  }
  const found = AUTHORITIES.get(input.slice(0, authorityEnd(input, start)))
  if (found !== undefined) last = found
  return found
}

/** How many authorities are remembered, for tests of the bound. */
export function cachedAuthorities(): number {
  return AUTHORITIES.size
}

/**
 * Reads the authority that stands in `input` from `start` to `end`.
 *
 * @throws {LocationValueError} it has no host
 * @throws {LocationParseError} it breaks the grammar
 */
export function parseAuthority(input: string, start: number, end: number): Authority {
  const authority = readAuthority(input, start, end)
  if (authority.credentials === undefined && input.length <= MAX_CACHED_URL_LENGTH) remember(authority)
  return authority
}

function readAuthority(input: string, start: number, end: number): Authority {
  const at = input.lastIndexOf('@', end - 1)
  const hostStart = at < start ? start : at + 1
  const colon = portColon(input, hostStart, end)
  const host = input.slice(hostStart, colon)
  if (host === '') throw new LocationValueError(`the url ${quotePeerText(redactUnparsed(input))} has no host`)
  // A slash inside a password ends the authority early, so that what looks like host or port may be a part of the password.
  if (input.includes('@', end) && at < start) {
    try {
      return authorityOf(input, start, colon, end, host)
    } catch {
      throw urlRefusal(
        input,
        'has no valid host and port (a "/", "?" or "#" in a password must be percent-encoded)',
      )
    }
  }
  const authority = authorityOf(input, start, colon, end, host)
  return at < start ? authority : { ...authority, credentials: decodeUserinfo(input, input.slice(start, at)) }
}

function authorityOf(input: string, start: number, colon: number, end: number, host: string): Authority {
  const scheme = input.slice(0, start - 3) as Scheme
  const port = parsePort(input, input.slice(colon + 1, end))
  const origin = Origin.of(scheme, host, port)
  return { text: input.slice(0, end), origin, credentials: undefined, explicitPort: port !== undefined }
}

// The colon before the port, or the end when there is none. An IPv6 address is told by its brackets.
function portColon(input: string, start: number, end: number): number {
  const close = input.charCodeAt(start) === 0x5b ? input.indexOf(']', start) : -1
  if (close >= end) throw urlRefusal(input, 'has an unbalanced bracket')
  const colon = input.indexOf(':', close < 0 ? start : close)
  const stop = colon < 0 || colon > end ? end : colon
  if (close >= 0 && stop !== close + 1)
    throw urlRefusal(input, 'has text between the IPv6 address and the port')
  return stop
}

function parsePort(input: string, text: string): number | undefined {
  if (text === '') return undefined
  const port = isDigits(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) throw urlRefusal(input, 'has a port that is not a number from 0 to 65535')
  return port
}

function decodeUserinfo(input: string, userinfo: string): Credentials | undefined {
  const colon = userinfo.indexOf(':')
  const username = decodePart(input, colon < 0 ? userinfo : userinfo.slice(0, colon))
  const password = colon < 0 ? '' : decodePart(input, userinfo.slice(colon + 1))
  return username === '' && password === '' ? undefined : { username, password }
}

function decodePart(input: string, text: string): string {
  if (!allPercentsAreEscapes(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw urlRefusal(input, 'has userinfo that is not percent-encoded UTF-8')
  }
}

function remember(authority: Authority): void {
  if (AUTHORITIES.size >= MAX_CACHED_AUTHORITIES) {
    for (const oldest of AUTHORITIES.keys()) {
      AUTHORITIES.delete(oldest)
      break
    }
  }
  AUTHORITIES.set(authority.text, authority)
}

/** The error for a url that breaks the grammar; quotes nothing that may be a password. */
export function urlRefusal(input: string, problem: string): LocationParseError {
  return new LocationParseError(`url ${quotePeerText(redactUnparsed(input))} ${problem}`, { location: input })
}
