/**
 * One pass of an exchange: onRequest → a connection → send and receive → onResponse, or onError.
 *
 * It is the request for a lease, the handler of the messages and the collector of a preloaded body all in one,
 * because these are three views of the same moment and the fast path should not pay for three objects. With an
 * idle connection, synchronous taps and no body stream everything up to the write happens in the caller's turn.
 *
 * Whatever way the pass ends, the connection has been given back before anybody is told.
 */
import type { InformationalHead, ResponseHead } from '../codec/codec.js'
import type { MessageHandler } from '../connection/connection-roles.js'
import type { BodyCollector, ResponseBody } from '../connection/response-body.js'
import type { OutgoingMessage } from '../connection/send-message.js'
import { HTTPError } from '../ground/errors.js'
import type { HTTPResponse } from '../ground/response.js'
import type { Lease } from '../pool/lease.js'
import type { Pool } from '../pool/pool.js'
import type { LeaseRequest, Waiter } from '../pool/waiter.js'
import type { TransportStream } from '../transport/transport-stream.js'
import { AgreedRequest } from './agreed-request.js'
import { AttemptTimes } from './attempt-times.js'
import { withCertificateHint } from './certificate-hint.js'
import { composeMessage } from './compose-message.js'
import type { Exchange, ExchangeStep } from './exchange.js'
import { repeatsUnexpecting } from './expectation-failed.js'
import { describeOnWire, describeUnsent, mayReplay, pluginsMayHandle } from './failure-policy.js'
import {
  decodedBody,
  preloadedResponse,
  prepareBody,
  type ReceivedHead,
  streamedResponse,
} from './received-response.js'
import { unwatch } from './unread-watch.js'
import { afterError, afterResponse, beforeRequest, readForeign } from './verdict-flow.js'

const NOTHING: Buffer = Buffer.alloc(0)

