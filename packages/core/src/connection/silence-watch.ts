/**
 * How long the peer may be silent, measured by one timer per connection that is re-armed and never re-made.
 *
 * When it fires the event loop may have been blocked for longer than the peer was silent: bytes that lie ready in
 * the kernel are only seen by the poll that follows the timers. So it lets the loop poll once more, and only if
 * there is still nothing is the peer silent.
 */
import type { Clock, ClockTimer } from '../transport/clock.js'

/** See the file's head. */
export class SilenceWatch {
  readonly #timer: ClockTimer
  readonly #onSilent: () => void
  /** Whether it is us who do not read: then nobody is silent. */
  paused = false
  #watching = false
  #generation = 0

  constructor(clock: Clock, onSilent: () => void) {
    this.#onSilent = onSilent
    this.#timer = clock.timer(this.#onTimer)
  }

  /** Something came, or is now waited for: the time starts over, unless we do not read. */
  restart(ms: number | undefined): void {
    if (this.paused) return
    this.#generation += 1
    this.#watching = ms !== undefined
    if (ms !== undefined) this.#timer.arm(ms)
  }

  /** Nothing is waited for. The timer is left to run out by itself: cheaper than cancelling it each time. */
  rest(): void {
    this.#watching = false
  }

  /** The end. */
  cancel(): void {
    this.#watching = false
    this.#timer.cancel()
  }

  readonly #onTimer = (): void => {
    if (!this.#watching) return
    const generation = this.#generation
    setImmediate(() => {
      if (this.#watching && this.#generation === generation) this.#onSilent()
    })
  }
}
