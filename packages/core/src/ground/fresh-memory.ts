// Memory for the pieces of a streamed body: new each time, because whoever gets one may keep it.
//
// Rule: what most readers soon drop must be freed by cheap collections. V8 counts memory outside its heap towards the next full
// collection, 8 MiB away in a small process, while a young one comes only when objects *in* the heap have filled the young space.
// A stream makes few objects and much memory, so that all the live objects of the process were marked again and again for buffers
// that were long dead. So before it comes to that, the young space is filled with nothing, and V8 collects it: a third of a
// millisecond instead of ten or more.
//
// Not for whole bodies: those under way outlive such collections and become old by them. And V8's statistics are asked for only when
// a collection follows, because asking alone brings full ones nearer.
//
// Neighbours: stream-buffers.ts takes its memory here, socket-transport.ts counts what Node made. Must not know: what it is for.

import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'

/** So much may be given out between two young collections: V8 begins to mark after 8 MiB, in a larger heap later. */
const LEAST_BYTES = 6_291_456
/** The share of the heap that may be given out, when that is more; V8 lets a heap grow by at least 1.1, mostly by 1.3. */
const HEAP_SHARE = 1 / 8
/** V8 begins to mark after 64 MiB however large the heap is. */
const MOST_BYTES = 33_554_432

/** A young space with more room than V8 makes by itself is a flag's doing and left alone: filling it would cost too much. */
const MOST_FILLED_BYTES = 33_554_432

/**
 * What is copied to fill. Nobody refers to the copies: while V8 marks, it takes whatever is stored anywhere for alive. And a copy by
 * `concat` is made, which an unused `new Array` is not once its code is optimised.
 */
const FILLER: readonly number[] = new Array<number>(1000).fill(0)
const FILLER_BYTES = 8_016
/** Filled beyond what is said to be free, since the ends of pages stay empty. */
const SLACK_BYTES = 65_536

let left = LEAST_BYTES

/** Memory of `size` bytes that nobody else has. Its content is whatever was there before. */
export function freshMemory(size: number): Buffer {
  countFresh(size)
  return Buffer.allocUnsafeSlow(size)
}

/** Counts memory for pieces of bodies that somebody else made. */
export function countFresh(size: number): void {
  left -= size
  if (left >= 0) return
  left = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, getHeapStatistics().used_heap_size * HEAP_SHARE))
  collectYoung()
}

function collectYoung(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  const free = young?.space_available_size ?? Number.POSITIVE_INFINITY
  if (free > MOST_FILLED_BYTES) return
  for (let bytes = free + SLACK_BYTES; bytes > 0; bytes -= FILLER_BYTES) FILLER.concat()
}
