// What a retry policy can be told, and what is acceptable.
//
// Rule: every level inherits. `undefined` and `null` never mean "off" and never "no limit"; they mean "as it was". Off is
// `false`, without limit is `Infinity`. A list that could be read two ways (no methods, or all of them?) is refused.
//
// Neighbours: policy.ts turns the options into a Retry, options.ts adds what only the plugins take. Must not know: hooks.

import { OptionsError } from '@rockpool/core/plugin'
import { z } from 'zod'

/**
 * The counters and rules of a `Retry`. A counter says how many events of its kind are survived; `total` counts every
 * event of any kind, redirects included.
 */
export interface RetryOptions {
  /** Events of any kind. `Infinity` for no limit, `true` for 1, `false`: errors and 3xx reach the caller as they are. Default 3. */
  readonly total?: number | boolean | null | undefined
  /** Failed connects: nothing was sent. `false`: the error as it is. Default: only `total` limits. */
  readonly connect?: number | false | null | undefined
  /** Failures after something may have been sent. `false`: the error as it is. Default: only `total` limits. */
  readonly read?: number | false | null | undefined
  /** Redirects. `false`: the 3xx is returned. Default: the limit of `redirect()`. */
  readonly redirect?: number | boolean | null | undefined
  /** Answers that were not accepted. `false` is 0. Default: only `total` limits. */
  readonly status?: number | false | null | undefined
  /** Failures of no other kind, such as a proxy that broke off. `false` is 0. Default: only `total` limits. */
  readonly other?: number | false | null | undefined
  /** Methods that may be sent twice; `'any'` for all. Default HEAD, GET, PUT, DELETE, OPTIONS, TRACE and QUERY. */
  readonly allowedMethods?: Iterable<string> | 'any' | null | undefined
  /** Statuses that are as good as an error. Default none. */
  readonly statusForcelist?: Iterable<number> | null | undefined
  /** Milliseconds; before the n-th retry in a row the wait is `backoffFactor * 2 ** (n - 1)`, the first has none. Default 0. */
  readonly backoffFactor?: number | null | undefined
  /** The longest back-off in milliseconds. Default 120 000. */
  readonly backoffMax?: number | null | undefined
  /** Up to so many milliseconds are added by chance to each back-off but the first. Default 0. */
  readonly backoffJitter?: number | null | undefined
  /** Where chance comes from: 0 ≤ n < 1, as `Math.random`, which is the default. See `seededRandom`. */
  readonly random?: (() => number) | null | undefined
  /** Wait as long as `Retry-After` asks; and try again on 413, 429 and 503 that carry it. Default true. */
  readonly respectRetryAfterHeader?: boolean | null | undefined
  /** Milliseconds; a server that asks for more is not asked again. Default 21 600 000 (6 h). */
  readonly retryAfterMax?: number | null | undefined
  /** When a listed status persists: fail with `MaxRetryError`, or return the last answer. Default true: fail. */
  readonly raiseOnStatus?: boolean | null | undefined
  /** When redirects are used up: fail with `MaxRetryError`, or return the last 3xx. Default true: fail. */
  readonly raiseOnRedirect?: boolean | null | undefined
}

/** RFC 9110 §9.2.2 calls these idempotent; QUERY is RFC 10008's. */
export const IDEMPOTENT_METHODS: readonly string[] = [
  'HEAD',
  'GET',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
]

const count = z.union([z.int().min(0), z.literal(Number.POSITIVE_INFINITY)], {
  error: 'must be a whole number of at least 0, or Infinity',
})
const counter = z
  .union([count, z.literal(false)], { error: 'must be a whole number of at least 0, Infinity or false' })
  .nullish()
const switchable = z
  .union([count, z.boolean()], { error: 'must be a whole number of at least 0, Infinity, true or false' })
  .nullish()
const duration = z.number().min(0).nullish()
const flag = z.boolean().nullish()

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/
const methods = z
  .custom<Iterable<string> | 'any'>(
    (value) => value === 'any' || isListOf(value, (item) => typeof item === 'string' && TOKEN.test(item)),
    { error: "must list method names, at least one; 'any' allows all, `retries: false` none" },
  )
  .nullish()
const statuses = z
  .custom<Iterable<number>>((value) => isIterable(value) && [...value].every(isStatus), {
    error: 'must list status codes, whole numbers from 100 to 999',
  })
  .nullish()
const random = z
  .custom<() => number>((value) => typeof value === 'function', {
    error: 'must be a function like Math.random',
  })
  .nullish()

/** The rules as zod sees them, one schema per option; composed by the plugins' own schemas. */
export const retryShape = {
  total: switchable,
  connect: counter,
  read: counter,
  redirect: switchable,
  status: counter,
  other: counter,
  allowedMethods: methods,
  statusForcelist: statuses,
  backoffFactor: duration,
  backoffMax: duration,
  backoffJitter: duration,
  random,
  respectRetryAfterHeader: flag,
  retryAfterMax: duration,
  raiseOnStatus: flag,
  raiseOnRedirect: flag,
} as const

/** The names of all options, which are also the fields of a `Retry`. */
export const RETRY_OPTION_NAMES: readonly string[] = Object.freeze(Object.keys(retryShape))

const schema: z.ZodObject<typeof retryShape> = z.strictObject(retryShape)

/**
 * Checks the options of a policy.
 *
 * @throws {OptionsError} an option is unknown or not acceptable; `path` names it
 */
export function checkRetryOptions(options: RetryOptions): RetryOptions {
  const result = schema.safeParse(options)
  if (result.success) return options
  const issues = result.error.issues.map((issue) => ({
    path: (issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : issue.path).join('.'),
    message: issue.message,
  }))
  const first = issues[0] ?? { path: '', message: 'not acceptable' }
  throw new OptionsError(`Retry: option ${first.path} ${first.message}`, {
    path: first.path,
    issues,
    cause: result.error,
  })
}

function isStatus(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 999
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function isListOf(value: unknown, test: (item: unknown) => boolean): boolean {
  if (!isIterable(value)) return false
  const items = [...value]
  return items.length > 0 && items.every(test)
}
