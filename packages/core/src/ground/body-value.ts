// The four kinds of body, and one around another.
//
// Rule: `open()` gives the bytes once from the beginning. A factory gives them as often as asked, a one-shot once; asking
// again is an UnrewindableBodyError, never an empty body.
//
// Neighbours: body.ts decides which kind an input is. Must not know: what callers pass, or how bytes are framed.

import { blamed, isChunks, sourceFailure } from './blamed-chunks.js'
import { type ChunkSource, chunksOf, discard, noteRead } from './chunk-source.js'
import { CopiedBody } from './copied-body.js'
import { UnrewindableBodyError } from './errors.js'

/** A request body as a value. Made by `toBody`, `fileBody`, `jsonBody` and `encodeFields`. */
export interface Body {
  /** none: no content · bytes: all here · factory: can be read again and again · one-shot: can be read once. */
  readonly kind: 'none' | 'bytes' | 'factory' | 'one-shot'
  /** Bytes, or undefined when that is known only at the end (then it is sent chunked). */
  readonly length: number | undefined
  /** Whether it can be sent once more, so a retry or a 307 is possible. */
  readonly replayable: boolean
  /** The Content-Type to send when the caller gave none. */
  readonly contentType: string | undefined
  /** The whole content of kind `'bytes'`, otherwise undefined. Not to be changed. */
  readonly bytes: Uint8Array | undefined
  /** Whether `open()` was called. */
  readonly used: boolean
  /**
   * The content from its beginning, without empty chunks. When the consumer stops early the source is destroyed.
   *
   * @throws {UnrewindableBodyError} a one-shot was opened before
   */
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** Lets go of a source nobody will read: destroys a stream that was never opened. Otherwise does nothing. */
  dispose(): void
}

const NOTHING: readonly Uint8Array[] = Object.freeze([])

/** All content is in memory. */
export class BytesBody implements Body {
  readonly kind: 'none' | 'bytes'
  readonly length: number
  readonly replayable: boolean = true
  readonly contentType: string | undefined
  readonly bytes: Uint8Array | undefined
  #used: boolean = false

  /** Keeps the bytes, which must not change; `undefined` makes "no content". */
  constructor(bytes: Uint8Array | undefined, contentType?: string) {
    this.kind = bytes === undefined ? 'none' : 'bytes'
    this.length = bytes === undefined ? 0 : bytes.byteLength
    this.contentType = contentType
    this.bytes = bytes
  }
  get used(): boolean {
    return this.#used
  }
  open(): Iterable<Uint8Array> {
    this.#used = this.kind === 'bytes'
    return this.bytes === undefined || this.length === 0 ? NOTHING : [this.bytes]
  }
  dispose(): void {}
}

/** The body of a request without content: one value for all. */
export const NO_BODY: Body = new BytesBody(undefined)

/** Content that is produced anew at each `open()`. */
export class FactoryBody implements Body {
  readonly kind = 'factory' as const
  readonly length: number | undefined
  readonly replayable: boolean = true
  readonly contentType: string | undefined
  readonly bytes: undefined = undefined
  readonly #produce: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  #used: boolean = false

  /** @param produce called once per attempt; its chunks must add up to `length` when that is given */
  constructor(
    produce: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    length?: number,
    contentType?: string,
  ) {
    this.#produce = produce
    this.length = length
    this.contentType = contentType
  }
  get used(): boolean {
    return this.#used
  }
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
    this.#used = true
    return this.#produce()
  }
  dispose(): void {}
}

/** Content that can be read once: a stream, a generator. */
export class OneShotBody implements Body {
  readonly kind = 'one-shot' as const
  readonly length: undefined = undefined
  readonly replayable: boolean = false
  readonly contentType: undefined = undefined
  readonly bytes: undefined = undefined
  #source: ChunkSource | undefined
  #used: boolean = false

  /** @param source read at most once, by `open()` */
  constructor(source: ChunkSource) {
    this.#source = source
  }
  get used(): boolean {
    return this.#used
  }
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
    const source = this.#source
    if (this.#used || source === undefined) {
      throw new UnrewindableBodyError(
        'the body can be read only once and was already read: pass a function that makes a new one',
        {
          phase: 'send',
        },
      )
    }
    this.#used = true
    this.#source = undefined
    noteRead(source)
    return chunksOf(source)
  }
  dispose(): void {
    const source = this.#source
    this.#source = undefined
    if (source === undefined) return
    noteRead(source)
    discard(source)
  }
}

/** What reads a body's chunks and gives others in their place, once per attempt. */
export type BodyThrough = (
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A body whose chunks pass through a function; made by {@link wrapBody}. */
export class WrappedBody implements Body {
  readonly kind: 'factory' | 'one-shot'
  readonly length: number | undefined
  readonly replayable: boolean
  readonly contentType: string | undefined
  readonly bytes: undefined = undefined
  readonly #inner: Body
  readonly #through: BodyThrough
  #blame: ((thrown: unknown) => unknown) | undefined

  /** Use {@link wrapBody}. */
  constructor(inner: Body, through: BodyThrough, length: number | undefined) {
    this.kind = inner.kind === 'one-shot' ? 'one-shot' : 'factory'
    this.length = length
    this.replayable = inner.replayable
    this.contentType = inner.contentType
    this.#inner = inner
    this.#through = through
  }
  get used(): boolean {
    return this.#inner.used
  }
  /** Says what errors of the function are turned into, here and in what it wraps down to `base`; the first claim holds. */
  claim(blame: (thrown: unknown) => unknown, base: Body): void {
    this.#blame ??= blame
    if (this.#inner !== base && this.#inner instanceof WrappedBody) this.#inner.claim(blame, base)
  }
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
    const inner = this.#inner.open()
    // Whether the function let go of what it read is not certain: nobody else will.
    const failed = (thrown: unknown): unknown => {
      discard(inner)
      return (this.#blame ?? sourceFailure)(thrown)
    }
    try {
      const chunks: unknown = this.#through(blamed(inner, sourceFailure))
      if (!isChunks(chunks)) throw new TypeError('the function given to wrapBody returned no iterable')
      return blamed(chunks, failed)
    } catch (thrown) {
      throw failed(thrown)
    }
  }
  dispose(): void {
    this.#inner.dispose()
  }
}

/**
 * The same body with its chunks passed through a function, for plugins that watch or transform what is sent. Type,
 * replayability and whether it was read stay those of `body`, and so does the length unless `options` say otherwise: give
 * `length: undefined` when the function changes how many bytes there are. A request without content is left as it is.
 *
 * What the function returns must let go of `chunks` when it is left early, as a generator with `for await` does. What it throws
 * is a `PluginError` for the caller when a tap of `onRequest` made the body; an `HTTPError` is passed on as it is.
 *
 * @example
 * context.request = context.request.with({
 *   body: wrapBody(context.request.body, async function* (chunks) {
 *     for await (const chunk of chunks) {
 *       hash.update(chunk)
 *       yield chunk
 *     }
 *   }),
 * })
 */
export function wrapBody(
  body: Body,
  through: BodyThrough,
  options: { readonly length?: number | undefined } = {},
): Body {
  if (body.kind === 'none') return body
  return new WrappedBody(body, through, 'length' in options ? options.length : body.length)
}

/** Whether a value is a body made by this library. */
export function isBody(value: object): value is Body {
  return (
    value instanceof BytesBody ||
    value instanceof CopiedBody ||
    value instanceof FactoryBody ||
    value instanceof OneShotBody ||
    value instanceof WrappedBody
  )
}
