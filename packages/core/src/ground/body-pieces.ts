// The body of a response as an async iterator: what `for await` and `stream()` go through.
//
// Rule: it behaves as an async generator does. Steps asked for while one is under way are taken in order, an error ends it, and
// leaving it early closes the response; so does ending it before its first step, where a generator would not run its `finally`.
//
// Written out for two reasons. A generator makes three promises more for every piece. And one whose `return` is laid over outlives
// V8's young collections with all that it refers to: a buffer for each response was kept until the next full collection.
//
// Neighbours: response.ts makes it. Must not know: where pieces come from.

import { retraced } from './retraced.js'

type Step = IteratorResult<Buffer, void>

/** See the file's head. */
export class BodyPieces implements AsyncGenerator<Buffer, void, undefined> {
  readonly #read: () => Promise<Buffer | undefined> | Buffer | undefined
  readonly #close: () => void
  #over = false
  /** How many steps are under way or wait for it, and the last of them. */
  #open = 0
  #last: Promise<Step> | undefined

  /** `read` gives the next piece, `undefined` or an empty one at the end; `close` is called once nothing more is read. */
  constructor(read: () => Promise<Buffer | undefined> | Buffer | undefined, close: () => void) {
    this.#read = read
    this.#close = close
  }

  next(): Promise<Step> {
    this.#open += 1
    const step = this.#last === undefined ? this.#step() : this.#last.then(this.#step, this.#step)
    if (this.#open > 0) this.#last = step
    return step
  }

  async return(value?: void | PromiseLike<void>): Promise<IteratorReturnResult<void>> {
    this.#end()
    await this.#last?.catch(() => undefined)
    return { value: await value, done: true }
  }

  async throw(error: unknown): Promise<IteratorReturnResult<void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  readonly #step = (): Promise<Step> => {
    if (this.#over) return Promise.resolve(this.#taken(undefined))
    const piece = this.#read()
    return piece instanceof Promise
      ? piece.then(this.#taken, this.#failed)
      : Promise.resolve(this.#taken(piece))
  }

  readonly #taken = (piece: Buffer | undefined): Step => {
    this.#settled()
    if (piece !== undefined && piece.length > 0) return { value: piece, done: false }
    this.#end()
    return { value: undefined, done: true }
  }

  readonly #failed = (error: unknown): never => {
    this.#settled()
    this.#end()
    throw retraced(error)
  }

  #settled(): void {
    this.#open -= 1
    if (this.#open === 0) this.#last = undefined
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#close()
  }
}
