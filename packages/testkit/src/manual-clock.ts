/**
 * A clock that stands still until a test moves it.
 *
 * Everything in Rockpool that waits asks a Clock, so a test that owns the clock can let sixty seconds pass in
 * no time, and can know that exactly one timer was armed. Timers fire in order of their time and, at the same
 * time, in the order in which they were armed, as Node's do. Neighbour: the core's `transport/clock.ts`.
 */
import type { Clock, ClockTimer } from '@rockpool/core/plugin'
import { until } from './turns.js'

interface Entry {
  readonly callback: () => void
  at: number
  order: number
}

class ManualTimer implements ClockTimer {
  readonly #entry: Entry
  readonly #arm: (entry: Entry, ms: number) => void
  readonly #cancel: (entry: Entry) => void

  constructor(callback: () => void, arm: (entry: Entry, ms: number) => void, cancel: (entry: Entry) => void) {
    this.#entry = { callback, at: 0, order: 0 }
    this.#arm = arm
    this.#cancel = cancel
  }

  arm(ms: number): void {
    this.#arm(this.#entry, ms)
  }

  cancel(): void {
    this.#cancel(this.#entry)
  }
}

/** How a ManualClock starts. */
export interface ManualClockOptions {
  /** First value of `now()` in milliseconds. Default 0. */
  readonly now?: number
  /** First value of `wallNow()` in milliseconds since the epoch. Default 1 700 000 000 000, a day in November 2023. */
  readonly wallNow?: number
}

const SOME_DAY = 1_700_000_000_000

/**
 * A Clock whose time a test owns.
 *
 * @example
 * ```ts
 * const clock = new ManualClock()
 * const pool = new HTTPConnectionPool('localhost', port, { clock, timeout: { read: 5_000 } })
 * const answer = pool.request('GET', '/never')
 * await clock.armed()
 * clock.advance(5_000) // `answer` rejects with ReadTimeoutError
 * ```
 */
export class ManualClock implements Clock {
  readonly #armed = new Set<Entry>()
  #now: number
  #wallNow: number
  #orders = 0

  constructor(options: ManualClockOptions = {}) {
    this.#now = options.now ?? 0
    this.#wallNow = options.wallNow ?? SOME_DAY
  }

  /** Milliseconds; only `advance` and `advanceToNext` change them. */
  now(): number {
    return this.#now
  }

  /** Milliseconds since the epoch; moves with `now()` and may be set. */
  wallNow(): number {
    return this.#wallNow
  }

  /** Sets the wall clock, as an administrator or NTP would; timers do not notice. */
  setWallNow(epochMs: number): void {
    this.#wallNow = epochMs
  }

  timer(callback: () => void): ClockTimer {
    return new ManualTimer(
      callback,
      (entry, ms) => this.#arm(entry, ms),
      (entry) => this.#armed.delete(entry),
    )
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#armed.size
  }

  /** Milliseconds until the next timer fires; `undefined` when none is armed. */
  get untilNext(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.at - this.#now
  }

  /**
   * Lets `ms` milliseconds pass. Each timer that falls due fires with `now()` at its own time, those armed by
   * a callback included. Throws a RangeError when `ms` is negative or not a number.
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`time does not go back: advance(${ms})`)
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) this.#fire(next)
    this.#moveTo(end)
  }

  /** Moves to the next timer and fires it, and whatever else is due then. False when none is armed. */
  advanceToNext(): boolean {
    const wait = this.untilNext
    if (wait === undefined) return false
    this.advance(wait)
    return true
  }

  /**
   * Resolves once at least `count` timers are armed (default 1), polling turns of the event loop: code under test
   * often arms its timer only after a socket has connected. Throws as `until` does.
   */
  async armed(count = 1): Promise<void> {
    await until(() => this.pending >= count, { what: `${count} armed timer${count === 1 ? '' : 's'}` })
  }

  #arm(entry: Entry, ms: number): void {
    entry.at = this.#now + Math.max(0, ms)
    entry.order = this.#orders++
    this.#armed.add(entry)
  }

  #next(): Entry | undefined {
    let next: Entry | undefined
    for (const entry of this.#armed) {
      if (next === undefined || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) {
        next = entry
      }
    }
    return next
  }

  #fire(entry: Entry): void {
    this.#moveTo(Math.max(entry.at, this.#now))
    this.#armed.delete(entry)
    entry.callback()
  }

  #moveTo(time: number): void {
    this.#wallNow += time - this.#now
    this.#now = time
  }
}
