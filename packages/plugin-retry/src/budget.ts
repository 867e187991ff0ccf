// How many retries an origin can be asked to bear: a share of the calls of the last ten seconds, plus a floor.
//
// Why: each call may be entitled to three retries, but when an origin fails for everybody, four times the load is the last
// thing it needs. A call pays `ratio` tokens in, a retry takes one out, tokens die after ten seconds so that a long healthy
// time does not pay for a storm, and `minPerSecond` keeps quiet origins out of it. Per origin and per pool or manager.
// (Finagle's RetryBudget and tower's TpsBudget work alike.)
//
// Neighbours: retry.ts pays and takes. Must not know: what is retried.

import type { Clock } from '@rockpool/core/plugin'

/** How much of a pool's traffic may be retries. */
export interface BudgetOptions {
  /** Retries per call; 0.2 allows one for every five calls. Default 0.2. */
  readonly ratio: number
  /** Retries a second that are allowed however few calls there are. Default 100. */
  readonly minPerSecond: number
}

/** What `inspect()` shows of one origin. */
export interface BudgetInspection {
  /** Calls of the last ten seconds. */
  readonly calls: number
  /** Retries of the last ten seconds. */
  readonly retries: number
  /** Retries that could be made at this moment. */
  readonly available: number
  /** Retries not made for want of budget, since the pool was made. */
  readonly refused: number
}

const SLOTS = 10
const SLOT_MS = 1000
/** More origins than any manager keeps pools for; beyond it those that are quiet are forgotten. */
const MAX_ORIGINS = 1000
// Shares such as 0.2 are no binary fractions: five of them must make one.
const EPSILON = 1e-9

/** The budgets of one pool or manager, by origin. */
export class RetryBudget {
  readonly options: BudgetOptions
  readonly #clock: Clock
  readonly #windows = new Map<string, Window>()

  constructor(options: BudgetOptions, clock: Clock) {
    this.options = options
    this.#clock = clock
  }

  /** A call's first attempt at an origin has come to its end. */
  payIn(origin: string): void {
    this.#window(origin).calls.add(1)
  }

  /** Takes one retry out; false when there is none to take. */
  take(origin: string): boolean {
    const window = this.#window(origin)
    if (this.#available(window) < 1 - EPSILON) {
      window.refused += 1
      return false
    }
    window.retries.add(1)
    return true
  }

  /** Plain data for `inspect()`. */
  inspect(): Record<string, BudgetInspection> {
    const shown: Record<string, BudgetInspection> = {}
    for (const [origin, window] of this.#windows) {
      window.advance(this.#second())
      shown[origin] = {
        calls: window.calls.sum,
        retries: window.retries.sum,
        available: Math.max(0, Math.floor(this.#available(window) + EPSILON)),
        refused: window.refused,
      }
    }
    return shown
  }

  #available({ calls, retries }: Window): number {
    const { ratio, minPerSecond } = this.options
    return ratio * calls.sum + minPerSecond * SLOTS - retries.sum
  }

  #window(origin: string): Window {
    const second = this.#second()
    let window = this.#windows.get(origin)
    if (window === undefined) {
      if (this.#windows.size >= MAX_ORIGINS) this.#forgetQuiet(second)
      window = new Window()
      this.#windows.set(origin, window)
    }
    window.advance(second)
    return window
  }

  #forgetQuiet(second: number): void {
    for (const [origin, window] of this.#windows) {
      window.advance(second)
      if (window.calls.sum === 0 && window.retries.sum === 0) this.#windows.delete(origin)
    }
    const oldest = this.#windows.keys().next()
    if (this.#windows.size >= MAX_ORIGINS && oldest.done !== true) this.#windows.delete(oldest.value)
  }

  #second(): number {
    return Math.floor(this.#clock.now() / SLOT_MS)
  }
}

/** Two tallies over the same ten seconds. */
class Window {
  readonly calls = new Tally()
  readonly retries = new Tally()
  refused = 0
  #second = 0

  advance(second: number): void {
    const passed = Math.min(SLOTS, second - this.#second)
    this.#second = second
    for (let i = 0; i < passed; i++) {
      this.calls.shift()
      this.retries.shift()
    }
  }
}

/** A sum over the last ten seconds, in slots of one. */
class Tally {
  sum = 0
  readonly #slots: number[] = new Array<number>(SLOTS).fill(0)
  #at = 0

  add(count: number): void {
    this.#slots[this.#at] = (this.#slots[this.#at] ?? 0) + count
    this.sum += count
  }

  shift(): void {
    this.#at = (this.#at + 1) % SLOTS
    this.sum -= this.#slots[this.#at] ?? 0
    this.#slots[this.#at] = 0
  }
}
