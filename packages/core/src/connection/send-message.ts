/**
 * Writing one request: head and body onto the transport, with back-pressure.
 *
 * A small request is one write. Anything longer goes out in pieces, each waiting until the kernel has taken the
 * last, so that a stalled peer is noticed, memory stays flat, and an early answer can stop the upload. What the
 * body really yields is held against the declared length: never a byte more, and never a silent byte less.
 */
import { chunkHeader, lastChunk } from '../codec/codec.js'
import { sourceFailure } from '../ground/blamed-chunks.js'
import type { Body } from '../ground/body.js'
import { CopiedBody } from '../ground/copied-body.js'
import { OptionsError } from '../ground/errors.js'
import { FileChunks } from '../ground/file-chunks.js'
import type { Clock, ClockTimer } from '../transport/clock.js'
import type { Transport } from '../transport/transport.js'

/** One request, ready to be written. */
export interface OutgoingMessage {
  readonly method: string
  /** The whole head as text, with the empty line that ends it. */
  readonly head: string
  readonly body: Body
  /** The length announced in the head; `undefined` when the body is chunked or absent. */
  readonly declaredLength: number | undefined
  readonly chunked: boolean
  /** How long the peer may be silent, in milliseconds; `undefined` for ever. */
  readonly readTimeout: number | undefined
  /** Whether the head carries `Expect: 100-continue`, and how long to wait for the answer. */
  readonly continueTimeout: number | undefined
  /** Whether the head carries `Connection: close`. */
  readonly close: boolean
  /** The `Upgrade` token that the head carries. */
  readonly upgrade: string | undefined
  readonly maxResponseBytes: number | undefined
}

/** A head and body up to this size are joined into one buffer: one copy is cheaper than a second write. */
const JOIN_BYTES = 16_384

/** A longer body is written in pieces of this size, each waiting for the kernel. */
const SLICE_BYTES = 262_144

/** So much is written at most before everything else has its turn, however fast the kernel takes it. */
const TURN_BYTES = 4_194_304

/** Whether all that was written has gone, so that its buffers may be used again. */
function allTaken(transport: Transport): boolean {
  return transport.unsentBytes === 0 && !transport.destroyed
}

/** Writes a request whose body is absent or small and says true; says false when a sender is needed. */
export function sendAtOnce(transport: Transport, message: OutgoingMessage): boolean {
  if (message.continueTimeout !== undefined) return false
  const { head, body } = message
  if (body.kind === 'none') {
    transport.write(message.chunked ? head + lastChunk() : head)
    return true
  }
  const bytes = body.bytes
  if (bytes === undefined || bytes.length > SLICE_BYTES || message.chunked) return false
  checkDeclared(message, bytes.length)
  if (head.length + bytes.length <= JOIN_BYTES) {
    const joined = Buffer.allocUnsafe(head.length + bytes.length)
    joined.write(head, 0, 'latin1')
    joined.set(bytes, head.length)
    transport.write(joined)
  } else {
    const copy = body instanceof CopiedBody ? body : undefined
    copy?.sending()
    writeTogether(transport, head, bytes)
    if (copy !== undefined && allTaken(transport)) copy.sent()
  }
  return true
}

/** A head and the beginning of its body, as one write. */
function writeTogether(transport: Transport, head: string, bytes: Uint8Array): boolean {
  transport.cork()
  transport.write(head)
  const flowing = transport.write(bytes)
  transport.uncork()
  return flowing
}

/** Who hears how a longer upload goes. */
export interface SenderOwner {
  /** The kernel has taken more bytes: the peer is alive. */
  onSendProgress(): void
  /** The caller's source is asked for more: the peer has nothing to do meanwhile. */
  onSourceWait(): void
  /** The last byte of the declared length is written; the source has yet to say that it ends. */
  onSent(): void
  onSendEnd(): void
  onSendFailure(error: unknown): void
}

/** Writes a request whose body is long, streamed, or waits for `100 Continue`. */
export class MessageSender {
  readonly #transport: Transport
  readonly #message: OutgoingMessage
  readonly #owner: SenderOwner
  readonly #clock: Clock
  #continueTimer: ClockTimer | undefined
  #iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array> | undefined
  #release: (() => void) | undefined
  #drained: (() => void) | undefined
  #stopped = false
  #written = 0

  constructor(transport: Transport, message: OutgoingMessage, owner: SenderOwner, clock: Clock) {
    this.#transport = transport
    this.#message = message
    this.#owner = owner
    this.#clock = clock
  }

  /** Whether every declared byte has been taken, though the source may still be busy with saying that it has ended. */
  get complete(): boolean {
    return this.#written === this.#message.declaredLength && this.#drained === undefined
  }

  /** Starts. What ends or fails at once is told to the owner within the call. */
  start(): void {
    const { body, chunked, continueTimeout } = this.#message
    if (body.kind === 'bytes' && !chunked && continueTimeout === undefined) this.#sendBytes()
    else void this.#run()
  }

  /** `100 Continue` came, or the wait for it is over: the body may go. */
  proceed(): void {
    this.#continueTimer?.cancel()
    this.#release?.()
  }

