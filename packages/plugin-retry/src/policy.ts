// `Retry`: how often a call may go wrong, as a value.
//
// Rule: immutable. Each event gives a new Retry with lower counters and a longer history, so one value can serve any number
// of calls at once and a pool's policy is never used up. The names, counters and answers are urllib3's `Retry`; where they
// differ docs/retry.md says why. A subclass may override any method: the plugins ask only through them.
//
// Neighbours: failure-kind.ts sorts failures, backoff.ts computes waits, retry.ts and redirect.ts ask. Must not know: hooks,
// clocks, responses.

import { type HTTPError, MaxRetryError, ResponseError } from '@rockpool/core/plugin'
import { backoff } from './backoff.js'
import { type EventKind, failureKind, nothingWasSent } from './failure-kind.js'
import { ANSWERED, givenUp } from './given-up.js'
import {
  checkRetryOptions,
  IDEMPOTENT_METHODS,
  RETRY_OPTION_NAMES,
  type RetryOptions,
} from './retry-options.js'

/** What an attempt came to, when another one may follow: an error, a redirect (with `location`) or an unwanted status. */
export interface RetryEvent {
  /** The method that was sent. */
  readonly method: string
  /** The absolute url that was asked. */
  readonly url: string
  /** The failure, when there was one. */
  readonly error?: HTTPError | undefined
  /** The status of the answer, when there was one. */
  readonly status?: number | undefined
  /** Where the answer sends us, when it is a redirect that is to be followed. */
  readonly location?: string | undefined
}

/** One event in the history of a `Retry` (urllib3: `RequestHistory`). */
export type RetryRecord = Readonly<Required<{ [Key in keyof RetryEvent]: RetryEvent[Key] }>>

/** Statuses that are retried when they carry `Retry-After` (urllib3: `RETRY_AFTER_STATUS_CODES`). */
export const RETRY_AFTER_STATUSES: ReadonlySet<number> = new Set([413, 429, 503])

const NO_HISTORY: readonly RetryRecord[] = Object.freeze([])
const DEFAULT_METHODS: ReadonlySet<string> = new Set(IDEMPOTENT_METHODS)
const NO_STATUSES: ReadonlySet<number> = new Set()

/**
 * A retry policy and what is left of it (urllib3: `Retry`).
 *
 * @example
 * const policy = new Retry({ total: 5, statusForcelist: [502, 503, 504], backoffFactor: 200 })
 * await pool.request('GET', '/report', { retries: policy })
 */
export class Retry {
  /** Events of any kind still allowed; false when errors and 3xx reach the caller as they are. */
  readonly total: number | false
  /** Failed connects still allowed; undefined when only `total` limits. */
  readonly connect: number | false | undefined
  /** Failures after something may have been sent still allowed; undefined when only `total` limits. */
  readonly read: number | false | undefined
  /** Redirects still allowed; undefined when only `total` and `redirect()` limit; false when a 3xx is returned. */
  readonly redirect: number | false | undefined
  /** Unwanted statuses still allowed; undefined when only `total` limits. */
  readonly status: number | undefined
  /** Other failures still allowed; undefined when only `total` limits. */
  readonly other: number | undefined
  /** Upper-case methods that may be sent twice; undefined for all. */
  readonly allowedMethods: ReadonlySet<string> | undefined
  /** Statuses that are as good as an error. */
  readonly statusForcelist: ReadonlySet<number>
  /** Milliseconds; see {@link backoffTime}. */
  readonly backoffFactor: number
  /** Milliseconds. */
  readonly backoffMax: number
  /** Milliseconds. */
  readonly backoffJitter: number
  /** Where jitter comes from. */
  readonly random: () => number
  /** Whether `Retry-After` is heeded. */
  readonly respectRetryAfterHeader: boolean
  /** Milliseconds; a longer `Retry-After` ends the call. */
  readonly retryAfterMax: number
  /** Whether a persistent status fails the call. */
  readonly raiseOnStatus: boolean
  /** Whether used-up redirects fail the call. */
  readonly raiseOnRedirect: boolean
  /** What has happened, oldest first. */
  readonly history: readonly RetryRecord[]

  /**
   * @param given counters and rules; what is left out has its default
   * @param history what has happened already; for subclasses that copy themselves
   * @throws {OptionsError} an option is unknown or not acceptable
   */
  constructor(given: RetryOptions = {}, history: readonly RetryRecord[] = NO_HISTORY) {
    // Without a prototype: what was not given must not be found there.
    const options: RetryOptions = Object.assign(Object.create(null), given)
    checkRetryOptions(options)
    const total = options.total ?? 3
    const redirect = options.redirect ?? undefined
    const { allowedMethods } = options
    this.total = total === true ? 1 : total
    this.connect = options.connect ?? undefined
    this.read = options.read ?? undefined
    this.redirect = redirect === true ? undefined : redirect
    this.status = options.status === false ? 0 : (options.status ?? undefined)
    this.other = options.other === false ? 0 : (options.other ?? undefined)
    this.allowedMethods = allowedMethods === 'any' ? undefined : upperCased(allowedMethods)
    this.statusForcelist = options.statusForcelist == null ? NO_STATUSES : new Set(options.statusForcelist)
    this.backoffFactor = options.backoffFactor ?? 0
    this.backoffMax = options.backoffMax ?? 120_000
    this.backoffJitter = options.backoffJitter ?? 0
    this.random = options.random ?? Math.random
    this.respectRetryAfterHeader = options.respectRetryAfterHeader ?? true
    this.retryAfterMax = options.retryAfterMax ?? 21_600_000
    this.raiseOnStatus = options.raiseOnStatus ?? true
    this.raiseOnRedirect = options.raiseOnRedirect ?? true
    this.history = history
  }

