/**
 * One transport with HTTP/1.1 on it: new → active → idle → active → … → closed.
 *
 * It carries one exchange of messages at a time, sending and receiving side by side, so that an answer which
 * comes before the upload has ended is returned and not lost. While it is idle nothing may happen on it: any
 * byte, end or error closes it at once, before somebody can mistake it for an answer (the idle watch).
 *
 * It knows neither pools nor retries: its handler hears how the exchange went, its owner hears when it closes.
 */
import { ClientCodec, type CodecSink, type InformationalHead, type ResponseHead } from '../codec/codec.js'
import { ProtocolError, type Sent } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import type { Transport, TransportSink } from '../transport/transport.js'
import { TransportStream } from '../transport/transport-stream.js'
import type { CloseReason, ConnectionInit, ConnectionOwner, MessageHandler } from './connection-roles.js'
import { type BodyOwner, ResponseBody } from './response-body.js'
import { MessageSender, type OutgoingMessage, type SenderOwner, sendAtOnce } from './send-message.js'
import { SilenceWatch } from './silence-watch.js'
import { closedWhile, type Progress, progressOf, silentPeer, socketFailure } from './socket-failure.js'
import { Upkeep } from './upkeep.js'

/** See the file's head. */
export class Connection extends Upkeep implements TransportSink, CodecSink, BodyOwner, SenderOwner {
  readonly id: number
  readonly origin: Origin
  readonly transport: Transport
  readonly openedAt: number
  state: 'idle' | 'active' | 'closed' = 'idle'
  /** How much of the present request has been written, and when all of it had been. */
  sent: Sent = 'nothing'
  sentAt = 0
  /** When the last response had come completely. */
  endedAt = 0
  readonly #codec: ClientCodec
  readonly #clock: Clock
  readonly #owner: ConnectionOwner<Connection>
  readonly #silence: SilenceWatch
  #handler: MessageHandler | undefined
  #message: OutgoingMessage | undefined
  #sender: MessageSender | undefined
  #body: ResponseBody | undefined
  #trailers: string[] | undefined

  constructor(init: ConnectionInit<Connection>) {
    super()
    this.id = init.id
    this.origin = init.origin
    this.transport = init.transport
    this.#clock = init.clock
    this.#owner = init.owner
    this.#codec = new ClientCodec(this, init.limits)
    this.#silence = new SilenceWatch(init.clock, () => this.#timedOut())
    this.openedAt = init.clock.now()
    this.idleSince = this.openedAt
    init.transport.sink = this
  }

  /** Whether any byte of the present response has arrived. */
  get answered(): boolean {
    return this.#codec.receivedBytes > 0
  }

  /** Begins an exchange on an idle connection, at `now` by the clock. Every outcome is told to `handler`, none thrown. */
  send(message: OutgoingMessage, handler: MessageHandler, now: number): void {
    this.state = 'active'
    this.uses += 1
    this.sent = 'nothing'
    this.#handler = handler
    this.#message = message
    this.#codec.begin(message.method, message)
    this.#silence.restart(message.readTimeout)
    try {
      if (sendAtOnce(this.transport, message)) {
        this.sent = 'all'
        this.sentAt = now
        return
      }
    } catch (error) {
      this.#fail(error, 'error')
      return
    }
    this.sent = 'some'
    this.#sender = new MessageSender(this.transport, message, this, this.#clock)
    this.#sender.start()
  }

  /** Ends whatever is going on. The handler, when there is one, is told `error`. */
  close(reason: CloseReason, error?: unknown): void {
    if (this.state === 'closed') return
    if (this.state === 'idle') this.#shut(reason)
    else this.#fail(closedWhile(reason, error, this.#progress()), reason)
  }

  // ── what the transport, the codec, the body and the sender say ──

