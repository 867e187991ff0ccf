/**
 * Where a response's body comes from, seen from the response: pulled, one chunk at a time.
 *
 * A network body, a decoder over one, and bytes that a plugin brought along all look like this, so that
 * HTTPResponse has one way to read and knows nothing of connections.
 */
import { OptionsError } from './usage-errors.js'

/** From what was thrown while a body was read to the error of its reader. */
export type Blame = (thrown: unknown) => unknown

/** A body that is read once, from front to back, by one reader. */
export interface BodySource {
  /** The next chunk, or `undefined` at the end. Fails with an `HTTPError` or the reason of an abort. */
  next(): Promise<Buffer | undefined> | Buffer | undefined
  /** Fills `target` with fewer copies than by `next`; `undefined` when it cannot, and then `next` has to do. */
  nextInto?(target: Uint8Array): Promise<number> | number | undefined
  /** Everything that is left. */
  all(): Promise<Buffer>
  /** Reads and forgets up to `maxBytes` undecoded bytes so that the connection can serve again; beyond, closes it. */
  drain(maxBytes: number): Promise<void>
  /** Gives the connection back; one with unread bytes on it is closed. Idempotent. */
  release(): void
  /** Closes the connection unless the body has already ended. Idempotent. */
  close(): void
  /** Bytes still to come on the wire, when the length was declared. */
  readonly lengthRemaining: number | undefined
  /** Whether nothing more will come: ended, failed, drained or closed. */
  readonly ended: boolean
  /**
   * Says what errors of whoever made the body are turned into; the first claim holds. There is one only where code of a
   * plugin runs while the body is read.
   */
  claim?(blame: (thrown: unknown) => unknown): void
  /** Whether `claim` was called; `undefined` where there is nothing to claim. */
  readonly claimed?: boolean
  /** Trailer fields, as name, value, name, value; empty until the end. */
  readonly rawTrailers: readonly string[]
}

const NO_TRAILERS: readonly string[] = []

/** Bytes that are already here. */
export class BytesSource implements BodySource {
  readonly rawTrailers: readonly string[] = NO_TRAILERS
  #bytes: Buffer | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get ended(): boolean {
    return this.#bytes === undefined
  }

  get lengthRemaining(): number {
    return this.#bytes?.length ?? 0
  }

  next(): Buffer | undefined {
    const bytes = this.#bytes
    this.#bytes = undefined
    return bytes === undefined || bytes.length === 0 ? undefined : bytes
  }

  async all(): Promise<Buffer> {
    return this.next() ?? Buffer.alloc(0)
  }

  async drain(): Promise<void> {
    this.#bytes = undefined
  }

  release(): void {
    this.#bytes = undefined
  }

  close(): void {
    this.#bytes = undefined
  }
}

const notBytes = (value: unknown): OptionsError =>
  new OptionsError(
    `a response body is made of Uint8Arrays, and a ${typeof value} came; encode text with Buffer.from`,
    {
      path: 'body',
      phase: 'body',
    },
  )

/**
 * A body that a plugin made out of an iterable, typically by transforming the one it replaces. Stopping early
 * calls the iterator's `return`, so that a generator's `finally` lets go of what it reads from.
 */
export class IterableSource implements BodySource {
  readonly rawTrailers: readonly string[] = NO_TRAILERS
  readonly lengthRemaining: number | undefined = undefined
  readonly #iterator: AsyncIterator<Uint8Array>
  #ended = false
  #blame: Blame | undefined

  constructor(iterable: AsyncIterable<Uint8Array>) {
    if (typeof iterable?.[Symbol.asyncIterator] !== 'function')
      throw new OptionsError(
        'a body is made of an async iterable: what an async generator function returns',
        {
          path: 'body',
        },
      )
    this.#iterator = iterable[Symbol.asyncIterator]()
  }

  get claimed(): boolean {
    return this.#blame !== undefined
  }

  claim(blame: Blame): void {
    this.#blame ??= blame
  }

  get ended(): boolean {
    return this.#ended
  }

  async next(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined
    try {
      const step = await this.#iterator.next()
      if (step.done !== true) {
        if (!(step.value instanceof Uint8Array)) throw notBytes(step.value)
        return Buffer.from(step.value.buffer, step.value.byteOffset, step.value.byteLength)
      }
      this.#ended = true
      return undefined
    } catch (error) {
      this.#ended = true
      throw this.#blame === undefined ? error : this.#blame(error)
    }
  }

  async all(): Promise<Buffer> {
    const chunks: Buffer[] = []
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async drain(maxBytes: number): Promise<void> {
    let left = maxBytes
    try {
      for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) {
        left -= chunk.length
        if (left < 0) {
          this.close()
          return
        }
      }
    } catch {
      // Nobody wants these bytes any more: how their source failed matters to nobody either.
    }
  }

  release(): void {
    this.close()
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    // The generator's own clean-up may fail; there is nobody left to whom its error would matter.
    void Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }
}

/**
 * A body that a plugin put in the place of another: read from above, and whatever ends it lets go of the one beneath
 * too. The plugin may have stopped reading that one early, or never have begun.
 */
export class LayeredSource implements BodySource {
  readonly #above: BodySource
  readonly #beneath: BodySource

  constructor(above: BodySource, beneath: BodySource) {
    this.#above = above
    this.#beneath = beneath
  }

  get ended(): boolean {
    return this.#above.ended
  }

  get lengthRemaining(): number | undefined {
    return this.#above.lengthRemaining
  }

  get rawTrailers(): readonly string[] {
    return this.#above.rawTrailers
  }

  async next(): Promise<Buffer | undefined> {
    let chunk: Buffer | undefined
    try {
      chunk = await this.#above.next()
      return chunk
    } finally {
      if (chunk === undefined) this.#beneath.close()
    }
  }

  async all(): Promise<Buffer> {
    try {
      return await this.#above.all()
    } finally {
      this.#beneath.close()
    }
  }

  async drain(maxBytes: number): Promise<void> {
    await this.#above.drain(maxBytes)
    await this.#beneath.drain(maxBytes)
  }

  release(): void {
    this.#above.release()
    this.#beneath.release()
  }

  close(): void {
    this.#above.close()
    this.#beneath.close()
  }
}
