/**
 * Keeps the beginning of a head or trailer section whose rest has not come yet.
 *
 * Rule: linear in the bytes appended, however small the pieces: the store doubles, nothing is shifted or joined. The caller
 * bounds what it appends, since only it knows the limit. Nothing is allocated until a section really arrives in pieces, and a
 * store larger than `KEPT` is given back afterwards, so idle connections hold next to nothing.
 * Neighbours: codec.ts, chunked.ts. Must not know: lines.
 */

/** The first store: most heads fit. */
const FIRST = 1_024
/** The largest store kept for the next message. */
const KEPT = 4_096
const EMPTY: Buffer = Buffer.alloc(0)

/** A growing store of bytes with one owner. */
export class ReceiveBuffer {
  #store: Buffer = EMPTY
  #length = 0

  /** The bytes, valid at 0 to `length`, until the next `append`. */
  get bytes(): Buffer {
    return this.#store
  }

  /** How many bytes are kept. */
  get length(): number {
    return this.#length
  }

  /** Copies `chunk[start, end)` behind what is kept. */
  append(chunk: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start
    if (needed > this.#store.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST, needed, this.#store.length * 2))
      larger.set(this.#store.subarray(0, this.#length))
      this.#store = larger
    }
    this.#store.set(chunk.subarray(start, end), this.#length)
    this.#length = needed
  }

  /** Forgets all bytes. */
  clear(): void {
    this.#length = 0
    if (this.#store.length > KEPT) this.#store = EMPTY
  }
}
