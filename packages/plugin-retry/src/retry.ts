// The plugin `retry()`: its taps.
//
// Rule: it only decides. Whether an attempt is followed by another, how long after, and with what error the call ends; the
// waiting, draining, checking of bodies and the history are core's. It taps `onResponse` and `onError` and nothing
// else, unless `bufferBody` is given: a stream can only be kept before it is sent, so that taps `onRequest` too.
//
// Neighbours: policy.ts answers whether, pause.ts how long, budget.ts whether the origin can bear it. A redirect that the
// other plugin will follow is its business. Must not know: how a redirect is followed.

import {
  definePlugin,
  type ErrorContext,
  HTTPError,
  type HTTPResponse,
  MaxRetryError,
  type PluginFactory,
  type PluginHost,
  Resend,
  type ResponseContext,
  ResponseError,
  stages,
} from '@rockpool/core/plugin'
import { RetryBudget } from './budget.js'
import { ANSWERED, givenUp } from './given-up.js'
import { note, remaining } from './ledger.js'
import { isRedirectStatus } from './next-request.js'
import { type Retries, type RetrySettings, retriesSchema, retrySchema } from './options.js'
import { hasRetryAfter, pauseAfter } from './pause.js'
import { Retry, type RetryEvent } from './policy.js'
import { spoolBody, withSpooledBody } from './spool.js'

/**
 * Tries again what is worth trying again, and safe to.
 *
 * @throws {OptionsError} an option is unknown or not acceptable
 * @example
 * const pool = connectionFromUrl('http://localhost:8080', { plugins: [retry({ total: 5, backoffFactor: 100 })] })
 * await pool.request('GET', '/')                      // up to five more attempts
 * await pool.request('POST', '/', { retries: false }) // exactly one
 */
export const retry: PluginFactory<typeof retrySchema, { readonly retries: typeof retriesSchema }> =
  definePlugin({
    name: 'retry',
    options: retrySchema,
    requestOptions: { retries: retriesSchema },
    apply(host, settings) {
      const judge = new RetryJudge(host, settings)
      host.hooks.onResponse.tap({ name: 'retry', stage: stages.onResponse.decide }, (context) =>
        judge.onResponse(context),
      )
      host.hooks.onError.tap({ name: 'retry', stage: stages.onError.decide }, (context) =>
        judge.onError(context),
      )
      // A verdict ends the hook: whoever has an answer for a failure that is not tried again is asked first.
      host.hooks.onError.tap({ name: 'retry', stage: stages.onError.fallback + 1 }, ({ error }) =>
        judge.lastWord(error),
      )
      host.inspect(() => judge.inspect())
      if (settings.bufferBody > 0) {
        host.hooks.onRequest.tapPromise({ name: 'retry', stage: stages.onRequest.admit }, (context) =>
          spoolBody(context, settings.bufferBody, host.clock).then(() => undefined),
        )
      }
    },
  })

/** How many totals a pool's calls are likely to ask for; more only cost the making of a policy each. */
const MAX_POLICIES = 32

/** Decides, for one pool or manager. */
class RetryJudge {
  readonly #host: PluginHost
  readonly #policy: Retry
  readonly #budget: RetryBudget | undefined
  /** Most calls that say something say `retries: <number>`, and mostly the same number. */
  readonly #policiesByTotal = new Map<number | boolean, Retry>()
  /** Whether somebody follows redirects here. */
  readonly #redirects: boolean
  /** What a call fails with, by the failure that was one too many; until the fallbacks have been asked. */
  readonly #lastWords = new WeakMap<HTTPError, HTTPError>()

  constructor(host: PluginHost, settings: RetrySettings) {
    this.#host = host
    this.#policy = settings.policy
    this.#budget = settings.budget === false ? undefined : new RetryBudget(settings.budget, host.clock)
    this.#redirects = host.has('redirect')
  }

