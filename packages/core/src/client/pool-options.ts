/**
 * The options of pools and managers: what they mean, what is acceptable, what they default to.
 */
import { z } from 'zod'
import { type HeadersInput, HTTPHeaders } from '../ground/headers.js'
import { DEFAULT_LIMITS, type Limits } from '../ground/limits.js'
import { ownOptions, ownProperties } from '../hooks/check-options.js'
import type { Plugin } from '../hooks/plugin.js'
import { type Clock, systemClock } from '../transport/clock.js'
import type { LookupFunction } from '../transport/connector.js'
import { guardLookup } from '../transport/guard-lookup.js'
import { parseOptions } from './check-unknown-options.js'
import type { ClientSettings } from './client-settings.js'

/** How long things may take, in milliseconds. */
export interface TimeoutOptions {
  /** Over name look-up, TCP, proxy and TLS together. `null` for no limit. Default 10 000. */
  readonly connect?: number | null | undefined
  /** For the response head, and then for each further piece of the body. `null` for no limit. Default 60 000. */
  readonly read?: number | null | undefined
  /** One deadline over everything: queue, connect, every attempt, the waits between them, the body. Default none. */
  readonly total?: number | null | undefined
}

/** A number sets connect and read; `null` means no limit at all. */
export type Timeout = number | TimeoutOptions | null

