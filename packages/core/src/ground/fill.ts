/** Filling a caller's memory from chunks, for a body that cannot do it by itself: see `BodySource.nextInto`. */

/** What `fill` came to. */
export interface Filled {
  readonly filled: number
  /** What did not fit, to be read first the next time. */
  readonly rest: Buffer | undefined
}

/** Copies the chunks that `next` brings into `target` until it is full or there are no more. */
export async function fill(
  target: Uint8Array,
  next: () => Promise<Buffer | undefined> | Buffer | undefined,
): Promise<Filled> {
  let filled = 0
  while (filled < target.length) {
    const chunk = await next()
    if (chunk === undefined) break
    const taken = chunk.copy(target, filled)
    filled += taken
    if (taken < chunk.length) return { filled, rest: chunk.subarray(taken) }
  }
  return { filled, rest: undefined }
}
