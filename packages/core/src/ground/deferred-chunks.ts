// The chunks of a body that is yet to be made by a function.
//
// Rule: giving up at any moment ends what is there by then: the body that was made, or the one that the function still brings.
// Not a generator, whose `return` would wait for a pending `next` first.
//
// Neighbours: body.ts makes it. Must not know: kinds of bodies.

import type { Body } from './body-value.js'

type Chunks = AsyncIterator<Uint8Array> | Iterator<Uint8Array>

/** See the file's head. */
export class DeferredChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #make: () => Promise<Body>
  #chunks: Promise<Chunks | undefined> | undefined
  #opened: Chunks | undefined
  #over = false

  constructor(make: () => Promise<Body>) {
    this.#make = make
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#over) return { done: true, value: undefined }
    this.#chunks ??= this.#open()
    const chunks = await this.#chunks
    const step = await chunks?.next()
    return step === undefined || step.done === true ? { done: true, value: undefined } : step
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#over = true
    await this.#opened?.return?.()
    return { done: true, value: undefined }
  }

  async #open(): Promise<Chunks | undefined> {
    const body = await this.#make()
    if (this.#over) {
      body.dispose()
      return undefined
    }
    const opened = body.open()
    this.#opened = Symbol.asyncIterator in opened ? opened[Symbol.asyncIterator]() : opened[Symbol.iterator]()
    return this.#opened
  }
}
