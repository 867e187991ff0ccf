/**
 * One call of a user, from its first attempt until nothing of it is left: it settles exactly once.
 *
 * It owns what spans attempts (the base request, the history, the deadline, the caller's signal) and the promise
 * that the caller holds. A streamed response is delivered first and settles later, when its body has ended; until
 * then the signal and the deadline can still cut it.
 */
import type { InformationalHead } from '../codec/codec.js'
import { DeadlineError, describeFailure, HTTPError } from '../ground/errors.js'
import { type HistoryEntry, historyEntry } from '../ground/history.js'
import { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import type { ExchangeView } from '../hooks/contexts.js'
import type { ClockTimer } from '../transport/clock.js'
import { rejectWithCallerFrame } from './caller-frame.js'
import type { Client } from './client.js'
import { NarrowView } from './narrow-view.js'
import { informational, type RequestSettings } from './request-settings.js'

/** What is under way: an attempt, or the wait before the next. It can be cut at any moment. */
export interface ExchangeStep {
  /** Ends the step at once and frees what it holds. The exchange is told nothing in return. */
  cut(error: unknown): void
  /** For the message of a deadline. */
  readonly doing: string
}

const NO_HISTORY: readonly HistoryEntry[] = Object.freeze([])

/** See the file's head. */
export class Exchange implements ExchangeView {
  readonly id: number
  readonly client: Client
  /** What the call was asked for; a resend may have to drop a part of it. */
  settings: RequestSettings
  readonly startedAt: number
  /** What the next attempt sends a copy of. */
  base: HTTPRequest
  /** Attempts begun. */
  attempt = 0
  /** What is under way. */
  step: ExchangeStep | undefined
  outcome: 'pending' | 'response' | 'error' | 'aborted' = 'pending'
  error: unknown
  status: number | undefined
  #history: readonly HistoryEntry[] = NO_HISTORY
  #view: ExchangeView | undefined
  #resolve: ((response: HTTPResponse | Promise<never>) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #timer: ClockTimer | undefined
  /** There while the exchange listens to its signal. */
  #onAbort: (() => void) | undefined

  constructor(
    client: Client,
    id: number,
    base: HTTPRequest,
    settings: RequestSettings,
    resolve: (response: HTTPResponse | Promise<never>) => void,
    reject: (error: unknown) => void,
  ) {
    this.id = id
    this.client = client
    this.base = base
    this.settings = settings
    this.startedAt = client.clock.now()
    this.#resolve = resolve
    this.#reject = reject
  }

  /** What plugins are shown of it, the same each time. */
  get view(): ExchangeView {
    this.#view ??= new NarrowView(this)
    return this.#view
  }

  get method(): string {
    return this.base.method
  }

  get url(): string {
    return this.base.url
  }

  get history(): readonly HistoryEntry[] {
    return this.#history
  }

  get signal(): AbortSignal | undefined {
    return this.settings.signal
  }

  get options(): Readonly<Record<string, unknown>> {
    return this.settings.options
  }

  get timeLeft(): number | undefined {
    const { totalTimeout } = this.settings
    if (totalTimeout === undefined) return undefined
    return Math.max(0, totalTimeout - (this.client.clock.now() - this.startedAt))
  }

  /** Whether the connection stays with the caller until the response is released. */
  get callerReleases(): boolean {
    return this.settings.releaseConnection === false && !this.settings.preloadContent
  }

  get settled(): boolean {
    return this.outcome !== 'pending'
  }

  /** Starts the deadline and listens to the signal; false when that has already ended the exchange. */
  begin(): boolean {
    const { signal, totalTimeout } = this.settings
    if (signal !== undefined) {
      if (signal.aborted) {
        this.#abort()
        return false
      }
      this.#onAbort = () => this.#abort()
      signal.addEventListener('abort', this.#onAbort)
    }
    if (totalTimeout !== undefined) {
      this.#timer = this.client.clock.timer(() => this.#expire())
      this.#timer.arm(totalTimeout)
    }
    return true
  }

  /** Notes an attempt that another one follows. */
  record(entry: HistoryEntry): void {
    this.#history = Object.freeze([...this.#history, historyEntry(entry)])
  }

  /** Ends the exchange with what its connection came to after a response was delivered. */
  settleDelivered(error: unknown): void {
    if (error instanceof HTTPError) this.describe(error)
    if (error === undefined) this.settle('response', undefined)
    else this.settle(this.#isAbort(error) ? 'aborted' : 'error', error)
  }

  /** Tells the caller of a 1xx head. What the callback throws is thrown; what it rejects with cuts the exchange. */
  inform(head: InformationalHead): void {
    const returned: unknown = this.settings.onInformational?.(informational(head))
    if (returned instanceof Promise) returned.catch((error: unknown) => this.cut(error))
  }

  /** Gives the caller the response. The exchange is `over`, or goes on until `settle`: the body is still to come. */
  answer(response: HTTPResponse, over: boolean): void {
    HTTPResponse.complete(response, this.base.href, this.#history)
    this.status = response.status
    if (over) this.settle('response', undefined)
    const resolve = this.#resolve
    this.#resolve = undefined
    this.#reject = undefined
    resolve?.(response)
  }

  /** The end, well or badly. Later calls do nothing. */
  settle(outcome: 'response' | 'error' | 'aborted', error: unknown): void {
    if (this.outcome !== 'pending') return
    this.outcome = outcome
    this.error = error
    this.step = undefined
    HTTPRequest.bodyOf(this.base).dispose()
    if (this.#onAbort !== undefined) this.settings.signal?.removeEventListener('abort', this.#onAbort)
    this.#timer?.cancel()
    this.client.settled(this)
  }

  /** Ends the exchange with an error that the caller gets, unless a response was delivered before. */
  fail(error: unknown): void {
    if (this.outcome !== 'pending') return
    if (error instanceof HTTPError) this.describe(error)
    const resolve = this.#resolve
    const reject = this.#reject
    this.#resolve = undefined
    this.#reject = undefined
    this.settle(this.#isAbort(error) ? 'aborted' : 'error', error)
    if (resolve !== undefined && reject !== undefined) rejectWithCallerFrame(resolve, reject, error)
  }

  /** Fills in what the exchange knows about a failure. */
  describe(error: HTTPError): void {
    const { method, url } = this.base
    describeFailure(error, { method, url, attempt: Math.max(1, this.attempt), history: this.#history })
  }

  /** Cuts whatever is under way and fails. */
  cut(error: unknown): void {
    if (this.outcome !== 'pending') return
    const { step } = this
    this.step = undefined
    if (error instanceof HTTPError) this.describe(error)
    step?.cut(error)
    this.fail(error)
  }

  #isAbort(error: unknown): boolean {
    return this.signal?.aborted === true && error === this.signal.reason
  }

  #abort(): void {
    this.cut(this.settings.signal?.reason)
  }

  #expire(): void {
    const doing = this.step?.doing ?? 'starting'
    this.cut(
      new DeadlineError(`the total time-out of ${this.settings.totalTimeout} ms is spent (still ${doing})`),
    )
  }
}
