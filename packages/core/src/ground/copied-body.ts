// A large body in memory, copied when the call was made, whose memory is used again after the call.
//
// Rule: the memory goes back only when the call is over, every write of it has been taken by the kernel, and nobody outside
// the core was ever shown the body. Whoever asks a request for its body may keep it, so asking alone rules the reuse out; a
// write that was cut off or failed does too, because it may still be under way. Whatever is in doubt is left to the garbage
// collector, which costs time and nothing else.
//
// Neighbours: body.ts makes it for calls, request.ts tells when it is shown, the sender tells how writing it goes.

import type { Body } from './body-value.js'
import { giveBackMemory, takeMemory } from './copy-shelf.js'
import { UnrewindableBodyError } from './errors.js'

/** See the file's head. */
export class CopiedBody implements Body {
  readonly kind = 'bytes' as const
  readonly length: number
  readonly replayable = true as const
  readonly contentType: undefined = undefined
  #memory: Buffer | undefined
  #bytes: Uint8Array | undefined
  #used = false
  #shown = false
  #sends = 0

  /** Copies `bytes`. */
  constructor(bytes: Uint8Array) {
    const memory = takeMemory(bytes.byteLength)
    memory.set(bytes)
    this.length = bytes.byteLength
    this.#memory = memory
    this.#bytes = memory.subarray(0, bytes.byteLength)
  }

  /**
   * The whole content.
   *
   * @throws {UnrewindableBodyError} the call is over, and nobody had asked for its body before
   */
  get bytes(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes
    throw new UnrewindableBodyError('the call that this body belongs to is over: ask for it while it runs', {
      phase: 'send',
    })
  }

  get used(): boolean {
    return this.#used
  }

  open(): Iterable<Uint8Array> {
    this.#used = true
    return [this.bytes]
  }

  /** Somebody outside the core gets to see the body and may keep it: its memory stays its own. */
  shown(): void {
    this.#shown = true
  }

  /** Its bytes are about to be written. */
  sending(): void {
    this.#sends += 1
  }

  /** All that was written since `sending` has been taken. Not called for a write that failed or was given up. */
  sent(): void {
    this.#sends -= 1
  }

  /** The call is over. */
  dispose(): void {
    const memory = this.#memory
    if (memory === undefined || this.#shown || this.#sends !== 0) return
    this.#memory = undefined
    this.#bytes = undefined
    giveBackMemory(memory)
  }
}
