/**
 * Idle connections, newest on top, each with the moment at which it is too old.
 *
 * One timer for the whole stack closes what has been idle too long. Connections that stay idle beyond the turn
 * in which they came stop keeping the process alive.
 */
import type { Connection } from '../connection/connection.js'
import type { CloseReason } from '../connection/connection-roles.js'
import type { Clock, ClockTimer } from '../transport/clock.js'
import type { PoolSettings } from './pool-settings.js'
import { currentTurn, noteIdle, type TurnIdler } from './turn.js'

/** A server's `Keep-Alive: timeout` hint is cut by this much, so that we close before it does. */
const HINT_MARGIN_MS = 1_000

/** Of no turn that ever was. */
const NO_TURN = -1

/** See the file's head. */
export class IdleStack implements TurnIdler {
  readonly #clock: Clock
  readonly #close: (connection: Connection, reason: CloseReason) => void
  readonly #stack: Connection[] = []
  readonly #timer: ClockTimer
  /** When the timer will fire. */
  #due = Number.POSITIVE_INFINITY
  #noted = false

  constructor(clock: Clock, close: (connection: Connection, reason: CloseReason) => void) {
    this.#clock = clock
    this.#close = close
    this.#timer = clock.timer(() => this.#closeExpired())
  }

  get size(): number {
    return this.#stack.length
  }

  get top(): Connection | undefined {
    return this.#stack[this.#stack.length - 1]
  }

  /** Whether the newest became idle in the present turn of the event loop. */
  get topIsOfThisTurn(): boolean {
    return this.top?.idleTurn === currentTurn()
  }

  /** Whether the newest was never to be kept at all; needs no clock. */
  get topIsBornExpired(): boolean {
    const { top } = this
    return top !== undefined && top.expiresAt <= top.idleSince
  }

  topExpired(now: number): boolean {
    const { top } = this
    return top !== undefined && top.expiresAt <= now
  }

  /** `late`: the response ended in an earlier turn, since when nobody has looked for news in the kernel. */
  push(connection: Connection, settings: PoolSettings, late: boolean): void {
    const now = this.#clock.now()
    connection.idleSince = now
    connection.expiresAt = expiry(connection, settings, now)
    this.#stack.push(connection)
    if (late) {
      connection.idleTurn = NO_TURN
      connection.transport.unref()
    } else {
      connection.idleTurn = currentTurn()
      if (!this.#noted) {
        this.#noted = true
        noteIdle(this)
      }
    }
    if (connection.expiresAt < this.#due) this.#armTimer(now)
  }

  pop(): Connection | undefined {
    const connection = this.#stack.pop()
    if (connection !== undefined && connection.idleTurn !== currentTurn()) connection.transport.ref()
    return connection
  }

  remove(connection: Connection): void {
    const index = this.#stack.lastIndexOf(connection)
    if (index >= 0) this.#stack.splice(index, 1)
    if (this.#stack.length === 0) this.#disarmTimer()
  }

  closeAll(reason: CloseReason): void {
    for (const connection of [...this.#stack]) this.#close(connection, reason)
    this.#disarmTimer()
  }

  onTurnEnd(endedTurn: number): void {
    this.#noted = false
    // Those of the ended turn lie on top; late ones may lie between them.
    for (let index = this.#stack.length - 1; index >= 0; index -= 1) {
      const connection = this.#stack[index]
      if (connection?.idleTurn === endedTurn) connection.transport.unref()
      else if (connection?.idleTurn !== NO_TURN) return
    }
  }

  #armTimer(now: number): void {
    let earliest = Number.POSITIVE_INFINITY
    for (const connection of this.#stack) earliest = Math.min(earliest, connection.expiresAt)
    if (earliest === Number.POSITIVE_INFINITY) return
    this.#due = earliest
    this.#timer.arm(Math.max(1, Math.ceil(earliest - now)))
  }

  #disarmTimer(): void {
    if (this.#due === Number.POSITIVE_INFINITY) return
    this.#due = Number.POSITIVE_INFINITY
    this.#timer.cancel()
  }

  #closeExpired(): void {
    this.#due = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    for (const connection of [...this.#stack]) {
      if (connection.expiresAt <= now) this.#close(connection, 'idle too long')
    }
    if (this.#stack.length > 0) this.#armTimer(now)
  }
}

function expiry(connection: Connection, settings: PoolSettings, now: number): number {
  let keep = settings.keepAliveTimeout
  if (connection.keepAliveHint !== undefined) {
    keep = Math.min(keep, Math.max(0, connection.keepAliveHint - HINT_MARGIN_MS))
  }
  const { maxLifetime } = settings
  const idleEnd = now + keep
  return maxLifetime === undefined ? idleEnd : Math.min(idleEnd, connection.openedAt + maxLifetime)
}
