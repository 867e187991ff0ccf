/**
 * The body of one response as it comes off a connection, undecoded.
 *
 * Chunks arrive by `push`, lent for the call only. Until somebody says what to do with them they are copied
 * into a queue, and a full queue pauses the socket, so a slow reader slows the peer and memory stays flat.
 * Three ways to consume: `collect` (preloading: one buffer, one copy, one call at the end), `next` and
 * `nextInto` (pulling), `drain` (forgetting). Whatever happens, the body ends exactly once, and the connection has been given back
 * by then.
 */
import { BodyTooLarge, IncompleteRead } from '../ground/errors.js'
import type { Limits } from '../ground/limits.js'
import { Filling } from './filling.js'
import { StreamBuffers } from './stream-buffers.js'
import { WholeBody } from './whole-body.js'

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

/** With less than this left to come, aiming a read costs more than the copy that it saves. */
const AIM_BYTES = 32_768

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
  #maxBytes: number
  #maxName: keyof Limits = 'maxResponseBytes'
  #queue: Buffer[] = []
  #queuedBytes = 0
  #paused = false
  #ended = false
  #failed = false
  #error: unknown
  #waiting: { resolve: (chunk: Buffer | undefined) => void; reject: (error: unknown) => void } | undefined
  #collector: BodyCollector | undefined
  #whole: WholeBody | undefined
  #drain: { left: number; done: () => void } | undefined
  #buffers: StreamBuffers | undefined
  /** There once a reader has brought its own memory: from then on none is provided. */
  #filling: Filling | undefined

  constructor(owner: BodyOwner, declaredLength: number | undefined, maxBytes: number | undefined) {
    this.#owner = owner
    this.declaredLength = declaredLength
    this.#maxBytes = maxBytes ?? Number.POSITIVE_INFINITY
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Nothing is decoded, so that what is received is already what may not be longer than `maxDecodedBytes`. */
  boundUndecoded(maxDecodedBytes: number): void {
    if (maxDecodedBytes >= this.#maxBytes) return
    this.#maxBytes = maxDecodedBytes
    this.#maxName = 'maxDecodedBytes'
  }

  /** The connection hands over bytes `start..end` of a lent chunk. Throws `BodyTooLarge` over the limit. */
  push(chunk: Buffer, start: number, end: number): void {
    const size = end - start
    this.received += size
    if (this.received > this.#maxBytes) {
      throw new BodyTooLarge(`the response body is longer than ${this.#maxName} (${this.#maxBytes})`, {
        phase: 'body',
      })
    }
    if (this.#collector !== undefined) {
      this.#whole?.append(chunk, start, end)
    } else if (this.#drain !== undefined) {
      this.#forget(size)
    } else if (this.#filling?.waiting === true) {
      this.#fill(this.#filling, chunk, start, end)
    } else if (this.#filling !== undefined && this.#waiting === undefined) {
      this.#putAside(this.#filling, chunk, start, end)
    } else {
      this.#enqueue(this.#keep(chunk, start, end))
    }
  }

  /** Where the next read should land, when that saves a copy. */
  nextTarget(): Buffer | undefined {
    const { declaredLength } = this
    const left = declaredLength === undefined ? Number.POSITIVE_INFINITY : declaredLength - this.received
    if (left < AIM_BYTES || this.#drain !== undefined) return undefined
    if (this.#collector !== undefined) return this.#whole?.target()
    if (this.#filling !== undefined) return this.#filling.landing()
    this.#buffers ??= new StreamBuffers()
    return this.#buffers.target()
  }

  /** The message is complete and its connection has been given back. */
  end(rawTrailers: readonly string[] | undefined): void {
    if (this.#ended) return
    this.#ended = true
    // The connection reads for somebody else from now on.
    this.#paused = false
    if (rawTrailers !== undefined) this.rawTrailers = rawTrailers
    if (this.#collector !== undefined) this.#deliver(this.#collector)
    this.#drain?.done()
    this.#waiting?.resolve(undefined)
    this.#waiting = undefined
    this.#filling?.end(undefined)
  }

  /** The message broke off. Bytes that had arrived before can still be read; then `error` is thrown. */
  fail(error: unknown): void {
    if (this.#ended) return
    if (this.acceptShort && error instanceof IncompleteRead && this.declaredLength !== undefined) {
      this.end(undefined)
      return
    }
    this.#ended = true
    this.#paused = false
    this.#failed = true
    this.#error = error
    if (this.#collector !== undefined) {
      const collector = this.#collector
      this.#collector = undefined
      this.#whole = undefined
      collector.onBodyFailure(error)
    }
    this.#drain?.done()
    this.#waiting?.reject(error)
    this.#waiting = undefined
    this.#filling?.end({ error })
  }

  /** From now on everything goes into one buffer; `collector` gets it at the end. */
  collect(collector: BodyCollector): void {
    this.#collector = collector
    const whole = new WholeBody(this.declaredLength)
    this.#whole = whole
    const queue = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    for (const chunk of queue) whole.append(chunk, 0, chunk.length)
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
      // Behind `nextInto` it may lie in memory that is used again.
      return this.#filling === undefined ? chunk : Buffer.from(chunk)
    }
    if (this.#failed) return Promise.reject(this.#error)
    if (this.#ended) return undefined
    if (this.#waiting !== undefined || this.#filling?.waiting === true) return Promise.reject(twoReads())
    this.#resume()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** Fills `target`; says how many bytes it got, which is fewer only at the end. One call at a time, as with `next`. */
  nextInto(target: Uint8Array): Promise<number> | number {
    if (this.#waiting !== undefined || this.#filling?.waiting === true) return Promise.reject(twoReads())
    this.#filling ??= new Filling()
    let filled = 0
    while (filled < target.length && this.#queue.length > 0) {
      const chunk = this.#queue[0] as Buffer
      const taken = chunk.copy(target, filled)
      filled += taken
      this.#queuedBytes -= taken
      if (taken === chunk.length) this.#queue.shift()
      else this.#queue[0] = chunk.subarray(taken)
    }
    if (filled === target.length || (this.#ended && filled > 0)) return filled
    if (this.#failed) return Promise.reject(this.#error)
    if (this.#ended) return 0
    const whole = this.#filling.begin(target, filled)
    this.#resume()
    return whole
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

  #keep(chunk: Buffer, start: number, end: number): Buffer {
    this.#buffers ??= new StreamBuffers()
    return this.#buffers.keep(chunk, start, end)
  }

  #fill(filling: Filling, chunk: Buffer, start: number, end: number): void {
    const rest = start + filling.take(chunk, start, end)
    if (rest < end) this.#putAside(filling, chunk, rest, end)
  }

  /** Nobody has asked for these bytes yet, and what would come next would need more memory. */
  #putAside(filling: Filling, chunk: Buffer, start: number, end: number): void {
    const aside = this.#queue.length === 0 ? filling.putAside(chunk, start, end) : undefined
    this.#enqueue(aside ?? this.#keep(chunk, start, end))
    if (this.#paused || this.received === this.declaredLength) return
    this.#paused = true
    this.#owner.pauseReading()
  }

  #deliver(collector: BodyCollector): void {
    const whole = this.#whole
    this.#collector = undefined
    this.#whole = undefined
    collector.onBody(whole?.take() ?? Buffer.alloc(0))
  }

  #rejectLate(collector: BodyCollector): void {
    this.#collector = undefined
    this.#whole = undefined
    collector.onBodyFailure(this.#error)
  }
}

function twoReads(): Error {
  return new Error('a read of this body is already waiting; one at a time')
}
