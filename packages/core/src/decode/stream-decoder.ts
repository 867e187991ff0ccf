// Decodes a body while it is read: one link per coding, each pulling from the one that was applied after it.
//
// Rule: a failure anywhere frees every link and is what all further reads fail with; a failure of the source passes
// through as it is, since a broken connection is not broken data. An end is reported only after every link has found
// its own end in order.
//
// Neighbours: coding-link.ts is one link; decode-whole.ts uses this for bodies too large to decode at once.
// Must not know: HTTP responses, connections.
import { DecodeError } from '../ground/errors.js'
import { type ChunkSource, CodingLink } from './coding-link.js'
import type { Coding } from './content-codings.js'

/** Bounds on what a body may decode to. */
export interface DecodeLimits {
  /** Decoded bytes, beyond which reading fails with `BodyTooLarge`. Default none. */
  readonly maxDecodedBytes?: number | undefined
}

interface Waiting {
  readonly resolve: (chunk: Buffer | undefined) => void
  readonly reject: (reason: unknown) => void
}

/** See the file's head. Reads do not overlap. */
export class StreamDecoder {
  readonly #links: readonly CodingLink[]
  readonly #last: CodingLink
  #waiting: Waiting | undefined
  #ended = false
  #failed = false
  #failure: unknown

  /**
   * @param codings as `contentCodings` gives them; at least one
   * @param source gives the coded chunks; `undefined` is the end. It is called only when a read needs more.
   */
  constructor(codings: readonly Coding[], limits: DecodeLimits, source: ChunkSource) {
    const links: CodingLink[] = []
    let upstream = source
    for (let index = codings.length - 1; index >= 0; index -= 1) {
      const link = new CodingLink(codings[index] as Coding, upstream, linkLimit(limits, index))
      upstream = () => link.read()
      links.push(link)
    }
    this.#links = links
    this.#last = links.at(-1) as CodingLink
  }

  /**
   * The next decoded chunk, of 1 to 65 536 bytes; `undefined` at the end.
   *
   * @throws DecodeError when the data is broken or cut short; BodyTooLarge beyond `maxDecodedBytes`; whatever the source
   * fails with
   */
  read(): Promise<Buffer | undefined> {
    return new Promise(this.#start)
  }

  /** Frees the native decoders at once. A waiting read, and every later one, fails unless the end had been reached. */
  destroy(): void {
    if (this.#ended || this.#failed) return
    this.#fail(new DecodeError('decoding was stopped before the end of the body', { phase: 'decode' }))
  }

  readonly #start = (resolve: Waiting['resolve'], reject: Waiting['reject']): void => {
    if (this.#waiting !== undefined) {
      reject(new Error('a read of this body is already waiting; one at a time'))
    } else if (this.#failed) {
      reject(this.#failure)
    } else if (this.#ended) {
      resolve(undefined)
    } else {
      this.#waiting = { resolve, reject }
      this.#last.read().then(this.#deliver, this.#fail)
    }
  }

  readonly #deliver = (chunk: Buffer | undefined): void => {
    if (this.#failed) return
    const waiting = this.#waiting
    this.#waiting = undefined
    if (chunk === undefined) this.#ended = true
    waiting?.resolve(chunk)
  }

  readonly #fail = (reason: unknown): void => {
    if (this.#failed) return
    this.#failed = true
    this.#failure = reason
    for (const link of this.#links) link.destroy()
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(reason)
  }
}

/**
 * What a link may give. The last gives the body itself. One before it gives coded data, which in earnest is hardly
 * larger than the body; unbounded, it would be a way to burn CPU time on a body that ends up small.
 */
export function linkLimit(limits: DecodeLimits, index: number): number {
  const max = limits.maxDecodedBytes ?? Number.POSITIVE_INFINITY
  return index === 0 ? max : 2 * max + 65_536
}
