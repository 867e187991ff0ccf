/**
 * The right to use one connection for one exchange. Given back exactly once, whoever calls how often.
 */
import type { Connection } from '../connection/connection.js'

/** Takes a connection back. */
export interface Lessor {
  takeBack(lease: Lease, reusable: boolean, error: unknown): void
}

/** See the file's head. */
export class Lease {
  readonly connection: Connection
  /** Whether the connection had served before this lease. */
  readonly reused: boolean
  /** Who holds the lease; handed on to the release hook. */
  readonly holder: unknown
  /** Whether the exchange ended before and somebody kept the connection since. */
  held = false
  readonly #lessor: Lessor
  #released = false

  constructor(connection: Connection, holder: unknown, lessor: Lessor) {
    this.connection = connection
    this.reused = connection.uses > 0
    this.holder = holder
    this.#lessor = lessor
  }

  get released(): boolean {
    return this.#released
  }

  /** Gives the connection back; only a `reusable` one can be pooled. Later calls do nothing. */
  release(reusable: boolean, error: unknown): void {
    if (this.#released) return
    this.#released = true
    this.#lessor.takeBack(this, reusable, error)
  }
}
