/**
 * The connections to one origin by one way, and the callers who want them.
 *
 * Idle connections are a stack: the newest is reused first, so that a quiet pool shrinks to what it needs. The
 * policy is `assign`; this file holds the lists and performs its decisions. A connection being made belongs to
 * the pool and not to a caller: whoever is first in line gets the next one that is usable. Every caller gets
 * exactly one answer, and every connection that leaves comes back or is closed.
 *
 * It opens connections by a function it is given, and knows neither hooks nor requests.
 */
import { Connection } from '../connection/connection.js'
import type { CloseReason, ConnectionOwner } from '../connection/connection-roles.js'
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import type { ConnectProgress } from '../transport/connect-progress.js'
import type { Transport } from '../transport/transport.js'
import { type Assignment, assign, type PoolView } from './assign.js'
import { Dials, type DialsOwner } from './dials.js'
import { Ending } from './ending.js'
import { IdleStack } from './idle-stack.js'
import { inspectPool, type PoolInspection } from './inspect-pool.js'
import { Lease, type Lessor } from './lease.js'
import { PollWatch } from './poll-watch.js'
import type { PoolInit, PoolSettings } from './pool-settings.js'
import { graceOver, notUsable, poolClosed, warnSurplus } from './queue-errors.js'
import { refusal } from './return-policy.js'
import { boundWait } from './wait-bound.js'
import { type LeaseRequest, Waiter, WaiterQueue } from './waiter.js'

/** See the file's head. */
export class Pool implements PoolView, Lessor, ConnectionOwner<Connection>, DialsOwner {
  readonly origin: Origin
  readonly partition: string
  readonly forward: boolean
  readonly settings: PoolSettings
  readonly evictions: Map<CloseReason, number> = new Map()
  readonly #init: PoolInit
  readonly #clock: Clock
  readonly #connections = new Set<Connection>()
  readonly #idle: IdleStack
  readonly #waiters = new WaiterQueue()
  readonly #dials: Dials
  #opened = 0
  readonly #watch: PollWatch = new PollWatch(() => this.#assign())
  #assigning = false
  #closed = false
  #retired = false
  #warned = false
  readonly #ending: Ending

  constructor(init: PoolInit) {
    this.origin = init.origin
    this.partition = init.partition
    this.forward = init.forward
    this.settings = init.settings
    this.#init = init
    this.#clock = init.clock
    this.#dials = new Dials(init.open, this)
    this.#ending = new Ending(init.clock, () => this.#cut())
    this.#idle = new IdleStack(init.clock, (connection, reason) => connection.close(reason))
  }

  // ── the view that `assign` looks at ──────────────────────────────────────────────────────────────────────

  get waiting(): number {
    return this.#waiters.size
  }

  get wantsUnused(): boolean {
    return this.#waiters.first?.request.unused ?? false
  }

  get idle(): number {
    return this.#idle.size
  }

