// Memory that one call has copied a body into and the next may use again.
//
// Rule: a megabyte that is allocated anew costs ten to thirty times as much as copying into it: its pages are faulted in one by
// one, and it counts towards the next full garbage collection. So large copies come from here and go back. The shelf holds
// what was given back only weakly: a collection takes it, and an idle process keeps nothing, without any timer.
//
// Neighbours: copied-body.ts says when memory is nobody's any more, file-chunks.ts reads into it. Must not know: bodies.

import { MAX_SHELVED_COPIES } from './limits.js'

const shelf: WeakRef<Buffer>[] = []

/** Memory of at least `size` bytes, with whatever was in it before. */
export function takeMemory(size: number): Buffer {
  const capacity = 2 ** Math.ceil(Math.log2(size))
  for (let index = shelf.length - 1; index >= 0; index--) {
    const memory = (shelf[index] as WeakRef<Buffer>).deref()
    if (memory !== undefined && memory.length !== capacity) continue
    shelf.splice(index, 1)
    if (memory !== undefined) return memory
  }
  return Buffer.allocUnsafeSlow(capacity)
}

/** Gives back what `takeMemory` gave. Nobody may read or write it any more, the kernel included. */
export function giveBackMemory(memory: Buffer): void {
  if (shelf.length === MAX_SHELVED_COPIES) shelf.shift()
  shelf.push(new WeakRef(memory))
}
