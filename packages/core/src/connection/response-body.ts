/**
 * The body of one response as it comes off a connection, undecoded.
 *
 * Chunks arrive by `push`, lent for the call only. Until somebody says what to do with them they are copied
 * into a queue, and a full queue pauses the socket, so a slow reader slows the peer and memory stays flat.
 * Three ways to consume: `collect` (preloading: one buffer, one copy, one call at the end), `next` (pulling),
 * `drain` (forgetting). Whatever happens, the body ends exactly once, and the connection has been given back
 * by then.
 */
import { BodyTooLarge, IncompleteRead } from '../ground/errors.js'

/** What a body may ask of the connection that it arrives on. */
export interface BodyOwner {
  pauseReading(): void
  resumeReading(): void
  /** Closes the connection; the body's remaining bytes are not wanted. */
  abandon(): void
}

/** Who waits for a whole body. Called once, after the connection was given back. */
export interface BodyCollector {
  onBody(bytes: Buffer): void
  onBodyFailure(error: unknown): void
}

/** Reading is paused once this much waits unread: four full reads, so that a steady reader never pauses. */
const HIGH_WATER_BYTES = 262_144

/** Reads of a streamed body go into buffers of their own of this size, handed on without a copy. */
const STREAM_BUFFER_BYTES = 65_536

/** A smaller piece is copied out instead, so that it does not keep a whole buffer alive. */
const HAND_ON_BYTES = 16_384

/** Below this much left to read, aiming the read costs more than the copy that it saves. */
const AIM_BYTES = 32_768

/**
 * A declared length is trusted with this much memory up front; beyond it the buffer grows with what has really
 * arrived, so that a lying Content-Length costs the liar and not us.
 */
const MAX_UPFRONT_BYTES = 16_777_216

const EMPTY: Buffer = Buffer.alloc(0)
const NO_TRAILERS: readonly string[] = []

/** See the file's head. */
export class ResponseBody {
  /** The declared length; `undefined` for chunked and close-delimited bodies. */
  readonly declaredLength: number | undefined
  /** Undecoded bytes that have arrived. */
  received = 0
  rawTrailers: readonly string[] = NO_TRAILERS
  /** Take a body that ends before its declared length as complete (`enforceContentLength: false`). */
  acceptShort = false
  readonly #owner: BodyOwner
  readonly #maxBytes: number
  #queue: Buffer[] = []
  #queuedBytes = 0
  #paused = false
  #ended = false
  #failed = false
  #error: unknown
  #waiting: { resolve: (chunk: Buffer | undefined) => void; reject: (error: unknown) => void } | undefined
  #collector: BodyCollector | undefined
  #collected: Buffer | undefined
  #collectedBytes = 0
  #drain: { left: number; done: () => void } | undefined
  #streamBuffer: Buffer | undefined

