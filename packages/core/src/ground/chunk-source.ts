// Reads the bytes out of iterables and streams.
//
// Rule: whoever stops reading early ends the source: an iterator gets `return()`, a Node stream is destroyed, a web stream
// cancelled. Without that an aborted upload leaves a file or socket open. Strings become UTF-8; an empty chunk is dropped,
// because in chunked framing a zero-length chunk would end the body (RFC 9112 §7.1).
//
// Neighbours: body-value.ts. Must not know: what the bytes are for.

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
  if (Symbol.asyncIterator in source) return asyncChunks(source as AsyncIterable<unknown>)
  return syncChunks(source as Iterable<unknown>)
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

async function* asyncChunks(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    const bytes = bytesOf(chunk)
    if (bytes.byteLength > 0) yield bytes
  }
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
