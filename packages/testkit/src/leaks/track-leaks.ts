/**
 * Nothing may be left over: sockets, handles, timers, listeners, warnings, rejections nobody handled.
 *
 * A reading before, a reading after, and patience in between: a closed socket takes some turns of the event loop to
 * go, so the comparison is repeated for a bounded number of turns and fails with a list of what stayed. For use around
 * one test or a whole file, in any test runner. Neighbours: gauges.ts, timer-watch.ts.
 */
import { until } from '../turns.js'
import { type Gauges, readGauges } from './gauges.js'
import { TimerWatch } from './timer-watch.js'

/** What to watch besides the process. */
export interface TrackLeaksOptions {
  /** Signals whose `abort` listeners must all be gone in the end. */
  readonly signals?: readonly AbortSignal[]
  /** Whether timers count, unreferenced ones too. Default `true`. */
  readonly timers?: boolean
  /** Turns of the event loop to wait for everything to go. Default 20 000, some 100 ms. */
  readonly turns?: number
}

/** A running watch. */
export interface LeakTracker extends Disposable {
  /** Watches the `abort` listeners of one more signal. */
  watch(signal: AbortSignal): void
  /**
   * Waits until everything is as it was, then stops watching. Throws a LeakError that lists what is left over, or
   * what happened: warnings, rejections without a handler, exceptions nobody caught.
   */
  assertNone(): Promise<void>
  /** Stops watching without a verdict. */
  stop(): void
}

/** Something was left over. */
export class LeakError extends Error {
  override readonly name = 'LeakError'
  /** One line for each finding. */
  readonly findings: readonly string[]

  constructor(findings: readonly string[]) {
    super(`left over:\n${findings.map((finding) => `  ${finding}`).join('\n')}`)
    this.findings = findings
  }
}

const MOST_TURNS_TO_GO = 20_000

const brief = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : String(value)

class Tracker implements LeakTracker {
  readonly #signals: AbortSignal[]
  readonly #turns: number
  readonly #before: Gauges
  readonly #timers: TimerWatch | undefined
  readonly #events: string[] = []

  constructor({ signals = [], timers = true, turns = MOST_TURNS_TO_GO }: TrackLeaksOptions) {
    this.#signals = [...signals]
    this.#turns = turns
    this.#before = readGauges(this.#signals)
    this.#timers = timers ? new TimerWatch() : undefined
    process.on('warning', this.#onWarning)
    process.on('unhandledRejection', this.#onRejection)
    process.on('uncaughtExceptionMonitor', this.#onException)
  }

  watch(signal: AbortSignal): void {
    this.#signals.push(signal)
  }

  async assertNone(): Promise<void> {
    try {
      // Two turns at least: a rejection is known to be unhandled only after the turn it happened in.
      let turn = 0
      await until(() => ++turn > 2 && this.#leftOver().length === 0, { turns: this.#turns })
    } catch {
      throw new LeakError([...this.#leftOver(), ...this.#events])
    } finally {
      this.stop()
    }
    if (this.#events.length > 0) throw new LeakError(this.#events)
  }

  stop(): void {
    this.#timers?.stop()
    process.off('warning', this.#onWarning)
    process.off('unhandledRejection', this.#onRejection)
    process.off('uncaughtExceptionMonitor', this.#onException)
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #leftOver(): string[] {
    const findings: string[] = []
    for (const [name, value] of readGauges(this.#signals)) {
      const before = this.#before.get(name) ?? 0
      if (value > before) findings.push(`${name}: ${before} before, ${value} now`)
    }
    return [...findings, ...(this.#timers?.alive ?? []).map((place) => `a timer made at ${place}`)]
  }

  readonly #onWarning = (warning: Error): void => {
    this.#events.push(`warning: ${brief(warning)}`)
  }

  readonly #onRejection = (reason: unknown): void => {
    this.#events.push(`unhandled rejection: ${brief(reason)}`)
  }

  readonly #onException = (error: unknown): void => {
    this.#events.push(`uncaught exception: ${brief(error)}`)
  }
}

/**
 * Starts watching. Signals given here count from their present number of listeners, those given to `watch` from none.
 *
 * @example
 * ```ts
 * const leaks = trackLeaks({ signals: [controller.signal] })
 * await pool.request('GET', '/', { signal: controller.signal })
 * await pool.close()
 * await leaks.assertNone()
 * ```
 */
export function trackLeaks(options: TrackLeaksOptions = {}): LeakTracker {
  return new Tracker(options)
}