  constructor(owner: BodyOwner, declaredLength: number | undefined, maxBytes: number | undefined) {
    this.#owner = owner
    this.declaredLength = declaredLength
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The connection hands over bytes `start..end` of a lent chunk. Throws `BodyTooLarge` over the limit. */
  push(chunk: Buffer, start: number, end: number): void {
    const size = end - start
    this.received += size
    if (this.received > this.#maxBytes) {
      throw new BodyTooLarge(`the response body is longer than maxResponseBytes (${this.#maxBytes})`, {
        phase: 'body',
      })
    }
    if (this.#collector !== undefined) {
      this.#append(chunk, start, end)
    } else if (this.#drain !== undefined) {
      this.#forget(size)
    } else {
      this.#enqueue(this.#keep(chunk, start, end))
    }
  }

  /** Where the next read should land, when that saves a copy. */
  nextTarget(): Buffer | undefined {
    const { declaredLength } = this
    const left = declaredLength === undefined ? Number.POSITIVE_INFINITY : declaredLength - this.received
    if (left < AIM_BYTES || this.#drain !== undefined) return undefined
    if (this.#collector === undefined) {
      this.#streamBuffer ??= Buffer.allocUnsafeSlow(STREAM_BUFFER_BYTES)
      return this.#streamBuffer
    }
    // Only a declared length tells that nothing but body comes; then the read may go where the body belongs.
    if (declaredLength === undefined || this.#collected === undefined) return undefined
    const room = this.#collected.length - this.#collectedBytes
    const target = room < AIM_BYTES ? this.#grow(this.#collectedBytes + AIM_BYTES) : this.#collected
    return target.subarray(this.#collectedBytes, Math.min(target.length, declaredLength))
  }

  /** The message is complete and its connection has been given back. */
  end(rawTrailers: readonly string[] | undefined): void {
    if (this.#ended) return
    this.#ended = true
    if (rawTrailers !== undefined) this.rawTrailers = rawTrailers
    if (this.#collector !== undefined) this.#deliver(this.#collector)
    this.#drain?.done()
    this.#waiting?.resolve(undefined)
    this.#waiting = undefined
  }

  /** The message broke off. Bytes that had arrived before can still be read; then `error` is thrown. */
  fail(error: unknown): void {
    if (this.#ended) return
    if (this.acceptShort && error instanceof IncompleteRead && this.declaredLength !== undefined) {
      this.end(undefined)
      return
    }
    this.#ended = true
    this.#failed = true
    this.#error = error
    if (this.#collector !== undefined) {
      const collector = this.#collector
      this.#collector = undefined
      this.#collected = undefined
      collector.onBodyFailure(error)
    }
    this.#drain?.done()
    this.#waiting?.reject(error)
    this.#waiting = undefined
  }

  /** From now on everything goes into one buffer; `collector` gets it at the end. */
  collect(collector: BodyCollector): void {
    this.#collector = collector
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    for (const chunk of queue) this.#append(chunk, 0, chunk.length)
    if (this.#failed) this.#rejectLate(collector)
    else if (this.#ended) this.#deliver(collector)
    else this.#resume()
  }

  /** The next chunk; `undefined` at the end. One call at a time. */
  next(): Promise<Buffer | undefined> | Buffer | undefined {
    const chunk = this.#queue.shift()
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.length
      if (this.#paused && this.#queuedBytes < HIGH_WATER_BYTES / 2) this.#resume()
      return chunk
    }
    if (this.#failed) return Promise.reject(this.#error)
    if (this.#ended) return undefined
    if (this.#waiting !== undefined) {
      return Promise.reject(new Error('a read of this body is already waiting; one at a time'))
    }
    this.#resume()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** Forgets the rest, up to `maxBytes`; more than that, or a failure, closes the connection. Never rejects. */
  drain(maxBytes: number): Promise<void> {
    this.#dropQueue()
    if (this.#ended) return Promise.resolve()
    const known = this.declaredLength === undefined ? 0 : this.declaredLength - this.received
    if (known > maxBytes) {
      this.#owner.abandon()
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const earlier = this.#drain?.done
      const done = (): void => {
        earlier?.()
        resolve()
      }
      this.#drain = { left: maxBytes, done }
      this.#resume()
    })
  }

  /** Nobody will read any more: drops what waits and closes the connection unless the message is complete. */
  discard(): void {
    this.#dropQueue()
    if (!this.#ended) this.#owner.abandon()
  }

  #dropQueue(): void {
    this.#queue = []
    this.#queuedBytes = 0
  }

  #enqueue(chunk: Buffer): void {
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting
      this.#waiting = undefined
      resolve(chunk)
      return
    }
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    if (!this.#paused && this.#queuedBytes >= HIGH_WATER_BYTES) {
      this.#paused = true
      this.#owner.pauseReading()
    }
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#owner.resumeReading()
  }

  #forget(size: number): void {
    if (this.#drain === undefined) return
    this.#drain.left -= size
    if (this.#drain.left < 0) this.#owner.abandon()
  }

  /** A piece of a chunk, to be kept: as it lies when the chunk is ours, else copied. */
  #keep(chunk: Buffer, start: number, end: number): Buffer {
    if (chunk === this.#streamBuffer && end - start >= HAND_ON_BYTES) {
      this.#streamBuffer = undefined
      return chunk.subarray(start, end)
    }
    const copy = Buffer.allocUnsafe(end - start)
    chunk.copy(copy, 0, start, end)
    return copy
  }

  #append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#collectedBytes + end - start
    let target = this.#collected
    if (
      target !== undefined &&
      chunk.buffer === target.buffer &&
      chunk.byteOffset + start === target.byteOffset + this.#collectedBytes
    ) {
      this.#collectedBytes = needed
      return
    }
    if (target === undefined || target.length < needed) {
      target = this.#grow(needed)
    }
    chunk.copy(target, this.#collectedBytes, start, end)
    this.#collectedBytes = needed
  }

  #grow(needed: number): Buffer {
    const declared = this.declaredLength
    const old = this.#collected
    let size = old === undefined ? needed : Math.max(needed, old.length * 2)
    if (declared !== undefined)
      size = Math.min(declared, Math.max(size, Math.min(declared, MAX_UPFRONT_BYTES)))
    const grown = Buffer.allocUnsafe(Math.max(size, needed))
    old?.copy(grown, 0, 0, this.#collectedBytes)
    this.#collected = grown
    return grown
  }

  #deliver(collector: BodyCollector): void {
    this.#collector = undefined
    let bytes = this.#collected ?? EMPTY
    this.#collected = undefined
    if (bytes.length > this.#collectedBytes) {
      const used = bytes.subarray(0, this.#collectedBytes)
      // Slack of more than a quarter is worth one copy: the caller may keep the body for long.
      bytes = used.length * 4 < bytes.length * 3 ? Buffer.from(used) : used
    }
    collector.onBody(bytes)
  }

  #rejectLate(collector: BodyCollector): void {
    this.#collector = undefined
    this.#collected = undefined
    collector.onBodyFailure(this.#error)
  }
}