  onResponse(context: ResponseContext): Resend | HTTPError | undefined {
    const { exchange, request, response } = context
    const policy = this.#policyOf(context)
    this.#countCall(context)
    const { status } = response
    if (this.#redirects && context.options.redirect !== false && isRedirect(response)) {
      // `redirect()` comes next and counts against the same policy, unless that follows nothing.
      note(exchange, policy)
      if (policy.total !== false && policy.redirect !== false) return undefined
    }
    // Most answers are good ones, and looking at their fields costs; only a policy of the caller's own may care.
    const looks = status >= 300 || policy.isRetry !== Retry.prototype.isRetry
    const mayAskBack = looks && hasRetryAfter(response.headers)
    if (!policy.isRetry(request.method, status, mayAskBack)) return undefined
    const event = { method: request.method, url: request.url, status }
    const left = increment(policy, event)
    if (left instanceof HTTPError) return policy.raiseOnStatus ? left : undefined
    const pause = pauseAfter(response.headers, left, left.backoffTime(), {
      clock: this.#host.clock,
      exchange,
    })
    const refusal = 'refusal' in pause ? pause.refusal : this.#overBudget(context)
    if (refusal !== undefined) return refused(event, policy, refusal)
    return this.#again(context, left, 'delayMs' in pause ? pause.delayMs : 0)
  }

  onError(context: ErrorContext): Resend | undefined {
    const { request, error } = context
    const policy = this.#policyOf(context)
    // A body that broke off had a head, and that was counted.
    if (error.phase !== 'body') this.#countCall(context)
    const left = increment(policy, { method: request.method, url: request.url, error })
    if (left instanceof HTTPError) {
      this.#lastWords.set(error, left)
      return undefined
    }
    const refusal = this.#overBudget(context)
    if (refusal !== undefined) {
      const message = `gave up on ${request.method} ${request.url}: ${refusal}, and ${error.message}`
      this.#lastWords.set(error, new MaxRetryError(message, givenUp(error)))
      return undefined
    }
    return this.#again(context, left, left.backoffTime())
  }

  /** Nothing when the failure is told as it is. */
  lastWord(error: HTTPError): HTTPError | undefined {
    const word = this.#lastWords.get(error)
    return word === error ? undefined : word
  }

  inspect(): object {
    const { total } = this.#policy
    return {
      total,
      budget:
        this.#budget === undefined ? false : { ...this.#budget.options, origins: this.#budget.inspect() },
    }
  }

  #policyOf({ exchange, options }: ResponseContext | ErrorContext): Retry {
    // A first attempt has nothing behind it: the usual case needs no look-up.
    const left = exchange.attempt === 1 ? undefined : remaining(exchange)
    return left ?? this.#policyFor(options.retries as Retries | null | undefined)
  }

  #policyFor(retries: Retries | null | undefined): Retry {
    if (retries === undefined || retries === null) return this.#policy
    if (typeof retries === 'object') return Retry.from(retries, this.#policy)
    let policy = this.#policiesByTotal.get(retries)
    if (policy === undefined) {
      policy = Retry.from(retries, this.#policy)
      if (this.#policiesByTotal.size >= MAX_POLICIES) this.#policiesByTotal.clear()
      this.#policiesByTotal.set(retries, policy)
    }
    return policy
  }

  #again({ exchange, baseRequest }: ResponseContext | ErrorContext, left: Retry, delayMs: number): Resend {
    note(exchange, left)
    return new Resend({ reason: 'retry', request: withSpooledBody(baseRequest), delayMs })
  }

  #countCall({ exchange, request }: ResponseContext | ErrorContext): void {
    if (this.#budget === undefined || exchange.history.at(-1)?.reason === 'retry') return
    this.#budget.payIn(request.origin.key)
  }

  #overBudget({ request }: ResponseContext | ErrorContext): string | undefined {
    if (this.#budget === undefined || this.#budget.take(request.origin.key)) return undefined
    return `the retry budget of ${request.origin.key} is spent`
  }
}

function isRedirect({ status, headers }: HTTPResponse): boolean {
  return isRedirectStatus(status) && (headers.get('location') ?? '').trim() !== ''
}

/** What is left of a policy, or the error that says why nothing is. */
function increment(policy: Retry, event: RetryEvent): Retry | HTTPError {
  try {
    return policy.increment(event)
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
}

/** A listed status fails the call as when the counters are used up; any other answer is returned for what it is. */
function refused(event: RetryEvent, policy: Retry, refusal: string): HTTPError | undefined {
  const listed = event.status !== undefined && policy.statusForcelist.has(event.status)
  if (!listed || !policy.raiseOnStatus) return undefined
  const reason = new ResponseError(`${event.status}, and ${refusal}`, ANSWERED)
  const message = `gave up on ${event.method} ${event.url}: ${reason.message}`
  return new MaxRetryError(message, givenUp(reason))
}
