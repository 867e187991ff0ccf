/**
 * An exchange as plugins get it: what `ExchangeView` promises, to be read and nothing else.
 *
 * The exchange itself has methods that end it and fields that the loop writes. A plugin in JavaScript that assigned to one by
 * mistake made a call that never settles. Made when a plugin first looks, once per call: it is the key of a plugin's memory.
 */
import type { HistoryEntry } from '../ground/history.js'
import type { ExchangeView } from '../hooks/contexts.js'

/** See the file's head. */
export class NarrowView implements ExchangeView {
  readonly #of: ExchangeView

  constructor(of: ExchangeView) {
    this.#of = of
    Object.freeze(this)
  }

  get id(): number {
    return this.#of.id
  }

  get method(): string {
    return this.#of.method
  }

  get url(): string {
    return this.#of.url
  }

  get attempt(): number {
    return this.#of.attempt
  }

  get history(): readonly HistoryEntry[] {
    return this.#of.history
  }

  get signal(): AbortSignal | undefined {
    return this.#of.signal
  }

  get options(): Readonly<Record<string, unknown>> {
    return Object.freeze(this.#of.options)
  }

  get startedAt(): number {
    return this.#of.startedAt
  }

  get timeLeft(): number | undefined {
    return this.#of.timeLeft
  }

  get outcome(): ExchangeView['outcome'] {
    return this.#of.outcome
  }

  get status(): number | undefined {
    return this.#of.status
  }

  get error(): unknown {
    return this.#of.error
  }
}
