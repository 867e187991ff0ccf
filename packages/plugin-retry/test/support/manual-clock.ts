// Time that stands still until a test moves it. Timers fire in order of their due times, exactly then.
import type { Clock, ClockTimer } from '@rockpool/core/plugin'

interface Armed {
  readonly due: number
  readonly fire: () => void
}

export class ManualClock implements Clock {
  /** Wall time at monotonic 0: Tue, 01 Jan 2030 00:00:00 GMT. */
  static readonly epoch: number = Date.UTC(2030, 0, 1)
  #now = 0
  readonly #armed = new Set<Armed>()

  now(): number {
    return this.#now
  }

  wallNow(): number {
    return ManualClock.epoch + this.#now
  }

  timer(callback: () => void): ClockTimer {
    let armed: Armed | undefined
    const cancel = (): void => {
      if (armed !== undefined) this.#armed.delete(armed)
      armed = undefined
    }
    return {
      cancel,
      arm: (ms) => {
        cancel()
        armed = { due: this.#now + ms, fire: callback }
        this.#armed.add(armed)
      },
    }
  }

  /** Moves time on, firing what becomes due. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#fire(next)
    this.#now = end
  }

  /** Lets a call run to its end: whenever nothing else happens, time jumps to the next timer. */
  async settle<T>(call: Promise<T>): Promise<T> {
    let over = false
    call.then(
      () => (over = true),
      () => (over = true),
    )
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (over) return call
      const next = this.#next()
      if (next === undefined) throw new Error('the call waits for something that is not a timer')
      this.#fire(next)
    }
  }

  #next(): Armed | undefined {
    let next: Armed | undefined
    for (const armed of this.#armed) if (next === undefined || armed.due < next.due) next = armed
    return next
  }

  #fire(armed: Armed): void {
    this.#armed.delete(armed)
    this.#now = armed.due
    armed.fire()
  }
}
