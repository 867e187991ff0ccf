// The request as an immutable value.
//
// Rule: what an attempt sends is a HTTPRequest, and a change is a new one. The base request of a call is made once; every
// attempt starts from it, so the edits of plugins never pile up over retries. Making one stores fields and little more:
// headers are already valid (HTTPHeaders checks at insertion) and the target is checked again by the writer of the head.
//
// Neighbours: the client makes the base request, plugins use `with` and `withHeaders`. Must not know: pools, retries,
// automatic fields (`removedHeaders` only records which of them the caller does not want).

import { type Body, type BodyInput, NO_BODY, toBody } from './body.js'
import { CopiedBody } from './copied-body.js'
import { isToken } from './grammar.js'
import { type HeaderOverrides, type HeadersInput, HTTPHeaders } from './headers.js'
import { quotePeerText } from './http-error.js'
import { MAX_METHOD_LENGTH } from './limits.js'
import type { Origin } from './origin.js'
import { encodeTarget, parseUrl } from './url.js'
import { LocationParseError, OptionsError } from './usage-errors.js'

/** What a request is made of. */
export interface RequestParts {
  /** A token of at most 32 characters, sent as given (RFC 9110 §9.1); not CONNECT. */
  readonly method: string
  /** The server that is asked. */
  readonly origin: Origin
  /** Origin form, `/path?query` (RFC 9112 §3.2.1); `*` for OPTIONS. Already encoded. */
  readonly target: string
  /** The fields to send. Default none. Kept when frozen, otherwise copied. */
  readonly headers?: HTTPHeaders | undefined
  /** Lower-cased names the caller removed with `null`, automatic ones such as `user-agent` included. Default none. */
  readonly removedHeaders?: ReadonlySet<string> | undefined
  /** The content. Default none. */
  readonly body?: Body | undefined
  /** What followed `#` in the url; never sent. Default none. */
  readonly fragment?: string | undefined
}

/** What `with` can change. */
export interface RequestChanges {
  /** Another method. */
  readonly method?: string | undefined
  /** Another server; the target stays. */
  readonly origin?: Origin | undefined
  /** Another target, encoded if need be; the server stays. */
  readonly target?: string | undefined
  /** Another absolute http or https url: server, target and fragment. Not together with `origin` or `target`. */
  readonly url?: string | URL | undefined
  /** All fields anew; to change some, see {@link HTTPRequest.withHeaders}. */
  readonly headers?: HeadersInput | undefined
  /** Another content; `null` for none. */
  readonly body?: BodyInput | null | undefined
}

const NO_HEADERS: HTTPHeaders = new HTTPHeaders().freeze()
const NOTHING_REMOVED: ReadonlySet<string> = new Set()

/**
 * One request: method, server, target, fields and content.
 *
 * @example
 * context.request = context.request.withHeaders({ authorization: `Bearer ${token}` })
 * context.request = context.request.with({ method: 'GET', body: null })
 */
export class HTTPRequest {
  /** The method, as given. */
  readonly method: string
  /** The server. */
  readonly origin: Origin
  /** Path and query, as they will be sent. */
  readonly target: string
  /** The fields; frozen unless this copy was made with new ones. */
  readonly headers: HTTPHeaders
  /** Lower-cased names that must not be sent even if core would add them. */
  readonly removedHeaders: ReadonlySet<string>
  readonly #body: Body
  /** What followed `#` in the url; never sent, but part of what a response is the answer to. */
  readonly fragment: string | undefined

  /**
   * @throws {OptionsError} path `method` or, for TRACE, `body` or `headers.<name>`
   * @throws {LocationParseError} the target is `*` and the method is not OPTIONS (RFC 9112 §3.2.4)
   */
  constructor(parts: RequestParts) {
    const headers = parts.headers ?? NO_HEADERS
    this.method = checkedMethod(parts.method)
    this.origin = parts.origin
    this.target = parts.target
    this.headers = headers.frozen ? headers : headers.clone().freeze()
    this.removedHeaders = parts.removedHeaders ?? NOTHING_REMOVED
    this.#body = parts.body ?? NO_BODY
    this.fragment = parts.fragment
    checkTrace(this)
    if (this.target === '*' && this.method !== 'OPTIONS') {
      throw new LocationParseError('the target "*" is for OPTIONS only', { location: '*' })
    }
  }

  /**
   * The content. Whoever asks may keep it for as long as it likes. It is no own property: `{ ...request }` lacks it, `with` keeps
   * it.
   */
  get body(): Body {
    const body = this.#body
    if (body instanceof CopiedBody) body.shown()
    return body
  }

  /** @internal The content, for core itself, which lets go of it when the call is over. */
  static bodyOf(request: HTTPRequest): Body {
    return request.#body
  }

  /** The absolute url, without userinfo and fragment. */
  get url(): string {
    return this.target === '*' ? this.origin.prefix : this.origin.prefix + this.target
  }

