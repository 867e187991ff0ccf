/**
 * Between two attempts: a plugin said Resend, or core replays. The answer is disposed of, the connection given
 * back, the caps are checked, and only then does the wait begin, so that a sleeping retry holds nothing.
 */
import {
  ClosedPoolError,
  DeadlineError,
  describeFailure,
  type ErrorDetails,
  HTTPError,
  MaxRetryError,
  ResponseError,
  UnrewindableBodyError,
} from '../ground/errors.js'
import { MAX_DRAIN_MS, MAX_RESENDS } from '../ground/limits.js'
import { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import type { Resend } from '../hooks/verdicts.js'
import type { ClockTimer } from '../transport/clock.js'
import type { Exchange, ExchangeStep } from './exchange.js'

/** What the attempt that is to be repeated came to. */
export interface AttemptOutcome {
  readonly sent: HTTPRequest
  readonly response: HTTPResponse | undefined
  readonly error: HTTPError | undefined
}

/** Begins the next attempt of an exchange as `verdict` says, or fails it. */
export function resend(exchange: Exchange, verdict: Resend, outcome: AttemptOutcome): void {
  const pause = new Pause(exchange, verdict, outcome)
  exchange.step = pause
  pause.start()
}

/**
 * Ends an exchange with the error that a plugin returned. The answer is read to its end first, within the limits of
 * a drain, so that the connection can serve again.
 */
export function giveUp(exchange: Exchange, error: HTTPError, response: HTTPResponse): void {
  const facts = factsOf({ response, error: undefined })
  describeFailure(error, facts)
  if (error instanceof MaxRetryError && error.reason instanceof HTTPError)
    describeFailure(error.reason, facts)
  exchange.step = { doing: 'disposing of a response', cut: () => response.close() }
  void dispose(exchange, response).then(() => exchange.fail(error))
}

/** Where a call stands between two attempts: where the last one left it. A plugin may have answered in the origin's place. */
function factsOf({ response, error }: Pick<AttemptOutcome, 'response' | 'error'>): ErrorDetails {
  if (error !== undefined)
    return { phase: error.phase, sent: error.sent, reusedConnection: error.reusedConnection }
  const reusedConnection = response?.connection?.reused
  return { phase: 'head', sent: response?.connection === undefined ? undefined : 'all', reusedConnection }
}

async function dispose(exchange: Exchange, response: HTTPResponse): Promise<void> {
  const { clock, settings } = exchange.client
  const source = HTTPResponse.sourceOf(response)
  // A body that a plugin made may never end, not even when it is closed.
  await new Promise<void>((resolve) => {
    const timer = clock.timer(() => {
      source.close()
      resolve()
    })
    timer.arm(MAX_DRAIN_MS)
    const drained = (): void => {
      timer.cancel()
      resolve()
    }
    // A plugin's source may fail at this as at anything else; the response is let go of either way.
    response.drain(settings.limits.maxDrainBytes).then(drained, drained)
  })
  response.release()
}

/** The wait before the next attempt. */
class Pause implements ExchangeStep {
  readonly doing: string
  readonly #exchange: Exchange
  readonly #verdict: Resend
  readonly #outcome: AttemptOutcome
  #timer: ClockTimer | undefined
  #over = false

  constructor(exchange: Exchange, verdict: Resend, outcome: AttemptOutcome) {
    this.#exchange = exchange
    this.#verdict = verdict
    this.#outcome = outcome
    this.doing = `waiting to try again (${verdict.reason})`
  }

  start(): void {
    const { response } = this.#outcome
    if (response === undefined) this.#drained()
    else void this.#drain(response)
  }

  cut(error: unknown): void {
    this.#over = true
    if (error instanceof HTTPError) describeFailure(error, factsOf(this.#outcome))
    this.#timer?.cancel()
    this.#exchange.client.sleepers.delete(this.#exchange)
    this.#outcome.response?.close()
  }

  async #drain(response: HTTPResponse): Promise<void> {
    await dispose(this.#exchange, response)
    if (!this.#over) this.#drained()
  }

  #drained(): void {
    const exchange = this.#exchange
    const verdict = this.#verdict
    const { sent, response, error } = this.#outcome
    const next = verdict.request ?? exchange.base
    const refusal = this.#refuse(next)
    if (refusal !== undefined) {
      exchange.fail(describeFailure(refusal, factsOf(this.#outcome)))
      return
    }
    const isRedirect = response !== undefined && response.status >= 300 && response.status < 400
    exchange.record({
      method: sent.method,
      url: sent.url,
      status: response?.status,
      error: error ?? verdict.error,
      location: isRedirect ? response.headers.get('location') : undefined,
      delayMs: verdict.delayMs,
      reason: verdict.reason,
    })
    const body = HTTPRequest.bodyOf(next)
    const base = HTTPRequest.bodyOf(exchange.base)
    // A framing that was asked for a content goes with it: after 303 there is nothing left to frame.
    if (exchange.settings.chunked && body.kind === 'none' && base.kind !== 'none') {
      exchange.settings = { ...exchange.settings, chunked: false }
    }
    if (body !== base) base.dispose()
    exchange.base = next
    if (verdict.delayMs <= 0) {
      this.#next()
      return
    }
    exchange.client.sleepers.add(exchange)
    const wake = (): void => {
      exchange.client.sleepers.delete(exchange)
      this.#timer?.cancel()
      this.#next()
    }
    // Nothing else may be open during the wait, and somebody awaits the call.
    this.#timer = exchange.client.clock.timer(wake, true)
    this.#timer.arm(verdict.delayMs)
  }

  #refuse(next: HTTPRequest): HTTPError | undefined {
    const exchange = this.#exchange
    const { error, response } = this.#outcome
    const cause = error ?? this.#verdict.error
    if (exchange.client.closed) return new ClosedPoolError('the pool was closed', { cause, phase: 'queue' })
    const { delayMs, reason } = this.#verdict
    if (exchange.history.length >= MAX_RESENDS) {
      return new MaxRetryError(
        `${MAX_RESENDS} resends of one request are the most there can be (last: ${reason})`,
        {
          reason: cause ?? (response && new ResponseError(`answered ${response.status}`)),
          sent: 'all',
        },
      )
    }
    const body = HTTPRequest.bodyOf(next)
    if (body.used && !body.replayable) {
      return new UnrewindableBodyError(
        `${reason} wants to send the request again, but its body can be read only once; ` +
          'pass bytes, or a function that makes the stream anew',
        { cause, phase: 'send', sent: 'all' },
      )
    }
    const { timeLeft } = exchange
    if (timeLeft !== undefined && delayMs >= timeLeft) {
      const last = response === undefined ? 'it failed' : `it was answered ${response.status}`
      return new DeadlineError(
        `${last}, and waiting ${delayMs} ms to try again (${reason}) would pass the total time-out`,
        { cause, sent: 'all' },
      )
    }
    return undefined
  }

  #next(): void {
    if (this.#over || this.#exchange.settled) return
    this.#exchange.client.startAttempt(this.#exchange)
  }
}
