/**
 * The buffers that a streamed body is read into and handed on in, without a copy.
 *
 * Several reads share one buffer, each behind the last: memory outside the JavaScript heap is what a stream costs most, since
 * it brings full garbage collections nearer. What is handed on is the reader's to keep and is never read into again. Since its
 * memory is shared with the next read, it cannot be transferred to another thread, just as what Node's own pool gives out.
 */
import { markAsUntransferable } from 'node:worker_threads'
import { freshMemory } from '../ground/fresh-memory.js'

/** The size of one buffer. */
const BUFFER_BYTES = 131_072

/** With less room than this left, the next read gets a new buffer. */
const READ_BYTES = 32_768

/** A smaller piece is copied out instead, so that it does not keep a whole buffer alive. */
const HAND_ON_BYTES = 16_384

/** See the file's head. */
export class StreamBuffers {
  #buffer: Buffer | undefined
  /** How much of it has been handed on. */
  #used = 0

  /** Where the next read should land. */
  target(): Buffer {
    const buffer = this.#buffer
    if (buffer !== undefined && buffer.length - this.#used >= READ_BYTES)
      return this.#used === 0 ? buffer : buffer.subarray(this.#used)
    this.#used = 0
    this.#buffer = freshMemory(BUFFER_BYTES)
    markAsUntransferable(this.#buffer.buffer)
    return this.#buffer
  }

  /** A piece of a chunk, to be kept: as it lies when it was read into one of these buffers, else copied. */
  keep(chunk: Buffer, start: number, end: number): Buffer {
    if (chunk.buffer === this.#buffer?.buffer && end - start >= HAND_ON_BYTES) {
      this.#used = chunk.byteOffset + end
      return chunk.subarray(start, end)
    }
    const size = end - start
    const copy = size < HAND_ON_BYTES ? Buffer.allocUnsafe(size) : freshMemory(size)
    chunk.copy(copy, 0, start, end)
    return copy
  }
}