  /** The absolute url with its fragment, without userinfo: what a response says it is the answer to (RFC 9110 §10.2.2). */
  get href(): string {
    return this.fragment === undefined ? this.url : `${this.url}#${this.fragment}`
  }

  /**
   * A copy with some parts changed. Given `headers`, the copy's fields are its own and not frozen; otherwise it shares the
   * frozen ones of this request.
   *
   * @throws {OptionsError} a part is not acceptable
   * @throws {LocationValueError} the url or target is not acceptable
   */
  with(changes: RequestChanges): HTTPRequest {
    const { method, url, origin: server, target: place, headers, body } = ownChanges(changes)
    let origin = server ?? this.origin
    let target = place === undefined ? this.target : checkedTarget(place)
    let { fragment } = this
    if (url !== undefined) {
      if (server !== undefined || place !== undefined) {
        throw new OptionsError('give either url, or origin and target', { path: 'url' })
      }
      const parsed = parseUrl(url)
      origin = parsed.origin
      target = parsed.target
      fragment = parsed.fragment
    }
    const copy = new HTTPRequest({
      method: method ?? this.method,
      origin,
      target,
      headers: this.headers,
      removedHeaders: this.removedHeaders,
      body: body === undefined ? this.#body : toBody(body),
      fragment,
    })
    return headers === undefined ? copy : copy.#replaceHeaders(new HTTPHeaders(headers))
  }

  /**
   * A copy with fields laid over the present ones: a given name replaces its lines, `null` removes them and keeps core from
   * adding that field by itself.
   *
   * @throws {OptionsError} path `headers.<name>`
   */
  withHeaders(overrides: HeaderOverrides): HTTPRequest {
    const { headers, removed } = HTTPHeaders.merge(this.headers, overrides)
    const removedHeaders = stillRemoved(new Set([...this.removedHeaders, ...removed]), headers)
    const { method, origin, target, fragment } = this
    return new HTTPRequest({
      method,
      origin,
      target,
      headers: headers.freeze(),
      removedHeaders,
      body: this.#body,
      fragment,
    })
  }

  #replaceHeaders(headers: HTTPHeaders): this {
    const copy = this as { headers: HTTPHeaders; removedHeaders: ReadonlySet<string> }
    copy.headers = headers
    copy.removedHeaders = stillRemoved(this.removedHeaders, headers)
    checkTrace(this)
    return this
  }
}

// Each by its own name: what a bug elsewhere put on `Object.prototype` would send every redirect to another server.
function ownChanges(changes: RequestChanges): RequestChanges {
  return {
    method: Object.hasOwn(changes, 'method') ? changes.method : undefined,
    origin: Object.hasOwn(changes, 'origin') ? changes.origin : undefined,
    target: Object.hasOwn(changes, 'target') ? changes.target : undefined,
    url: Object.hasOwn(changes, 'url') ? changes.url : undefined,
    headers: Object.hasOwn(changes, 'headers') ? changes.headers : undefined,
    body: Object.hasOwn(changes, 'body') ? changes.body : undefined,
  }
}

// A field that was removed and is given again is no longer removed.
function stillRemoved(removed: ReadonlySet<string>, headers: HTTPHeaders): ReadonlySet<string> {
  if (removed.size === 0) return NOTHING_REMOVED
  const still = new Set(removed)
  for (const name of headers.names) still.delete(name)
  return still
}

function checkedMethod(method: string): string {
  if (typeof method !== 'string' || method.length > MAX_METHOD_LENGTH || !isToken(method)) {
    const shown = typeof method === 'string' ? quotePeerText(method) : typeof method
    throw new OptionsError(`method ${shown} is not a token of at most ${MAX_METHOD_LENGTH} characters`, {
      path: 'method',
    })
  }
  if (method.length === 7 && method.toUpperCase() === 'CONNECT') {
    throw new OptionsError('CONNECT makes a tunnel, not a request: install a proxy plugin', {
      path: 'method',
    })
  }
  return method
}

function checkedTarget(target: string): string {
  return target === '*' ? target : encodeTarget(target)
}

/**
 * RFC 9110 §9.3.8: no content in a TRACE, and nothing in it that its echo should not show. Other methods pass.
 *
 * @param form `absolute` goes to a forward proxy, which takes its own credentials out before it sends the request on
 */
export function checkTrace(request: HTTPRequest, form: 'origin' | 'absolute' = 'origin'): void {
  if (request.method !== 'TRACE') return
  if (HTTPRequest.bodyOf(request).kind !== 'none')
    throw new OptionsError('a TRACE request has no content', { path: 'body' })
  for (const name of ['authorization', 'cookie', 'proxy-authorization']) {
    if (request.headers.has(name) && !(form === 'absolute' && name === 'proxy-authorization'))
      throw new OptionsError(`a TRACE request must not carry ${name}`, { path: `headers.${name}` })
  }
}
