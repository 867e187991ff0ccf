// Absolute urls: what callers, pools and redirects name a server and a resource by.
//
// Rule: strict where the WHATWG parser repairs. It removes CR, LF and TAB, turns `\` into `/` and finds a host in `http:a`;
// each of these lets two programs read one url differently, so they are refused. Only http and https exist here.
// Userinfo never stays in a url: it is handed out once, decoded, as `credentials` (RFC 9110 §4.2.4).
//
// Cost: linear, no regular expression. A url whose authority was seen before costs one map look-up and one scan of its path.
//
// Neighbours: authority.ts, target.ts. Must not know: pools, proxies.

import { type Authority, type Credentials, knownAuthority, parseAuthority, urlRefusal } from './authority.js'
import { quotePeerText } from './http-error.js'
import { MAX_TARGET_LENGTH } from './limits.js'
import { locationText } from './location-text.js'
import type { Origin } from './origin.js'
import { encodePart, firstUnclean } from './percent.js'
import { authorityEnd } from './redact.js'
import { checkLength } from './target.js'
import { LocationParseError, LocationValueError, URLSchemeUnknown } from './usage-errors.js'

export type { Credentials } from './authority.js'
export { type QueryInit, type QueryValue, withQuery } from './query.js'
export { redactUrl } from './redact.js'
export { encodeTarget } from './target.js'

/** The parts of an absolute url. */
export interface ParsedUrl {
  /** The server. */
  readonly origin: Origin
  /** Path and query as they go into the request line: encoded, dot segments resolved, at least `/`. */
  readonly target: string
  /** The userinfo, or undefined when there was none. */
  readonly credentials: Credentials | undefined
  /** The absolute url without userinfo and fragment. */
  readonly url: string
  /** What followed `#`, or undefined. Never sent. */
  readonly fragment: string | undefined
  /** Whether the url named a port. */
  readonly explicitPort: boolean
}

const SLASH = 0x2f
const DOT = 0x2e

/**
 * Takes an absolute http or https url apart. A `URL` stands for its text.
 *
 * @throws {URLSchemeUnknown} it has another scheme
 * @throws {LocationValueError} it is empty or has no host
 * @throws {LocationParseError} it breaks the grammar: the message says which part, and quotes no password
 * @example parseUrl('http://Example.com/a/../b?q#top').target // '/b?q'
 */
export function parseUrl(input: string | URL): ParsedUrl {
  if (typeof input !== 'string') {
    if (input instanceof URL) return parseUrl(String(input.href))
    throw new LocationParseError('a url must be a string or a URL', { location: typeof input })
  }
  const start = input.startsWith('http://') ? 7 : input.startsWith('https://') ? 8 : 0
  if (start === 0) return parseFromScheme(input)
  const known = knownAuthority(input, start)
  if (known === undefined) return parseSlowly(input, start, authorityEnd(input, start))
  const end = known.text.length
  if (end === input.length) return parsedUrl(known, '/', undefined)
  if (isCleanPath(input, end)) return parsedUrl(known, input.slice(end), undefined)
  checkCharacters(input)
  return parseRest(input, end, known)
}

/**
 * The absolute url that `location` means, without userinfo and fragment.
 *
 * @param location the field value: a url, or relative to `base`
 * @param base the absolute url of the request that was answered
 * @throws {URLSchemeUnknown | LocationValueError | LocationParseError} the result is no url this library can ask
 * @example resolveLocation('../b?x', 'http://h/a/c/') // 'http://h/a/b?x'
 */
export function resolveLocation(location: string, base: string): string {
  const from = parseUrl(base)
  const reference = locationText(location)
  const absolute = isScheme(reference, reference.indexOf(':'))
  return parseUrl(absolute ? reference : resolveRelative(reference, from.origin.scheme, from.url)).url
}

function parsedUrl(
  { origin, credentials, explicitPort }: Authority,
  target: string,
  fragment: string | undefined,
): ParsedUrl {
  return { origin, target, credentials, url: origin.prefix + target, fragment, explicitPort }
}