  get nextIsUsed(): boolean {
    return (this.#idle.top?.uses ?? 0) > 0
  }

  get nextIsExpired(): boolean {
    return this.#idle.topExpired(this.#clock.now())
  }

  get nextIsWatched(): boolean {
    return this.#watch.polled || this.#idle.topIsOfThisTurn
  }

  get open(): number {
    return this.#connections.size
  }

  get dialing(): number {
    return this.#dials.size
  }

  get maxSize(): number {
    return this.settings.maxSize
  }

  get block(): boolean {
    return this.settings.block
  }

  /** Connections opened so far. */
  get opened(): number {
    return this.#opened
  }

  get closed(): boolean {
    return this.#closed
  }

  get retired(): boolean {
    return this.#retired
  }

  // ── callers ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Asks for a connection. Answered at once when an idle one is at hand; otherwise the caller stands in line,
   * and the waiter that is returned can be given to `cancel`.
   */
  acquire(request: LeaseRequest): Waiter | undefined {
    if (this.#closed) {
      request.onLeaseFailure(poolClosed(this.origin))
      return undefined
    }
    if (
      this.#waiters.size === 0 &&
      !request.unused &&
      this.#idle.topIsOfThisTurn &&
      !this.#idle.topIsBornExpired
    ) {
      this.#give(request)
      return undefined
    }
    const waiter = new Waiter(request, this.#clock.now())
    this.#waiters.add(waiter, request.unused)
    this.#assign()
    if (waiter.queued) boundWait(waiter, this.#waiters, this, this.#clock)
    return waiter.queued ? waiter : undefined
  }

  /** How far the connection is that is being made for this caller, as the line stands, if one is. */
  progressOf(waiter: Waiter | undefined): ConnectProgress | undefined {
    const place = this.#waiters.placeAmongFirst(this.#dials.size, waiter)
    return place === undefined ? undefined : this.#dials.progressOf(place)
  }

  /** Takes a caller out of the line. A connection that was being made only for it is given up. */
  cancel(waiter: Waiter): void {
    if (!this.#waiters.remove(waiter)) return
    this.#dials.dropTo(this.#waiters.size)
    this.#assign()
  }

  /** Called by `Lease.release`. */
  takeBack(lease: Lease, reusable: boolean, error: unknown): void {
    const { connection } = lease
    const verdict = this.#init.onRelease(lease, reusable, error)
    if (connection.state === 'closed') return
    const reason = refusal(connection, reusable, verdict, this)
    if (reason !== undefined) {
      if (reason === 'surplus' && !this.#warned) {
        this.#warned = true
        warnSurplus(this.origin, this.maxSize)
      }
      connection.close(reason)
      return
    }
    this.#idle.push(connection, this.settings, lease.held)
    if (this.#waiters.size > 0) this.#assign()
  }

  onConnectionClosed(connection: Connection, reason: CloseReason): void {
    if (!this.#connections.delete(connection)) return
    this.#idle.remove(connection)
    this.#init.onClosed(connection, reason)
    this.evictions.set(reason, (this.evictions.get(reason) ?? 0) + 1)
    this.#assign()
    this.#checkEmpty()
  }

  onDialled(transport: Transport): void {
    this.#opened += 1
    const id = this.#init.nextConnectionId()
    const connection = new Connection({ ...this.#init, id, transport, owner: this })
    if (connection.state === 'closed') {
      // The peer spoke or left before it was asked anything.
      this.onDialEnd({ reason: notUsable(this.origin) })
      return
    }
    this.#connections.add(connection)
    this.#init.onOpened(connection)
    // Whoever it was made for may have been served by another.
    const reason = refusal(connection, true, undefined, this)
    if (reason === undefined) this.#idle.push(connection, this.settings, false)
    else connection.close(reason)
    this.#assign()
  }

  onDialEnd(error: { readonly reason: unknown } | undefined): void {
    const waiter = this.#waiters.first
    if (error !== undefined && waiter !== undefined) {
      this.#waiters.remove(waiter)
      waiter.request.onLeaseFailure(error.reason)
    }
    this.#assign()
    this.#checkEmpty()
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Finishes what is going on, keeps nothing afterwards. New callers are still served until the line is empty. */
  retire(): void {
    this.#retired = true
    this.#idle.closeAll('evicted')
    this.#checkEmpty()
  }

  /**
   * Closes idle connections, refuses whoever waits and will come. Exchanges that are going on finish, or are
   * cut after `graceMs`; with it, the promise waits for them.
   */
  close(graceMs: number | undefined): Promise<void> {
    this.#closed = true
    for (const waiter of [...this.#waiters]) {
      this.#waiters.remove(waiter)
      // One for each: an error tells of the call that it ended.
      waiter.request.onLeaseFailure(poolClosed(this.origin))
    }
    this.#dials.abort(poolClosed(this.origin))
    this.#idle.closeAll('pool closed')
    if (graceMs === undefined || this.#connections.size === 0) return Promise.resolve()
    return this.#ending.wait(graceMs)
  }

  inspect(): PoolInspection {
    return inspectPool(this, this.#connections, this.#waiters, this.#clock)
  }

  #cut(): void {
    for (const connection of [...this.#connections]) connection.close('pool closed', graceOver(this.origin))
  }

  /** Performs what `assign` decides until it rests. Events that its own steps cause are seen by its loop. */
  #assign(): void {
    if (this.#assigning) return
    this.#assigning = true
    try {
      while (this.#perform(assign(this)));
    } finally {
      this.#assigning = false
    }
  }

  #perform(decision: Assignment): boolean {
    switch (decision) {
      case 'reuse':
        this.#giveToNext()
        return true
      case 'evict':
        this.#idle.top?.close(this.nextIsExpired ? 'idle too long' : 'evicted')
        return true
      case 'open':
        // The dial is for the first caller whom no dial under way will serve.
        this.#dials.start(this.#waiters.at(this.#dials.size)?.request.connectTimeout)
        return true
      case 'watch':
        this.#watch.start()
        return false
      case 'rest':
        return false
    }
  }

  #give(request: LeaseRequest): void {
    const connection = this.#idle.pop()
    if (connection !== undefined) request.onLease(new Lease(connection, request, this))
  }

  #giveToNext(): void {
    const waiter = this.#waiters.first
    if (waiter === undefined) return
    this.#waiters.remove(waiter)
    this.#give(waiter.request)
  }

  #checkEmpty(): void {
    if (this.#connections.size > 0 || this.#dials.size > 0 || this.#waiters.size > 0) return
    this.#ending.reached()
    if (this.#retired || this.#closed) this.#init.onRetired()
  }
}