  /**
   * Reads whatever `retries` may be (urllib3: `Retry.from_int`): a Retry as it is; a number or boolean as a new `total` of
   * `base`; options laid over `base`; nothing as `base` itself.
   *
   * @throws {OptionsError} an option is unknown or not acceptable
   */
  static from(
    value: RetryOptions | Retry | number | boolean | null | undefined,
    base: Retry = new Retry(),
  ): Retry {
    if (value === undefined || value === null) return base
    if (value instanceof Retry) return value
    return base.with(typeof value === 'object' ? value : { total: value })
  }

  /**
   * A copy with some options changed, of the same class and with the same history (urllib3: `new`). A subclass whose
   * constructor takes other arguments overrides this.
   *
   * @throws {OptionsError} an option is unknown or not acceptable
   */
  with(options: RetryOptions, history: readonly RetryRecord[] = this.history): this {
    const given: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(options))
      if (value !== undefined && value !== null) given[key] = value
    const Kind = this.constructor as new (options: RetryOptions, history: readonly RetryRecord[]) => this
    return new Kind({ ...this.#options(), ...given }, history)
  }

  /** Whether a method may be sent twice. */
  isMethodAllowed(method: string): boolean {
    return this.allowedMethods === undefined || this.allowedMethods.has(method.toUpperCase())
  }

  /**
   * Whether an answer should be asked for again: its status is listed, or it is 413, 429 or 503 and says when to come back.
   * Says nothing about how often; {@link increment} does.
   *
   * @param hasRetryAfter whether the answer has a `Retry-After` that is not empty, readable or not
   */
  isRetry(method: string, status: number, hasRetryAfter: boolean = false): boolean {
    if (this.total === false || !this.isMethodAllowed(method)) return false
    if (this.statusForcelist.has(status)) return true
    return (
      hasRetryAfter && this.total !== 0 && this.respectRetryAfterHeader && RETRY_AFTER_STATUSES.has(status)
    )
  }

  /** Whether a failure may be followed by another attempt, as far as its kind and the method go. */
  mayRepeat(method: string, error: HTTPError): boolean {
    const kind = failureKind(error)
    if (kind === undefined || this.total === false) return false
    if (kind !== 'other' && this[kind] === false) return false
    return nothingWasSent(error) || this.isMethodAllowed(method)
  }

  /**
   * What is left after an event.
   *
   * @throws {HTTPError} the event's own error, when it is final: its counter or `total` is false, or the method must not be
   *   sent twice
   * @throws {MaxRetryError} a counter is used up; `reason` is the error, or a `ResponseError` that names the status
   */
  increment(event: RetryEvent): this {
    const { method, url } = event
    const { error, status, location } = ownFacts(event)
    if (error !== undefined && !this.mayRepeat(method, error)) throw error
    const kind = kindOf(error, location)
    const total = Number(this.total) - 1
    const left = this[kind] === undefined ? undefined : Number(this[kind]) - 1
    if (total < 0 || (left !== undefined && left < 0)) {
      const reason = error ?? new ResponseError(complaint(status, location), ANSWERED)
      throw new MaxRetryError(`gave up on ${method} ${url}: ${reason.message}`, givenUp(reason))
    }
    const record = Object.freeze({ method, url, error, status, location })
    const counters = left === undefined ? { total } : { total, [kind]: left }
    return this.with(counters, Object.freeze([...this.history, record]))
  }

  /**
   * The wait before the next attempt when nobody asks for another one, in milliseconds (urllib3: `get_backoff_time`):
   * nothing before the first retry in a row, then `backoffFactor * 2 ** (n - 1)` plus jitter, at most `backoffMax`. A
   * redirect starts the row over.
   */
  backoffTime(): number {
    let row = 0
    for (let i = this.history.length - 1; i >= 0 && this.history[i]?.location === undefined; i--) row += 1
    return backoff(row, this)
  }

  #options(): RetryOptions {
    const own = this as unknown as Record<string, unknown>
    const options = Object.fromEntries(RETRY_OPTION_NAMES.map((name) => [name, own[name]]))
    return { ...options, allowedMethods: this.allowedMethods ?? 'any' }
  }
}

// What was left out must not be found on `Object.prototype`, where a bug elsewhere may have put it.
function ownFacts(event: RetryEvent): Pick<RetryRecord, 'error' | 'status' | 'location'> {
  return {
    error: Object.hasOwn(event, 'error') ? event.error : undefined,
    status: Object.hasOwn(event, 'status') ? event.status : undefined,
    location: Object.hasOwn(event, 'location') ? event.location : undefined,
  }
}

function kindOf(error: HTTPError | undefined, location: string | undefined): EventKind {
  if (error !== undefined) return failureKind(error) ?? 'other'
  return location === undefined ? 'status' : 'redirect'
}

// The texts of urllib3's ResponseError.
function complaint(status: number | undefined, location: string | undefined): string {
  if (location !== undefined) return 'too many redirects'
  return status === undefined ? 'too many error responses' : `too many ${status} error responses`
}

function upperCased(methods: Iterable<string> | null | undefined): ReadonlySet<string> {
  if (methods === undefined || methods === null) return DEFAULT_METHODS
  return new Set([...methods].map((method) => method.toUpperCase()))
}
