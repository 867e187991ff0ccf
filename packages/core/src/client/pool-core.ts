/**
 * What a pool or manager is behind its face: checked options, installed plugins, the client, and the way from
 * what a caller writes to a request value.
 */

import { basicAuthorization } from '../ground/basic-auth.js'
import { type Body, bodyOfCall } from '../ground/body.js'
import { HostChangedError, InsecureTransportError, OptionsError } from '../ground/errors.js'
import { encodeFields, type FieldsInit } from '../ground/form-body.js'
import { isToken } from '../ground/grammar.js'
import { HTTPHeaders } from '../ground/headers.js'
import { quotePeerText } from '../ground/http-error.js'
import { jsonBody } from '../ground/json-body.js'
import type { Origin } from '../ground/origin.js'
import { encodePart } from '../ground/percent.js'
import { encodeQuery } from '../ground/query.js'
import { redactUnparsed } from '../ground/redact.js'
import { HTTPRequest } from '../ground/request.js'
import type { HTTPResponse } from '../ground/response.js'
import { isSameHost } from '../ground/same-host.js'
import { type Credentials, encodeTarget, parseUrl, type QueryInit, withQuery } from '../ground/url.js'
import { Hooks, type TapOnlyHooks } from '../hooks/hooks.js'
import { type Installation, installPlugins } from '../hooks/plugin.js'
import { Client } from './client.js'
import { type CloseOptions, graceOf } from './close-options.js'
import { type ClientInspection, inspectClient } from './inspect-client.js'
import type { ResolvedOptions } from './pool-options.js'
import { type RefusedCall, refusal } from './refusal.js'
import { type RequestOptions, RequestOptionsReader } from './request-options.js'

/** Where a request goes. */
interface Destination {
  readonly origin: Origin
  readonly target: string
  readonly credentials: Credentials | undefined
  readonly fragment: string | undefined
}

/** Methods whose `fields` go into the query. As urllib3. */
const FIELDS_IN_QUERY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** See the file's head. */
export class PoolCore {
  readonly hooks: TapOnlyHooks
  readonly client: Client
  readonly #origin: Origin | undefined
  readonly #reader: RequestOptionsReader
  readonly #installation: Installation
  #disposal: Promise<void> | undefined

