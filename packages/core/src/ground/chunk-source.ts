// Reads the bytes out of iterables and streams.
//
// Rule: whoever stops reading early ends the source: an iterator gets `return()`, a Node stream is destroyed, a web stream
// cancelled. Without that an aborted upload leaves a file or socket open. Strings become UTF-8; an empty chunk is dropped,
// because in chunked framing a zero-length chunk would end the body (RFC 9112 §7.1).
//
// Neighbours: body-value.ts. Must not know: what the bytes are for.

import { Readable } from 'node:stream'
import { OptionsError } from './usage-errors.js'

/** What chunks can be read from. */
export type ChunkSource =
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | NodeJS.ReadableStream
  | ReadableStream

/** Whether a value can be read chunk by chunk. */
export function isChunkSource(value: object): value is ChunkSource {
  return Symbol.asyncIterator in value || Symbol.iterator in value
}

/** Whether a value looks like a Node stream, old-style ones included. */
export function isNodeStream(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { pipe?: unknown }).pipe === 'function'
  )
}

/** The chunks as bytes. Asynchronous only if the source is. */
export function chunksOf(source: ChunkSource): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source instanceof ReadableStream) return fromWebStream(source)
  if (!(Symbol.asyncIterator in source)) return syncChunks(source as Iterable<unknown>)
  const iterator = (source as AsyncIterable<unknown>)[Symbol.asyncIterator]()
  const end = isNodeStream(source) ? () => discard(source) : () => iterator.return?.()
  return new AsyncChunks(() => iterator.next(), end)
}

const spent = new WeakSet<object>()

/** Notes that an iterator has been read. What makes a new iterator each time it is asked can be read again. */
export function noteRead(source: ChunkSource): void {
  if ('next' in source) spent.add(source)
}

/** Why nothing more would come out of a source, or `undefined`: read now it would pass for an empty body. */
export function unreadable(source: ChunkSource): string | undefined {
  if (source instanceof ReadableStream) {
    if (source.locked) return 'is locked by another reader'
    return Readable.isDisturbed(source as unknown as Readable) ? 'has been read before' : undefined
  }
  if (isNodeStream(source)) {
    const { destroyed, readableEnded } = source as Readable
    if (readableEnded === true) return 'has been read to its end before'
    return destroyed === true ? 'was destroyed before it was read' : undefined
  }
  return spent.has(source) ? 'has been read before' : undefined
}

/** Ends a source that was never read. Errors of its clean-up have nobody to go to and are dropped. */
export function discard(source: ChunkSource): void {
  const closable = source as { destroy?: unknown; cancel?: unknown; return?: unknown }
  try {
    if (typeof closable.destroy === 'function') {
      if (isNodeStream(source)) (source as NodeJS.ReadableStream).on('error', () => {})
      closable.destroy()
    } else {
      const end = closable.cancel ?? closable.return
      if (typeof end === 'function') Promise.resolve(end.call(source)).catch(() => {})
    }
  } catch {
    // The caller's own clean-up code failed; the exchange has its outcome already.
  }
}

function* syncChunks(source: Iterable<unknown>): Generator<Uint8Array, void, undefined> {
  for (const chunk of source) {
    const bytes = bytesOf(chunk)
    if (bytes.byteLength > 0) yield bytes
  }
}

/**
 * Not a generator: `return` of one waits until a pending `next` has settled, and a source that is given up is often one
 * that never yields again.
 */
class AsyncChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #pull: () => Promise<IteratorResult<unknown>>
  readonly #end: () => unknown
  #over = false

  constructor(pull: () => Promise<IteratorResult<unknown>>, end: () => unknown) {
    this.#pull = pull
    this.#end = end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#over) {
      const step = await this.#pull()
      if (step.done === true) break
      const bytes = this.#bytesOf(step.value)
      if (bytes.byteLength > 0) return { done: false, value: bytes }
    }
    this.#over = true
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#over) {
      this.#over = true
      await this.#end()
    }
    return { done: true, value: undefined }
  }

  #bytesOf(chunk: unknown): Uint8Array {
    try {
      return bytesOf(chunk)
    } catch (error) {
      // The source's own clean-up may fail as well; the chunk is what the caller must hear about.
      this.return().catch(() => {})
      throw error
    }
  }
}

function fromWebStream(stream: ReadableStream): AsyncChunks {
  const reader = stream.getReader()
  return new AsyncChunks(
    () => reader.read() as Promise<IteratorResult<unknown>>,
    () => reader.cancel(),
  )
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8')
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new OptionsError(
    `a body chunk must be a string or bytes, not ${chunk === null ? 'null' : typeof chunk}`,
    { path: 'body' },
  )
}