/** See the file's head. */
export class Attempt
  extends AgreedRequest
  implements ExchangeStep, LeaseRequest, MessageHandler, BodyCollector
{
  readonly exchange: Exchange
  /** Whether only a connection that nobody has used will do: the last one turned out to be dead. */
  readonly unused: boolean
  readonly times: AttemptTimes
  readonly poolTimeout: number | undefined
  readonly connectTimeout: number | undefined
  #waiter: Waiter | undefined
  #pool: Pool | undefined
  #message: OutgoingMessage | undefined
  #lease: Lease | undefined
  #received: ReceivedHead | undefined
  /** The response that went through onResponse, when taps wanted to see it before its body was read. */
  #seen: HTTPResponse | undefined
  #phase: 'hooks' | 'queue' | 'wire' | 'over' = 'hooks'
  /** Whether the caller has the response and reads the body by itself. */
  #streaming = false

  constructor(exchange: Exchange, unused: boolean) {
    super(exchange.base)
    this.exchange = exchange
    this.unused = unused
    if (!unused) exchange.attempt += 1
    this.times = new AttemptTimes(exchange.attempt === 1 ? exchange.startedAt : exchange.client.clock.now())
    this.poolTimeout = exchange.settings.poolTimeout
    this.connectTimeout = exchange.settings.connectTimeout
    exchange.step = this
  }

  get label(): string {
    return `${this.request.method} ${this.request.url}`
  }

  get doing(): string {
    if (this.#phase === 'hooks') return 'in a plugin hook'
    if (this.#phase === 'queue')
      return this.#pool?.progressOf(this.#waiter)?.doing ?? 'waiting for a connection'
    return this.#received === undefined ? 'waiting for the response' : 'reading the response'
  }

  get over(): boolean {
    return this.#phase === 'over'
  }

  start(): void {
    if (this.exchange.client.hooks.onRequest.active) beforeRequest(this)
    else this.acquire()
  }

  /** Sends what the hooks have agreed to before. */
  replay(earlier: Attempt): void {
    this.agreeTo(earlier)
    this.acquire()
  }

  /** Asks for a connection. */
  acquire(): void {
    this.#phase = 'queue'
    const { client, settings } = this.exchange
    try {
      // Before a connection is taken: what contradicts itself is no reason to open one.
      this.#message = composeMessage(
        this.request,
        this.form,
        settings,
        client.settings.limits.maxResponseBytes,
      )
    } catch (error) {
      this.#phase = 'over'
      this.exchange.fail(error)
      return
    }
    this.#pool = client.pools.get(this.request.origin, this.partition, this.via)
    this.#waiter = this.#pool.acquire(this)
  }

  cut(error: unknown): void {
    const phase = this.#phase
    this.#phase = 'over'
    const lease = this.#lease
    if (lease === undefined) describeUnsent(error, phase, this.#pool?.progressOf(this.#waiter)?.phase)
    if (phase === 'queue' && this.#waiter !== undefined) this.#pool?.cancel(this.#waiter)
    // An open connection knows the phase; of one that was given back nothing but the body was awaited.
    describeOnWire(error, lease, lease?.released === true ? 'body' : undefined)
    if (lease === undefined || lease.released) return
    lease.connection.close('aborted', error)
    lease.release(false, error)
  }

  // ── the pool ─────────────────────────────────────────────────────────────────────────────────────────────

  onLease(lease: Lease): void {
    const { exchange } = this
    this.#waiter = undefined
    if (this.over) {
      lease.release(true, undefined)
      return
    }
    this.#phase = 'wire'
    this.#lease = lease
    const { client } = exchange
    const now = client.clock.now()
    this.times.leased(now, lease.reused ? undefined : lease.connection.transport.info.timings)
    client.sending(exchange, this.request, lease.connection)
    lease.connection.send(this.#message as OutgoingMessage, this, now)
  }

  onLeaseFailure(error: unknown): void {
    this.#waiter = undefined
    describeUnsent(error, 'queue', 'connect') // a plugin does not know in beforeConnect what it was called for
    if (!this.over) this.fail(error)
  }

  // ── the connection ───────────────────────────────────────────────────────────────────────────────────────

  onInformational(head: InformationalHead): void {
    // What the caller throws ends the exchange of messages, and comes back by `onFailure`.
    if (!this.over) this.exchange.inform(head)
  }

  onHead(head: ResponseHead, body: ResponseBody): void {
    const { client, settings } = this.exchange
    this.times.answered(client.clock.now(), (this.#lease as Lease).connection.sentAt)
    const lease = this.#lease as Lease
    const received = { head, body, lease, exchange: this.exchange, attempt: this }
    this.#received = received
    prepareBody(received)
    if (repeatsUnexpecting(received, this.#message)) return
    if (client.hooks.onResponse.active) {
      this.#seen = streamedResponse(received)
      this.#phase = 'hooks'
      afterResponse(this, this.#seen)
    } else if (settings.preloadContent) {
      body.collect(this)
    } else {
      this.#deliverStreamed(streamedResponse(received))
    }
  }

  onSwitch(head: ResponseHead, stream: TransportStream): void {
    const lease = this.#lease as Lease
    this.times.answered(this.exchange.client.clock.now(), lease.connection.sentAt)
    const received = { head, body: undefined, lease, exchange: this.exchange, attempt: this }
    lease.release(false, undefined)
    this.finish(preloadedResponse(received, NOTHING, stream))
  }

  onFree(reusable: boolean, error: unknown): void {
    const { exchange } = this
    const held = exchange.callerReleases && !this.over && reusable
    if (error === undefined) this.times.ended(this.#lease?.connection.endedAt ?? exchange.client.clock.now())
    else describeOnWire(error, this.#lease, this.#streaming ? 'body' : undefined)
    if (!held) this.#lease?.release(reusable, error)
    else if (this.#lease !== undefined) this.#lease.held = true
    if (!held && !exchange.settings.preloadContent) unwatch(this.#received?.watched)
    if (this.#streaming) {
      this.#phase = 'over'
      exchange.settleDelivered(error)
    }
  }

  onFailure(error: unknown): void {
    if (this.over) return
    const lease = this.#lease as Lease
    describeOnWire(error, lease, 'wait')
    if (mayReplay(error, lease, this)) {
      this.#phase = 'over'
      new Attempt(this.exchange, true).replay(this)
    } else this.fail(withCertificateHint(error, lease))
  }

  // ── the body, when it is preloaded ───────────────────────────────────────────────────────────────────────

  onBody(bytes: Buffer): void {
    if (this.over) return
    let data: Buffer | Promise<Buffer>
    try {
      data = decodedBody(this.#received as ReceivedHead, bytes)
    } catch (error) {
      this.onBodyFailure(error)
      return
    }
    if (data instanceof Promise) data.then(this.#complete.bind(this), this.onBodyFailure.bind(this))
    else this.#complete(data)
  }

  onBodyFailure(error: unknown): void {
    if (this.over) return
    describeOnWire(error, this.#lease as Lease, 'body')
    this.fail(error)
  }

  #complete(data: Buffer): void {
    if (this.over) return
    const response = this.#seen ?? preloadedResponse(this.#received as ReceivedHead, data)
    response.data = data
    this.finish(response)
  }

  // ── the end of the pass ──────────────────────────────────────────────────────────────────────────────────

  /** The plugins agree with the response whose head is here: read its body, or hand it over. */
  accept(response: HTTPResponse): void {
    const { settings } = this.exchange
    this.#phase = 'wire'
    const own = response === this.#seen && this.#received !== undefined
    if (!settings.preloadContent) {
      // Also with another body above it: signal and deadline still hold until the connection is free.
      if (this.#received?.body !== undefined) this.#deliverStreamed(response)
      else this.finish(response)
      return
    }
    if (own && this.#received?.body !== undefined) {
      this.#received.body.collect(this)
      return
    }
    readForeign(this, response)
  }

  /** The exchange is over, and well. */
  finish(response: HTTPResponse): void {
    this.#phase = 'over'
    this.exchange.answer(response, true)
  }

  /** Leaves the rest to whoever goes on: a resend. */
  leave(): void {
    this.#phase = 'over'
  }

  /** The pass failed: the plugins are asked when the failure is one they may handle. */
  fail(error: unknown): void {
    const { exchange } = this
    if (error instanceof HTTPError) exchange.describe(error)
    const { onError } = exchange.client.hooks
    if (onError.active && error instanceof HTTPError && pluginsMayHandle(error)) {
      this.#phase = 'hooks'
      afterError(this, error)
      return
    }
    this.#phase = 'over'
    exchange.fail(error)
  }

  /** Closes what is on the wire and fails without asking anybody: a plugin threw. */
  abandon(error: unknown): void {
    this.cut(error)
    this.exchange.fail(error)
  }

  #deliverStreamed(response: HTTPResponse): void {
    this.#streaming = true
    // From here on the response must be free to be collected; see unread-watch.ts.
    this.#seen = undefined
    this.exchange.answer(response, this.#received?.body?.ended === true || this.#lease?.released === true)
  }
}