  /** `origin` binds the core to one origin: a pool. Without it: a manager. */
  constructor(resolved: ResolvedOptions, origin: Origin | undefined) {
    const { settings, plugins, numPools } = resolved
    const hooks = new Hooks()
    this.#origin = origin
    this.#installation = installPlugins(plugins, hooks, { clock: settings.clock, origin })
    this.#reader = new RequestOptionsReader(plugins, settings)
    this.client = new Client(settings, hooks, numPools, this.#reader.defaults)
    this.hooks = hooks.tapOnly()
    if (origin !== undefined) this.#requireSecuring(origin)
  }

  /** The lowest-level call: the method is sent as given. */
  urlopen(method: string, url: string | URL, options: object | undefined): Promise<HTTPResponse> {
    try {
      for (const name of ['json', 'fields', 'query', 'encodeMultipart']) {
        if (options !== undefined && Object.hasOwn(options, name)) {
          throw new OptionsError(`urlopen takes no "${name}"; request does`, { path: name })
        }
      }
      return this.#perform(method, url, options)
    } catch (error) {
      return refused(error, { method, url, origin: this.#origin })
    }
  }

  /** The upper-level call: upper-cases the method, knows `json`, `fields` and `query`. */
  request(method: string, url: string | URL, options: object | undefined): Promise<HTTPResponse> {
    try {
      return this.#perform(upperCased(method), url, options)
    } catch (error) {
      return refused(error, { method, url, origin: this.#origin })
    }
  }

  isSameHost(url: string | URL): boolean {
    try {
      return this.#origin !== undefined && isSameHost(this.#origin, textOf(url))
    } catch (error) {
      throw refusal(error)
    }
  }

  inspect(): ClientInspection {
    return inspectClient(this.client, this.#installation.sections)
  }

  /** Closes everything. Plugins are disposed of once; a later call may still set a grace for what is under way. */
  async close(options: CloseOptions | undefined): Promise<void> {
    const graceMs = graceOf(options)
    const closing = this.client.close(graceMs)
    this.#disposal ??= closing.then(() => this.#installation.dispose())
    await closing
    await this.#disposal
  }

  #perform(method: string, place: string | URL, input: object | undefined): Promise<HTTPResponse> {
    const url = typeof place === 'string' ? place : textOf(place)
    const { headers: defaults } = this.client.settings
    if (input === undefined) {
      const { origin, target, credentials, fragment } = this.#destination(url, undefined)
      const headers = credentials === undefined ? defaults : withCredentials(defaults, credentials)
      // Every part is named: one that is left out would be looked for on `Object.prototype`.
      const parts = { method, origin, target, headers, removedHeaders: undefined, body: undefined, fragment }
      const request = new HTTPRequest(parts)
      return this.client.run(request, this.#reader.defaults)
    }
    const options = this.#reader.parse(input)
    const { origin, target, credentials, fragment } = this.#destination(url, options.assertSameHost)
    const merged = options.headers === undefined ? undefined : HTTPHeaders.merge(defaults, options.headers)
    let headers = merged?.headers.freeze() ?? defaults
    if (credentials !== undefined) headers = withCredentials(headers, credentials)
    const request = new HTTPRequest({
      method,
      origin,
      target: targetOf(method, target, options),
      headers,
      removedHeaders: merged?.removed,
      body: bodyOf(method, options),
      fragment,
    })
    return this.client.run(request, this.#reader.resolve(options))
  }

  #destination(url: string, assertSameHost: boolean | undefined): Destination {
    const bound = this.#origin
    if (bound !== undefined && (url.charCodeAt(0) === 0x2f || url === '*')) {
      const hash = url.indexOf('#')
      const fragment = hash < 0 ? undefined : encodePart(url.slice(hash + 1))
      return {
        origin: bound,
        target: url === '*' ? url : encodeTarget(url),
        credentials: undefined,
        fragment,
      }
    }
    if (bound === undefined) {
      const parsed = parseUrl(url)
      this.#requireSecuring(parsed.origin)
      return parsed
    }
    const parsed = parseBound(url, bound)
    if (parsed.origin.equals(bound)) return { ...parsed, origin: bound }
    if (assertSameHost !== false) {
      throw new HostChangedError(`this pool serves ${bound.key}, not ${parsed.origin.key}`, {
        url,
        phase: 'options',
      })
    }
    this.#requireSecuring(parsed.origin)
    return parsed
  }

  #requireSecuring(origin: Origin): void {
    if (origin.scheme !== 'https' || this.#installation.secured) return
    throw new InsecureTransportError(
      `${origin.key} needs a plugin that secures the connection: install tls() from @rockpool/plugin-tls`,
      { phase: 'options' },
    )
  }
}

function refused(error: unknown, call: RefusedCall): Promise<never> {
  return Promise.reject(refusal(error, call))
}

/** A `URL` is read as the text it stands for, under the same rules as any other text. */
function textOf(url: unknown): string {
  if (typeof url === 'string') return url
  if (url instanceof URL) return String(url.href)
  throw new OptionsError(`the URL must be a string or a URL, not ${url === null ? 'null' : typeof url}`, {
    path: 'url',
  })
}

/** ASCII letters only: `toUpperCase` makes POST of `po\u017ft`, which is no token and must be refused as such. */
function upperCased(method: string): string {
  return typeof method === 'string' && isToken(method) ? method.toUpperCase() : method
}

/** What is no path of a bound pool is a URL; what is neither gets the error of a foreign host. */
function parseBound(url: string, bound: Origin): Destination {
  if (!url.includes(':')) {
    throw new HostChangedError(
      `${quotePeerText(redactUnparsed(url))} is neither a path that begins with "/" nor a URL of ${bound.key}`,
      { phase: 'options' },
    )
  }
  return parseUrl(url)
}

function withCredentials(headers: HTTPHeaders, credentials: Credentials): HTTPHeaders {
  if (headers.has('authorization')) return headers
  return headers.clone().set('Authorization', basicAuthorization(credentials)).freeze()
}

function targetOf(method: string, target: string, options: RequestOptions): string {
  let full = target
  if (options.query !== undefined) full = withQuery(full, options.query)
  // Ready-made query text is the caller's and not encoded yet.
  if (typeof options.query === 'string') full = encodeTarget(full)
  if (options.fields !== undefined && FIELDS_IN_QUERY.has(method)) {
    full = withQuery(full, encodeQuery(options.fields as Exclude<QueryInit, string>, 'fields'))
  }
  return full
}

function bodyOf(method: string, options: RequestOptions): Body | undefined {
  const { body, json } = options
  const fields: FieldsInit | undefined = FIELDS_IN_QUERY.has(method) ? undefined : options.fields
  const given = [body ?? undefined, json, fields].filter((each) => each !== undefined)
  if (given.length > 1) {
    throw new OptionsError('a request has one content: give one of body, json and fields', {
      path: json !== undefined ? 'json' : 'fields',
    })
  }
  if (json !== undefined) return jsonBody(json)
  if (fields !== undefined) return encodeFields(fields, { multipart: options.encodeMultipart ?? true })
  return body === undefined || body === null ? undefined : bodyOfCall(body)
}
