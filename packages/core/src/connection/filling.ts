/**
 * Reading a body into memory that its reader brings along.
 *
 * One at a time: `begin` with what is there already, `take` as bytes arrive, `end` when no more will. Bytes are copied, out of
 * memory that every such read shares: to let the kernel write into memory of the caller's would be to trust that the caller does
 * not give it away meanwhile. A read is cut to what still fits, so that nothing has to be copied twice; what arrives although nobody
 * asked is put aside, in the same memory each time.
 */
import { freshMemory } from '../ground/fresh-memory.js'

/** What is put aside is one read that nobody had asked for, which brings no more than this. */
const ASIDE_BYTES = 65_536

/** One read takes at most this much. */
const LANDING_BYTES = 131_072

/** Reads are not cut for a smaller memory: it is filled from what is put aside, with fewer of them. */
const CUT_BYTES = 16_384

/** Made when first needed, and shared because whoever reads copies in the same turn. */
let landing: Buffer | undefined

interface Present {
  readonly target: Uint8Array
  filled: number
  readonly resolve: (bytes: number) => void
  readonly reject: (error: unknown) => void
}

/** See the file's head. */
export class Filling {
  #present: Present | undefined
  #aside: Buffer | undefined

  /** Whether somebody waits for its memory to be filled. */
  get waiting(): boolean {
    return this.#present !== undefined
  }

  /** Waits for the rest of `target`, whose first `filled` bytes are there. */
  begin(target: Uint8Array, filled: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#present = { target, filled, resolve, reject }
    })
  }

  /** Where the next read should land, so that all of it fits; `undefined` where that does not matter. */
  landing(): Buffer | undefined {
    const present = this.#present
    if (present === undefined || present.target.length < CUT_BYTES) return undefined
    landing ??= Buffer.allocUnsafeSlow(LANDING_BYTES)
    const room = present.target.length - present.filled
    return room < LANDING_BYTES ? landing.subarray(0, room) : landing
  }

  /** Copies what fits and says how much that was. A memory that is full is nobody's any more: then nobody waits. */
  take(chunk: Buffer, start: number, end: number): number {
    const present = this.#present as Present
    const { target, filled } = present
    const taken = chunk.copy(target, filled, start, Math.min(end, start + target.length - filled))
    present.filled += taken
    if (present.filled === target.length) this.end(undefined)
    return taken
  }

  /** No more comes. An error is for the next call when this one has got anything. */
  end(failure: { readonly error: unknown } | undefined): void {
    const present = this.#present
    this.#present = undefined
    if (present === undefined) return
    if (failure !== undefined && present.filled === 0) present.reject(failure.error)
    else present.resolve(present.filled)
  }

  /** A copy of a piece, lent until the next call; `undefined` when it is more than one read can bring. */
  putAside(chunk: Buffer, start: number, end: number): Buffer | undefined {
    if (end - start > ASIDE_BYTES) return undefined
    this.#aside ??= freshMemory(ASIDE_BYTES)
    chunk.copy(this.#aside, 0, start, end)
    return this.#aside.subarray(0, end - start)
  }
}