  onDrain(): void {
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  /** The rest is not wanted. The source is told; the owner hears nothing more. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.proceed()
    this.onDrain()
    this.#endSource()
  }

  /** Slice after slice while the kernel takes each at once, without a promise: to a peer that reads, a megabyte goes in one turn. */
  #sendBytes(): void {
    const { body, head } = this.#message
    try {
      const bytes = body.bytes as Uint8Array
      if (this.#written === 0) {
        checkDeclared(this.#message, bytes.length)
        if (body instanceof CopiedBody) body.sending()
      }
      while (this.#written < bytes.length) {
        const start = this.#written
        const slice = bytes.subarray(start, start + SLICE_BYTES)
        this.#written = start + slice.length
        const flowing =
          start === 0 ? writeTogether(this.#transport, head, slice) : this.#transport.write(slice)
        const taken = flowing || this.#transport.unsentBytes === 0
        if (taken && this.#written % TURN_BYTES !== 0) continue
        const goOn = (): void => this.#sliceTaken()
        if (taken) setImmediate(goOn)
        else this.#drained = goOn
        return
      }
    } catch (error) {
      this.#owner.onSendFailure(sourceFailure(error))
      return
    }
    this.#endSending()
  }

  #sliceTaken(): void {
    if (this.#stopped) return
    this.#owner.onSendProgress()
    this.#sendBytes()
  }

  async #run(): Promise<void> {
    try {
      const { body } = this.#message
      if (body instanceof CopiedBody) body.sending()
      const iterable = body.bytes === undefined ? body.open() : slices(body.bytes)
      const iterator =
        Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
      this.#iterator = iterator
      this.#transport.write(this.#message.head)
      if (this.#message.continueTimeout !== undefined)
        await this.#untilContinue(this.#message.continueTimeout)
      await this.#pump(iterator)
    } catch (error) {
      if (this.#stopped) return
      this.#endSource()
      this.#owner.onSendFailure(sourceFailure(error))
    }
  }

  /** Nothing more is read. What the source's own clean-up throws has nobody to go to. */
  #endSource(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    try {
      const returned = iterator?.return?.()
      if (returned instanceof Promise) returned.catch(() => undefined)
    } catch {
      // As above: a synchronous source fails at once.
    }
  }

  async #pump(iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>): Promise<void> {
    if (this.#stopped) return
    for (;;) {
      this.#owner.onSourceWait()
      const step = await iterator.next()
      if (this.#stopped) return
      if (step.done === true) break
      if (step.value.length === 0) continue
      this.#owner.onSendProgress()
      if (!this.#write(step.value)) {
        await new Promise<void>(this.#setDrained)
        if (this.#stopped) return
      }
      if (iterator instanceof FileChunks) this.#giveBack(iterator, step.value)
      // Only what the kernel has taken is sent: an answer that comes before that finds a half-sent request.
      if (this.#written === this.#message.declaredLength) this.#owner.onSent()
    }
    this.#iterator = undefined
    const { declaredLength, chunked } = this.#message
    if (declaredLength !== undefined && this.#written < declaredLength)
      checkDeclared(this.#message, this.#written)
    if (chunked) this.#transport.write(lastChunk())
    this.#endSending()
  }

  /** All is written. Only memory that nothing is written from any more may be used again. */
  #endSending(): void {
    const { body } = this.#message
    if (body instanceof CopiedBody && allTaken(this.#transport)) body.sent()
    this.#owner.onSendEnd()
  }

  #giveBack(source: FileChunks, piece: Uint8Array): void {
    if (allTaken(this.#transport)) source.giveBack(piece)
  }

  /** Says whether the next chunk may follow at once. */
  #write(chunk: Uint8Array): boolean {
    this.#written += chunk.length
    const { declaredLength, chunked } = this.#message
    if (declaredLength !== undefined && this.#written > declaredLength)
      checkDeclared(this.#message, this.#written)
    if (!chunked) return this.#transport.write(chunk) || this.#transport.unsentBytes === 0
    this.#transport.cork()
    this.#transport.write(chunkHeader(chunk.length))
    this.#transport.write(chunk)
    const flowing = this.#transport.write('\r\n')
    this.#transport.uncork()
    return flowing || this.#transport.unsentBytes === 0
  }

  #untilContinue(timeout: number): Promise<void> {
    return new Promise((resolve) => {
      this.#release = resolve
      this.#continueTimer = this.#clock.timer(() => this.proceed())
      this.#continueTimer.arm(timeout)
    })
  }

  readonly #setDrained = (resolve: () => void): void => {
    if (this.#stopped) resolve()
    else this.#drained = resolve
  }
}

function checkDeclared(message: OutgoingMessage, actual: number): void {
  const declared = message.declaredLength
  if (declared === undefined || declared === actual) return
  const relation = actual > declared ? 'longer' : 'shorter'
  throw new OptionsError(
    `the body is ${relation} than its Content-Length of ${declared} bytes (${actual}${actual > declared ? ' or more' : ''}); ` +
      'leave the header out and the length is taken from the body',
    { path: 'headers.content-length', phase: 'send' },
  )
}

function* slices(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES)
    yield bytes.subarray(start, start + SLICE_BYTES)
}
