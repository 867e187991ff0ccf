/**
 * The wait for a pool to run empty: everybody who closes it with a grace waits for the same end, and the last grace
 * given is the one that counts. The timer exists only while somebody waits.
 */
import type { Clock, ClockTimer } from '../transport/clock.js'

/** See the file's head. */
export class Ending {
  readonly #clock: Clock
  readonly #onGraceOver: () => void
  #timer: ClockTimer | undefined
  #waiting: (() => void)[] = []

  constructor(clock: Clock, onGraceOver: () => void) {
    this.#clock = clock
    this.#onGraceOver = onGraceOver
  }

  /** Resolves when the pool is empty; after `graceMs` it is made so. */
  wait(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#timer ??= this.#clock.timer(this.#onGraceOver)
      this.#timer.arm(graceMs)
    })
  }

  /** The pool is empty. */
  reached(): void {
    this.#timer?.cancel()
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