// An upper-case scheme, another scheme, or none.
function parseFromScheme(input: string): ParsedUrl {
  if (input === '') throw new LocationValueError('the url is empty')
  const colon = input.indexOf(':')
  const scheme = isScheme(input, colon) ? input.slice(0, colon).toLowerCase() : undefined
  if (scheme === undefined) throw urlRefusal(input, 'is not absolute: it must start with http:// or https://')
  if (scheme !== 'http' && scheme !== 'https') {
    throw new URLSchemeUnknown(`no pool speaks the scheme ${quotePeerText(scheme)}`, { scheme })
  }
  if (!input.startsWith('//', colon + 1)) throw urlRefusal(input, `lacks the "//" after "${scheme}:"`)
  const lower = scheme + input.slice(colon)
  const start = colon + 3
  return parseSlowly(lower, start, authorityEnd(lower, start))
}

function parseSlowly(input: string, start: number, end: number): ParsedUrl {
  checkCharacters(input)
  return parseRest(input, end, parseAuthority(input, start, end))
}

function checkCharacters(input: string): void {
  for (let i = 0; i < input.length; i++) {
    const c = input.charCodeAt(i)
    if (c <= 0x20 || c === 0x7f) throw urlRefusal(input, `has a control character or space at ${i}`)
    if (c === 0x5c) throw urlRefusal(input, `has a backslash at ${i}`)
  }
}

function parseRest(input: string, end: number, authority: Authority): ParsedUrl {
  const hash = input.indexOf('#', end)
  const stop = hash < 0 ? input.length : hash
  const mark = input.indexOf('?', end)
  const pathEnd = mark < 0 || mark > stop ? stop : mark
  const path = pathEnd === end ? '/' : removeDotSegments(encodePart(input.slice(end, pathEnd)))
  const target = pathEnd === stop ? path : `${path}?${encodePart(input.slice(pathEnd + 1, stop))}`
  checkLength(target)
  return parsedUrl(authority, target, hash < 0 ? undefined : input.slice(hash + 1))
}

// RFC 3986 §5.2.4, over segments; `%2E` counts as a dot (WHATWG URL §4.4).
function removeDotSegments(path: string): string {
  if (!path.includes('/.') && !path.includes('%2E')) return path
  const segments = path.split('/')
  const kept: string[] = []
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] as string
    const dots = segment.length <= 6 ? segment.replaceAll('%2E', '.') : segment
    const last = i === segments.length - 1
    if (dots === '..') kept.pop()
    if (dots !== '.' && dots !== '..') kept.push(segment)
    else if (last) kept.push('')
  }
  return `/${kept.join('/')}`
}

// Whether path and query can be sent as they stand: nothing to encode, no fragment, and no segment that begins with a dot,
// since that may be a dot segment.
function isCleanPath(input: string, start: number): boolean {
  if (input.charCodeAt(start) !== SLASH || input.length - start > MAX_TARGET_LENGTH) return false
  if (firstUnclean(input, start) !== input.length) return false
  for (let i = input.indexOf('.', start); i >= 0; i = input.indexOf('.', i + 1))
    if (input.charCodeAt(i - 1) === SLASH) return false
  return !input.includes('%2E', start)
}

// RFC 3986 §5.2.2 without its first case; parseUrl removes the dot segments.
function resolveRelative(reference: string, scheme: string, base: string): string {
  if (reference.startsWith('//')) return `${scheme}:${reference}`
  const pathStart = authorityEnd(base, scheme.length + 3)
  if (reference.startsWith('/')) return base.slice(0, pathStart) + reference
  const mark = base.indexOf('?', pathStart)
  const path = mark < 0 ? base : base.slice(0, mark)
  if (reference === '' || reference.startsWith('#')) return base
  if (reference.startsWith('?')) return path + reference
  return path.slice(0, path.lastIndexOf('/') + 1) + reference
}

function isScheme(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const c = text.charCodeAt(i)
    const letter = (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a)
    const other = (c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2d || c === DOT
    if (!letter && !(i > 0 && other)) return false
  }
  return end > 0
}
