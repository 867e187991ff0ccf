/** The moments of one attempt, by the clock, and what they amount to. Holds numbers only. */
import type { ResponseTimings } from '../ground/response-facts.js'
import type { ConnectTimings } from '../transport/transport.js'

/** See the file's head. */
export class AttemptTimes {
  readonly #startedAt: number
  #connect: ConnectTimings | undefined
  #leasedAt = 0
  #sentAt = 0
  #headAt = 0
  #endedAt: number | undefined

  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** A connection is here; `connect` tells what making it took, when it was made for this attempt. */
  leased(now: number, connect: ConnectTimings | undefined): void {
    this.#leasedAt = now
    this.#connect = connect
  }

  answered(now: number, sentAt: number): void {
    this.#headAt = now
    // An answer may come before the request has been sent completely.
    this.#sentAt = sentAt < this.#leasedAt ? now : sentAt
  }

  ended(now: number): void {
    this.#endedAt = now
  }

  /** The timings as far as they are known. */
  timings(): ResponseTimings {
    const connect = this.#connect
    const connecting = (connect?.dns ?? 0) + (connect?.connect ?? 0) + (connect?.tls ?? 0)
    return {
      queue: Math.max(0, this.#leasedAt - this.#startedAt - connecting),
      dns: connect?.dns,
      connect: connect?.connect,
      tls: connect?.tls,
      send: this.#sentAt - this.#leasedAt,
      wait: this.#headAt - this.#sentAt,
      receive: this.#endedAt === undefined ? undefined : this.#endedAt - this.#headAt,
    }
  }
}
