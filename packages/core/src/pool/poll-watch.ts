/**
 * One look at the kernel before idle connections are used again: after the next poll of the event loop, bytes and ends that
 * had been waiting have been told. See turn.ts for why.
 */

/** See the file's head. */
export class PollWatch {
  readonly #onPolled: () => void
  #waiting = false
  #polled = false

  /** `onPolled` runs right behind the poll; only while it runs is `polled` true. */
  constructor(onPolled: () => void) {
    this.#onPolled = onPolled
  }

  get polled(): boolean {
    return this.#polled
  }

  /** Asks for a look; several askers share one. */
  start(): void {
    if (this.#waiting) return
    this.#waiting = true
    setImmediate(() => {
      this.#waiting = false
      this.#polled = true
      try {
        this.#onPolled()
      } finally {
        this.#polled = false
      }
    })
  }
}
