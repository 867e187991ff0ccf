// A request body as a value: how long it is, whether it can be sent again, and how to read it.
//
// Rule: a body is classified once, when the call is made. From then on every floor asks the same three questions (length,
// replayable, used) and nobody guesses from the type of what the caller passed. A body that can be read only once says so,
// so that a retry or redirect fails loudly instead of sending it empty.
//
// Neighbours: body-value.ts has the classes, chunk-source.ts reads streams, form-body.ts and file-body.ts make the composed
// kinds. Must not know: framing, methods, sockets.

import { type Body, BytesBody, FactoryBody, isBody, NO_BODY, OneShotBody } from './body-value.js'
import { type ChunkSource, chunksOf, isChunkSource, isNodeStream, unreadable } from './chunk-source.js'
import { CopiedBody } from './copied-body.js'
import { DeferredChunks } from './deferred-chunks.js'
import { multipartFromFormData } from './form-body.js'
import { isFieldValue } from './grammar.js'
import { MAX_REUSED_COPY_BYTES, MIN_REUSED_COPY_BYTES } from './limits.js'
import { OptionsError } from './usage-errors.js'

export {
  type Body,
  type BodyThrough,
  BytesBody,
  FactoryBody,
  isBody,
  NO_BODY,
  OneShotBody,
  wrapBody,
} from './body-value.js'

/** A body that needs no factory: it is there, or it can be read once. */
export type DirectBodyInput =
  | string
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | URLSearchParams
  | FormData
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>
  | NodeJS.ReadableStream
  | ReadableStream
  | Body

/** Everything that can be sent. A function is called anew for each attempt, which makes a stream replayable. */
export type BodyInput = DirectBodyInput | (() => DirectBodyInput | Promise<DirectBodyInput>)

const URLENCODED = 'application/x-www-form-urlencoded;charset=UTF-8'

/**
 * Classifies a body.
 *
 * - string: its UTF-8 bytes; `ArrayBuffer` and views: a copy of their bytes (pass `() => bytes` to send without a copy)
 * - `Blob`, `URLSearchParams`, `FormData`: known length, replayable, with the content type `fetch` would send
 * - an array of chunks: replayable, length not declared, one wire chunk per element
 * - other iterables, Node and web streams: one-shot, length not declared
 * - a function: replayable, length not declared
 *
 * @throws {OptionsError} path `body`: nothing of the above, a source that was read or destroyed before, or a `Blob` whose type cannot be a field value
 * @example toBody('grün').length // 5
 */
export function toBody(input: BodyInput | undefined | null): Body {
  if (input === undefined || input === null) return NO_BODY
  if (typeof input === 'string') return new BytesBody(Buffer.from(input, 'utf8'))
  if (typeof input === 'function') return fromFactory(input)
  if (typeof input === 'object') return fromObject(input)
  throw unsupported(input)
}

/**
 * As {@link toBody}, for a call that is the body's only holder: large bytes are copied into memory that the next call gets
 * when this one is over.
 */
export function bodyOfCall(input: BodyInput): Body {
  const bytes = typeof input === 'object' ? viewOf(input) : undefined
  if (bytes === undefined) return toBody(input)
  const { byteLength } = bytes
  const reused = byteLength >= MIN_REUSED_COPY_BYTES && byteLength <= MAX_REUSED_COPY_BYTES
  return reused ? new CopiedBody(bytes) : new BytesBody(Buffer.from(bytes))
}

function fromObject(input: Exclude<DirectBodyInput, string>): Body {
  if (isBody(input)) return input
  const bytes = viewOf(input)
  // A copy, as of everything a caller passes: a retry a second later must send the same bytes.
  if (bytes !== undefined) return new BytesBody(Buffer.from(bytes))
  if (input instanceof Blob) return fromBlob(input)
  if (input instanceof URLSearchParams)
    return new BytesBody(Buffer.from(input.toString(), 'utf8'), URLENCODED)
  if (isFormData(input)) return multipartFromFormData(input)
  if (Array.isArray(input)) return fromArray(input as readonly unknown[])
  if (isChunkSource(input)) return fromSource(input)
  throw unsupported(input)
}

// By its tag too: a FormData that comes with a package is none of this realm's, and would be taken for a list of chunks.
function isFormData(input: object): input is FormData {
  return input instanceof FormData || Object.prototype.toString.call(input) === '[object FormData]'
}

function viewOf(input: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
  if (input instanceof ArrayBuffer || input instanceof SharedArrayBuffer) return new Uint8Array(input)
  return undefined
}

function fromFactory(factory: () => DirectBodyInput | Promise<DirectBodyInput>): Body {
  return new FactoryBody(
    () =>
      new DeferredChunks(async () => {
        const made = await factory()
        if (typeof made === 'function' || made === undefined || made === null) throw unsupported(made)
        return toBody(made)
      }),
  )
}

function fromSource(source: ChunkSource): Body {
  const why = unreadable(source)
  if (why !== undefined) throw new OptionsError(`the body ${why}: nothing would be sent`, { path: 'body' })
  return new OneShotBody(source)
}

function fromBlob(blob: Blob): Body {
  if (!isFieldValue(blob.type))
    throw new OptionsError('the type of a Blob body cannot be a content type', { path: 'body' })
  const type = blob.type === '' ? undefined : blob.type
  return new FactoryBody(() => chunksOf(blob.stream() as ChunkSource), blob.size, type)
}

function fromArray(input: readonly unknown[]): Body {
  const chunks = input.map((chunk) => (chunk instanceof Uint8Array ? Buffer.from(chunk) : chunk))
  return new FactoryBody(() => chunksOf(chunks as ChunkSource))
}

function unsupported(input: unknown): OptionsError {
  const kind =
    typeof input === 'object' && input !== null ? (input.constructor?.name ?? 'object') : typeof input
  const hint = isNodeStream(input) ? '; wrap an old-style stream with stream.Readable.wrap' : ''
  return new OptionsError(
    `a body cannot be made from ${kind}: use a string, bytes, Blob, form, iterable, stream or a function${hint}`,
    {
      path: 'body',
    },
  )
}