  onData(chunk: Buffer, end: number): void {
    if (this.state !== 'active') {
      this.#shut('unsolicited data')
      return
    }
    try {
      this.#codec.receive(chunk, 0, end)
    } catch (error) {
      this.#fail(error, 'error')
      return
    }
    // A handler may have closed the connection meanwhile.
    if (this.#handler === undefined) return
    // Only now: a byte after the message must be seen before the next one begins.
    if (this.#codec.state === 'done') this.#finish()
    else if (this.#body !== undefined) this.#continueBody(this.#body)
  }

  onReadEnd(): void {
    if (this.state !== 'active') {
      this.#shut('peer closed')
      return
    }
    try {
      this.#codec.receiveEof(this.sent === 'all' ? 'wait' : 'send')
    } catch (error) {
      this.#fail(error, 'peer closed')
      return
    }
    this.#finish()
  }

  onError(error: Error): void {
    if (this.state === 'active') this.#fail(socketFailure(error, this.#progress()), 'error')
    else this.#shut('error')
  }

  onDrain(): void {
    this.#sender?.onDrain()
  }

  onClose(): void {
    if (this.state === 'active') this.onReadEnd()
    else this.#shut('peer closed')
  }

  onInformational(head: InformationalHead): void {
    if (head.status === 100) this.#sender?.proceed()
    this.#handler?.onInformational(head)
  }

  onHead(head: ResponseHead): void {
    this.keepAliveHint = head.keepAliveTimeout
    // A final answer instead of `100 Continue`: the body is not wanted and never sent. RFC 9110 §10.1.1
    if (this.#message?.continueTimeout !== undefined && this.sent !== 'all' && head.status >= 300)
      this.#stopSending()
    const { kind, length: framed } = head.framing
    const length = kind === 'length' ? framed : kind === 'none' ? 0 : undefined
    const body = new ResponseBody(this, length, this.#message?.maxResponseBytes)
    this.#body = body
    try {
      this.#handler?.onHead(head, body)
    } catch (error) {
      // The head was refused: the handler hears of it, not a reader whom the body has not got.
      this.#body = undefined
      throw error
    }
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.#body?.push(chunk, start, end)
  }

  onEnd(trailers: string[] | undefined): void {
    this.#trailers = trailers
  }

  onSwitch(head: ResponseHead, leftover: Buffer): void {
    const handler = this.#handler
    this.#handler = undefined
    this.#stopSending()
    this.#silence.cancel()
    this.state = 'closed'
    const stream = new TransportStream(this.transport, leftover)
    handler?.onSwitch(head, stream)
    this.endedAt = this.#clock.now()
    handler?.onFree(false, undefined)
    this.#owner.onConnectionClosed(this, 'not reusable')
  }

  pauseReading(): void {
    this.#silence.paused = true
    this.#silence.rest()
    this.transport.pause()
  }

  resumeReading(): void {
    this.#silence.paused = false
    if (this.state === 'active') this.#expectBytes()
    if (this.state !== 'closed') this.transport.resume()
  }

  abandon(): void {
    if (this.state === 'active') this.#fail(new ProtocolError('the response body was abandoned'), 'aborted')
  }

  onSendProgress(): void {
    this.#expectBytes()
  }

  onSourceWait(): void {
    this.#silence.rest()
  }

  onSent(): void {
    this.sent = 'all'
    this.sentAt = this.#clock.now()
  }

  onSendEnd(): void {
    if (this.sent !== 'all') this.onSent()
    this.#sender = undefined
    this.#expectBytes()
  }

  onSendFailure(error: unknown): void {
    this.#sender = undefined
    this.#fail(error, 'error')
  }

  #finish(): void {
    const body = this.#body
    const handler = this.#handler
    const sentWhole = this.sent === 'all' || this.#sender?.complete === true
    const reusable = this.#codec.reusable && sentWhole && !this.transport.destroyed
    const trailers = this.#trailers
    this.endedAt = this.#clock.now()
    this.#leave()
    if (reusable) {
      this.#codec.reset()
      this.state = 'idle'
      if (this.#silence.paused) this.resumeReading()
    } else {
      this.#shut('not reusable')
    }
    handler?.onFree(reusable, undefined)
    body?.end(trailers)
  }

  #continueBody(body: ResponseBody): void {
    this.#expectBytes()
    if (this.transport.readInto === undefined) return
    const target = body.nextTarget()
    if (target !== undefined) this.transport.readInto(target)
  }

  #fail(error: unknown, reason: CloseReason): void {
    const body = this.#body
    const handler = this.#handler
    this.#leave()
    this.#shut(reason)
    handler?.onFree(false, error)
    if (body === undefined) handler?.onFailure(error)
    else body.fail(error)
  }

  /** Forgets the exchange that is over. */
  #leave(): void {
    this.#silence.rest()
    this.#stopSending()
    this.#handler = undefined
    this.#message = undefined
    this.#trailers = undefined
    this.#body = undefined
  }

  #stopSending(): void {
    if (this.#sender === undefined) return
    const sender = this.#sender
    this.#sender = undefined
    sender.stop()
  }

  #shut(reason: CloseReason): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#silence.cancel()
    this.transport.destroy()
    this.#owner.onConnectionClosed(this, reason)
  }

  #expectBytes(): void {
    this.#silence.restart(this.#message?.readTimeout)
  }

  #timedOut(): void {
    this.#fail(silentPeer(this.origin, this.#progress(), this.#message?.readTimeout), 'error')
  }

  #progress(): Progress {
    return progressOf(this.#body !== undefined, this.answered, this.sent)
  }
}
