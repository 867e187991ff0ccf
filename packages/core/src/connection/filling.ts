/**
 * Reading a body into memory that its reader brings along.
 *
 * One at a time: `begin` with what is there already, `take` as bytes arrive, `end` when no more will. Bytes are copied, out of the
 * buffer that every socket reads into: to let the kernel write into memory of the caller's would be to trust that the caller does
 * not give it away meanwhile. What arrives and does not fit is put aside, in the same memory each time.
 */

/** No single read brings more than this. */
const ASIDE_BYTES = 65_536

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
    this.#aside ??= Buffer.allocUnsafeSlow(ASIDE_BYTES)
    chunk.copy(this.#aside, 0, start, end)
    return this.#aside.subarray(0, end - start)
  }
}
