/**
 * The options of one request: what they mean, what is acceptable, and the schema that a pool composes once from
 * them and what its plugins add.
 */
import { z } from 'zod'
import type { BodyInput } from '../ground/body.js'
import { HTTPError, OptionsError } from '../ground/errors.js'
import type { FieldsInit } from '../ground/form-body.js'
import type { HeaderOverrides } from '../ground/headers.js'
import type { QueryInit } from '../ground/url.js'
import { BareObject } from '../hooks/check-options.js'
import type { Plugin } from '../hooks/plugin.js'
import { parseOptions, requireOptionsObject } from './check-unknown-options.js'
import type { ClientSettings } from './client-settings.js'
import { milliseconds, resolveTimeout, type Timeout, timeoutSchema } from './pool-options.js'
import type { InformationalResponse, RequestSettings } from './request-settings.js'

/** The options of `urlopen`. */
export interface UrlopenOptions {
  /** Merged over the pool's; a `null` value removes a header, also one that core would add. */
  readonly headers?: HeaderOverrides | undefined
  /** What is sent as content. A function is called for each attempt, which makes a stream replayable. Default none. */
  readonly body?: BodyInput | null | undefined
  /** Milliseconds, laid over the pool's. */
  readonly timeout?: Timeout | undefined
  /** Milliseconds to wait for a connection; `null` for ever. Default: the pool's. */
  readonly poolTimeout?: number | null | undefined
  /** Aborts at any phase; the call then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
  /** Read the body inside the call, so that a failure there can be retried. Default true; false streams it. */
  readonly preloadContent?: boolean | undefined
  /** Decode gzip, deflate, br and, where Node has it, zstd. Default true. */
  readonly decodeContent?: boolean | undefined
  /** A body shorter than its declared length is an `IncompleteRead`. Default true. */
  readonly enforceContentLength?: boolean | undefined
  /** Refuse a body whose end only the end of the connection tells. Default false. */
  readonly requireFraming?: boolean | undefined
  /** Send the body chunked even when its length is known. Default false. */
  readonly chunked?: boolean | undefined
  /** Refuse an absolute URL of another origin with `HostChangedError`. Default true in a pool. */
  readonly assertSameHost?: boolean | undefined
  /** Default: the connection goes back when the body has ended; `false`: when `response.release()` is called. */
  readonly releaseConnection?: boolean | undefined
  /**
   * Send `Expect: 100-continue` and wait up to a second for the server's word before the body. After 417 the request is
   * repeated without it when the body can be read again. Default false. RFC 9110 §10.1.1
   */
  readonly expectContinue?: boolean | undefined
  /** Called for each 1xx head. */
  readonly onInformational?: ((head: InformationalResponse) => void) | undefined
}

/** The options of `request`: those of `urlopen`, and convenient ways to write body and query. */
export interface RequestOptions extends UrlopenOptions {
  /** Sent as compact JSON, with its content type. Not together with `body` or `fields`. */
  readonly json?: unknown
  /** A form: the query for GET, HEAD, DELETE and OPTIONS, else the body. Not together with `body` or `json`. */
  readonly fields?: FieldsInit | undefined
  /** Whether `fields` in a body are multipart/form-data (default) or application/x-www-form-urlencoded. */
  readonly encodeMultipart?: boolean | undefined
  /** Merged into the query of the URL. */
  readonly query?: QueryInit | undefined
}

const optionalFlag = z.boolean().optional()

const requestShape = {
  headers: z.unknown().optional(),
  body: z.unknown().optional(),
  json: z.unknown().optional(),
  fields: z.unknown().optional(),
  encodeMultipart: optionalFlag,
  query: z.unknown().optional(),
  timeout: timeoutSchema.optional(),
  poolTimeout: milliseconds.nullish(),
  signal: z
    .custom<AbortSignal>((value) => value instanceof AbortSignal, { error: 'must be an AbortSignal' })
    .optional(),
  preloadContent: optionalFlag,
  decodeContent: optionalFlag,
  enforceContentLength: optionalFlag,
  requireFraming: optionalFlag,
  chunked: optionalFlag,
  assertSameHost: optionalFlag,
  releaseConnection: optionalFlag,
  expectContinue: optionalFlag,
  onInformational: z
    .custom<(head: InformationalResponse) => void>((value) => typeof value === 'function', {
      error: 'must be a function',
    })
    .optional(),
}