/** The options of a pool. Every one is checked when the pool is made; a bad one is an `OptionsError` that names it. */
export interface PoolOptions<Plugins extends readonly Plugin[] = readonly Plugin[]> {
  /** Plugins to install. Their order does not matter: stages do. Default none. */
  readonly plugins?: Plugins | undefined
  /** Idle connections kept; with `block`, also how many may exist. At least 1. Default 1, in a manager 10. */
  readonly maxSize?: number | undefined
  /** Never more than `maxSize` connections; callers wait first come, first served. Default false. */
  readonly block?: boolean | undefined
  /** Milliseconds that a caller waits for a connection, then `EmptyPoolError`. Default none. */
  readonly poolTimeout?: number | null | undefined
  /** Callers that may wait; the next gets `QueueFullError` at once. Default unlimited. */
  readonly maxQueue?: number | undefined
  /** Default `{ connect: 10_000, read: 60_000 }`. */
  readonly timeout?: Timeout | undefined
  /** Milliseconds after which an idle connection is closed. A server's shorter hint wins, less one second. Default 60 000. */
  readonly keepAliveTimeout?: number | undefined
  /** Milliseconds after which a connection is not used again. Default none. */
  readonly maxLifetime?: number | undefined
  /** Requests after which a connection is not used again. Default none. */
  readonly maxRequestsPerConnection?: number | undefined
  /** Sent with every request; a request's own headers are merged over them. Default none. */
  readonly headers?: HeadersInput | undefined
  /** Bounds on what is received, in bytes and counts; see `Limits`. */
  readonly limits?: Partial<Limits> | undefined
  /** The local address to connect from. Default: the system's choice. */
  readonly localAddress?: string | undefined
  /** A unix socket to connect to instead of host and port. Default none. */
  readonly socketPath?: string | undefined
  /** Resolves names instead of the system: the signature of `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined
  /** `TCP_NODELAY`. Default true. */
  readonly noDelay?: boolean | undefined
  /** TCP keep-alive probes: true, or the idle milliseconds before the first. Default false. */
  readonly keepAliveProbe?: boolean | number | undefined
  /** The source of time. For tests. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** The options of a manager: those of its pools, and how many there may be. */
export interface ManagerOptions<Plugins extends readonly Plugin[] = readonly Plugin[]>
  extends PoolOptions<Plugins> {
  /** Pools held; beyond, the least recently used finishes its work and closes. At least 1. Default 10. */
  readonly numPools?: number | undefined
}

/** A duration in milliseconds. */
export const milliseconds: z.ZodNumber = z.number().positive()

const count = z.int().min(1)
const bytes = z.int().min(0)
const instance = <Type>(test: (value: unknown) => boolean, what: string): z.ZodType<Type, Type> =>
  z.custom<Type>(test, { error: `must be ${what}` })
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const isClock = (value: unknown): boolean =>
  isObject(value) &&
  ['now', 'wallNow', 'timer'].every((name) => isFunction((value as Record<string, unknown>)[name]))

/** The `timeout` option, of pools and of requests. */
export const timeoutSchema: z.ZodType<Timeout, Timeout> = z.preprocess(
  ownOptions,
  z.union([
    // First, because a branch that fails costs most when it comes before the one that fits.
    z.strictObject({
      connect: milliseconds.nullish(),
      read: milliseconds.nullish(),
      total: milliseconds.nullish(),
    }),
    milliseconds,
    z.null(),
  ]),
) as unknown as z.ZodType<Timeout, Timeout>

const poolShape = {
  plugins: z.array(z.unknown()).optional(),
  maxSize: count.optional(),
  block: z.boolean().optional(),
  poolTimeout: milliseconds.nullish(),
  maxQueue: z.int().min(0).optional(),
  timeout: timeoutSchema.optional(),
  keepAliveTimeout: milliseconds.optional(),
  maxLifetime: milliseconds.optional(),
  maxRequestsPerConnection: count.optional(),
  headers: instance<HeadersInput>(isObject, 'an object, pairs, Headers or HTTPHeaders').optional(),
  limits: z
    .preprocess(
      ownOptions,
      z.strictObject({
        maxHeaderBytes: count.optional(),
        maxHeaderCount: count.optional(),
        maxStatusLineBytes: count.optional(),
        maxInformational: bytes.optional(),
        maxTrailerBytes: bytes.optional(),
        maxChunkExtensionBytes: bytes.optional(),
        maxChunkLineBytes: count.optional(),
        maxResponseBytes: bytes.optional(),
        maxDecodedBytes: bytes.optional(),
        maxContentEncodings: bytes.optional(),
        maxDrainBytes: bytes.optional(),
      }),
    )
    .optional(),
  localAddress: z.string().min(1).optional(),
  socketPath: z.string().min(1).optional(),
  lookup: instance<LookupFunction>(isFunction, 'a function like dns.lookup').optional(),
  noDelay: z.boolean().optional(),
  keepAliveProbe: z.union([z.boolean(), milliseconds]).optional(),
  clock: instance<Clock>(isClock, 'a Clock: now(), wallNow() and timer(callback)').optional(),
}

const poolSchema = z.strictObject(poolShape)
const managerSchema = z.strictObject({ ...poolShape, numPools: count.optional() })

/** Options checked, with what is not a setting of the client itself. */
export interface ResolvedOptions {
  readonly settings: ClientSettings
  readonly plugins: readonly Plugin[]
  readonly numPools: number
}

/** Checks the options of a pool and fills in the defaults. */
export function resolvePoolOptions(input: PoolOptions | undefined): ResolvedOptions {
  const options = parseOptions(poolSchema, input, 'pool') as PoolOptions
  return resolved(options, 1, Number.POSITIVE_INFINITY)
}

/** Checks the options of a manager and fills in the defaults. */
export function resolveManagerOptions(input: ManagerOptions | undefined): ResolvedOptions {
  const options = parseOptions(managerSchema, input, 'manager') as ManagerOptions
  return resolved(options, 10, options.numPools ?? 10)
}

/** Time-outs in force. `undefined` means no limit. */
export interface ResolvedTimeout {
  readonly connectTimeout: number | undefined
  readonly readTimeout: number | undefined
  readonly totalTimeout: number | undefined
}

const DEFAULT_TIMEOUT: ResolvedTimeout = {
  connectTimeout: 10_000,
  readTimeout: 60_000,
  totalTimeout: undefined,
}

/** Lays a `timeout` option over the time-outs that would hold without it. */
export function resolveTimeout(timeout: Timeout | undefined, base: ResolvedTimeout): ResolvedTimeout {
  if (timeout === undefined) return base
  if (timeout === null) return { connectTimeout: undefined, readTimeout: undefined, totalTimeout: undefined }
  if (typeof timeout === 'number') {
    return { connectTimeout: timeout, readTimeout: timeout, totalTimeout: base.totalTimeout }
  }
  const { connect, read, total } = ownProperties(timeout) as TimeoutOptions
  return {
    connectTimeout: connect === undefined ? base.connectTimeout : (connect ?? undefined),
    readTimeout: read === undefined ? base.readTimeout : (read ?? undefined),
    totalTimeout: total === undefined ? base.totalTimeout : (total ?? undefined),
  }
}

/** A limit that is `undefined` was not given: it must not take the default, which protects, away. */
function limitsOver(defaults: Limits, given: Partial<Limits> | undefined): Limits {
  const own = Object.entries(given ?? {}).filter(([, limit]) => limit !== undefined)
  return { ...defaults, ...Object.fromEntries(own) }
}

function resolved(options: PoolOptions, maxSize: number, numPools: number): ResolvedOptions {
  const probe = options.keepAliveProbe ?? false
  return {
    plugins: [...(options.plugins ?? [])],
    numPools,
    settings: {
      pool: {
        maxSize: options.maxSize ?? maxSize,
        block: options.block ?? false,
        maxQueue: options.maxQueue,
        keepAliveTimeout: options.keepAliveTimeout ?? 60_000,
        maxLifetime: options.maxLifetime,
        maxRequestsPerConnection: options.maxRequestsPerConnection,
      },
      poolTimeout: options.poolTimeout ?? undefined,
      ...resolveTimeout(options.timeout, DEFAULT_TIMEOUT),
      headers: new HTTPHeaders(options.headers).freeze(),
      limits: limitsOver(DEFAULT_LIMITS, options.limits),
      dial: {
        localAddress: options.localAddress,
        socketPath: options.socketPath,
        lookup: options.lookup === undefined ? undefined : guardLookup(options.lookup),
        noDelay: options.noDelay ?? true,
        keepAliveProbe: probe === true ? 0 : probe,
      },
      clock: options.clock ?? systemClock,
    },
  }
}
