// From a redirect to the request that follows it.
//
// Rule: pure, and careful. `Location` is resolved against what was really asked, in pools and managers alike; credentials
// go to no other origin than the one they were given for, and since the next hop is made from this one they never come back;
// Host is core's again when the origin changes; https does not become http unless somebody said so. What cannot be followed
// is an error with a name, never a guess.
//
// RFC 9110 §15.4 lets a client keep the method on 301 and 302; urllib3 does, and so do we: only 303 turns into GET.
//
// Neighbours: redirect.ts asks. Must not know: counters, waits.

import {
  HostChangedError,
  type HTTPHeaders,
  type HTTPRequest,
  InsecureTransportError,
  InvalidHeader,
  type Origin,
  quotePeerText,
  resolveLocation,
} from '@rockpool/core/plugin'

/** What may be followed, and what is left behind. */
export interface RedirectRule {
  /** Lower-cased names that are not sent to another origin. */
  readonly removeHeaders: ReadonlySet<string>
  /** Whether https may become http. */
  readonly allowDowngrade: boolean
  /** The one origin that may be asked; undefined when any may. */
  readonly boundTo: Origin | undefined
}

/** An answer that says "elsewhere". */
export interface RedirectAnswer {
  /** 301, 302, 303, 307 or 308. */
  readonly status: number
  /** The field value, as it came. */
  readonly location: string
  /** The absolute url that was asked. */
  readonly askedUrl: string
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** They describe a content that is not sent (RFC 9110 §15.4, CVE-2023-45803). */
const CONTENT_HEADERS: readonly string[] = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
  'content-digest',
  'digest',
  'last-modified',
  'transfer-encoding',
  'expect',
]

/** Whether a status means "elsewhere" (urllib3: `REDIRECT_STATUSES`). */
export function isRedirectStatus(status: number): boolean {
  return REDIRECT_STATUSES.has(status)
}

/**
 * The `Location` of an answer; undefined when it has none or an empty one, and then the answer is no redirect.
 *
 * @throws {InvalidHeader} it has more than one: two programs could follow different ones
 */
export function redirectLocation(headers: HTTPHeaders): string | undefined {
  const lines = headers.getAll('location')
  if (lines.length > 1) {
    const shown = lines.map(quotePeerText).join(' and ')
    throw new InvalidHeader(`the redirect has ${lines.length} Location fields: ${shown}`, {
      phase: 'head',
      sent: 'all',
    })
  }
  const [location = ''] = lines
  return location.trim() === '' ? undefined : location
}

/**
 * The request to send next.
 *
 * @param base what the call sends at present, without what plugins add per attempt
 * @throws {LocationParseError | LocationValueError} the location is no url
 * @throws {URLSchemeUnknown} it is neither http nor https
 * @throws {InsecureTransportError} it leads from https to http
 * @throws {HostChangedError} it leads out of a pool that is bound to one origin
 */
export function nextRequest(base: HTTPRequest, answer: RedirectAnswer, rule: RedirectRule): HTTPRequest {
  const resolved = resolveLocation(answer.location, answer.askedUrl)
  const fragment = fragmentOf(answer.location) ?? base.fragment
  const url = fragment === undefined ? resolved : `${resolved}#${fragment}`
  const next = base.with({ url })
  if (rule.boundTo !== undefined && !next.origin.equals(rule.boundTo)) {
    throw new HostChangedError(
      `the redirect to ${resolved} leaves ${rule.boundTo.key}, the only origin of this pool`,
      {
        phase: 'head',
        sent: 'all',
      },
    )
  }
  if (!rule.allowDowngrade && next.origin.scheme === 'http' && answer.askedUrl.startsWith('https:')) {
    throw new InsecureTransportError(
      `the redirect from ${answer.askedUrl} to ${resolved} would give up TLS; allowDowngrade: true permits it`,
      { phase: 'head', sent: 'all' },
    )
  }
  const headers = base.headers.clone()
  if (!next.origin.equals(base.origin)) leaveBehind(headers, ['host', ...rule.removeHeaders])
  if (answer.status !== 303) return frozen(base.with({ url, headers }))
  leaveBehind(headers, CONTENT_HEADERS)
  // HEAD asks for no content and goes on asking for none (RFC 9110 §15.4.4).
  const method = base.method.toUpperCase() === 'HEAD' ? base.method : 'GET'
  return frozen(base.with({ url, headers, method, body: null }))
}

// RFC 9110 §10.2.2: a Location without a fragment inherits that of the url it redirects from.
function fragmentOf(location: string): string | undefined {
  const hash = location.indexOf('#')
  return hash < 0
    ? undefined
    : location
        .slice(hash + 1)
        .trim()
        .replace(/[^\x21-\x7e]/gu, escaped)
}

// A field value has one character per byte; a plugin's answer may have others.
function escaped(character: string): string {
  const bytes = Buffer.from(character, character <= '\u00ff' ? 'latin1' : 'utf8')
  return bytes.toString('hex').toUpperCase().replace(/../g, '%$&')
}

// It will be the base of later attempts, and no tap may change a base.
function frozen(request: HTTPRequest): HTTPRequest {
  request.headers.freeze()
  return request
}

function leaveBehind(headers: HTTPHeaders, names: readonly string[]): void {
  for (const name of names) headers.delete(name)
}