/** Checks the options of requests, the plugins' included. */
export class RequestOptionsReader {
  readonly #schema: z.ZodObject
  readonly #client: ClientSettings
  /** The plugins' options that are there even when nobody gives them. */
  readonly #defaulted: readonly [string, z.ZodType][]
  /** What a request without options gets. */
  readonly defaults: RequestSettings

  constructor(plugins: readonly Plugin[], client: ClientSettings) {
    this.#client = client
    const added = pluginShape(plugins)
    this.#schema = z.strictObject({ ...requestShape, ...added })
    this.#defaulted = Object.entries(added).filter(
      ([, schema]) => schema.safeParse(undefined).data !== undefined,
    )
    this.defaults = this.#settings(this.parse({}))
  }

  /**
   * Checks; throws an `OptionsError` that names the option. Only the schemas of the options that were given are
   * run: a call names two or three of some twenty, and asking zod about all of them costs ten times as much.
   */
  parse(input: object): RequestOptions {
    requireOptionsObject(input, 'request')
    const shape = this.#schema.shape
    const parsed = new BareObject() as Record<string, unknown>
    for (const name of Object.keys(input)) {
      const value = (input as Record<string, unknown>)[name]
      if (!Object.hasOwn(shape, name)) return this.#refuse(input)
      if (value === undefined) continue
      const result = this.#outcome(name, shape[name] as z.ZodType, value)
      if (!result.success) return this.#refuse(input)
      parsed[name] = result.data
    }
    for (const [name, schema] of this.#defaulted) {
      if (parsed[name] === undefined) parsed[name] = schema.parse(undefined)
    }
    return parsed
  }

  /** What the checked options amount to. */
  resolve(options: RequestOptions): RequestSettings {
    return this.#settings(options)
  }

  /** A plugin's schema may throw, or be asynchronous for some values only. */
  #outcome(name: string, schema: z.ZodType, value: unknown): z.ZodSafeParseResult<unknown> {
    try {
      return schema.safeParse(value)
    } catch (cause) {
      if (cause instanceof HTTPError) throw cause
      throw new OptionsError(`the request option "${name}" cannot be checked; its schema failed`, {
        path: name,
        cause,
      })
    }
  }

  /** The whole schema says best what is wrong. */
  #refuse(input: object): RequestOptions {
    return parseOptions(this.#schema, input, 'request') as RequestOptions
  }

  #settings(options: RequestOptions): RequestSettings {
    const client = this.#client
    const { connectTimeout, readTimeout, totalTimeout } = resolveTimeout(options.timeout, client)
    return {
      connectTimeout,
      readTimeout,
      totalTimeout,
      poolTimeout:
        options.poolTimeout === undefined ? client.poolTimeout : (options.poolTimeout ?? undefined),
      signal: options.signal,
      preloadContent: options.preloadContent ?? true,
      decodeContent: options.decodeContent ?? true,
      enforceContentLength: options.enforceContentLength ?? true,
      requireFraming: options.requireFraming ?? false,
      chunked: options.chunked ?? false,
      assertSameHost: options.assertSameHost,
      releaseConnection: options.releaseConnection,
      expectContinue: options.expectContinue ?? false,
      onInformational: options.onInformational,
      options: options as Readonly<Record<string, unknown>>,
    }
  }
}

function pluginShape(plugins: readonly Plugin[]): Readonly<Record<string, z.ZodType>> {
  const shape: Record<string, z.ZodType> = {}
  const owners = new Map<string, string>(Object.keys(requestShape).map((name) => [name, 'core']))
  for (const plugin of plugins) {
    for (const [name, schema] of Object.entries(plugin.requestOptions)) {
      const owner = owners.get(name)
      if (owner !== undefined) {
        throw new OptionsError(
          `the request option "${name}" of plugin "${plugin.name}" is already declared by ${owner}`,
          {
            path: `plugins.${plugin.name}.${name}`,
          },
        )
      }
      owners.set(name, `plugin "${plugin.name}"`)
      shape[name] = schema
    }
  }
  return shape
}
