/**
 * What a tap may answer. A verdict is a value: it says what should happen, core does it.
 */
import { HTTPError, OptionsError } from '../ground/errors.js'
import { HTTPRequest } from '../ground/request.js'
import { BareObject } from './check-options.js'

/** What a resend is made of. */
export interface ResendInit {
  /** Why, by the name of the plugin or rule; enters the history. */
  readonly reason: string
  /** What to send and, from then on, what further attempts are copies of. Default: the base request. */
  readonly request?: HTTPRequest
  /** How long to wait first, in milliseconds. Default 0. The wait holds no connection. */
  readonly delayMs?: number
  /** The failure that the history should show, when the attempt had a response and no error of its own. */
  readonly error?: HTTPError
}

/**
 * The verdict "try again": allowed from `onResponse` and `onError`. Core disposes of the response, gives the
 * connection back, checks that the body can be sent again, that no more than 20 resends happen and that the wait
 * fits the deadline, waits, and starts the next attempt.
 *
 * @example
 * ```ts
 * host.hooks.onResponse.tap({ name: 'again', stage: stages.onResponse.decide }, (context) =>
 *   context.response.status === 503 ? new Resend({ reason: 'again', delayMs: 200 }) : undefined)
 * ```
 */
export class Resend {
  /** See {@link ResendInit.reason}. */
  readonly reason: string
  /** See {@link ResendInit.request}. */
  readonly request: HTTPRequest | undefined
  /** See {@link ResendInit.delayMs}. */
  readonly delayMs: number
  /** See {@link ResendInit.error}. */
  readonly error: HTTPError | undefined

  /** @throws {OptionsError} there is no reason, a wait is negative or endless, or a part is of another kind */
  constructor(init: ResendInit) {
    const { reason, request, delayMs = 0, error } = Object.assign(new BareObject(), init)
    if (typeof reason !== 'string' || reason === '') {
      throw new OptionsError('a Resend needs a reason: the name of the plugin that asks for it', {
        path: 'reason',
      })
    }
    if (!Number.isFinite(delayMs) || delayMs < 0) {
      throw new OptionsError(`a Resend cannot wait ${String(delayMs)} ms`, { path: 'delayMs' })
    }
    if (request !== undefined && !(request instanceof HTTPRequest)) {
      throw new OptionsError('the request of a Resend is made with baseRequest.with(…)', { path: 'request' })
    }
    if (error !== undefined && !(error instanceof HTTPError)) {
      throw new OptionsError('the error of a Resend must be an HTTPError', { path: 'error' })
    }
    this.reason = reason
    this.request = request
    this.delayMs = delayMs
    this.error = error
  }
}
