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
import { type CloseReason, Connection, type ConnectionOwner } from '../connection/connection.js'
import { ClosedPoolError, EmptyPoolError, QueueFullError } from '../ground/errors.js'
import type { Limits } from '../ground/limits.js'
import type { Origin } from '../ground/origin.js'
import type { Clock, ClockTimer } from '../transport/clock.js'
import type { Transport } from '../transport/transport.js'
import { type Assignment, assign, type PoolView } from './assign.js'
import { IdleStack } from './idle-stack.js'
import { inspectPool, type PoolInspection } from './inspect-pool.js'
import { Lease, type Lessor } from './lease.js'
import type { PoolSettings } from './pool-settings.js'
import { type LeaseRequest, Waiter, WaiterQueue } from './waiter.js'

/** What a pool is made with. */
export interface PoolInit {
  readonly origin: Origin
  readonly partition: string
  readonly settings: PoolSettings
  readonly limits: Limits
  readonly clock: Clock
  /** Makes a transport to the origin; must settle when `signal` is aborted. */
  readonly open: (pool: Pool, signal: AbortSignal, connectTimeout: number | undefined) => Promise<Transport>
  /** Asked when a connection comes back; `close` keeps it from being pooled. */
  readonly onRelease: (lease: Lease, reusable: boolean, error: unknown) => 'close' | undefined
  /** Numbers the connections. */
  readonly nextConnectionId: () => number
  /** Told once when a pool that has never something to do again is empty. */
  readonly onRetired?: (pool: Pool) => void
}

interface Dial {
  readonly controller: AbortController
}

/** See the file's head. */
export class Pool implements PoolView, Lessor, ConnectionOwner {
  readonly origin: Origin
  readonly partition: string
  readonly settings: PoolSettings
  readonly evictions: Map<CloseReason, number> = new Map()
  readonly #init: PoolInit
  readonly #clock: Clock
  readonly #connections = new Set<Connection>()
  readonly #idle: IdleStack
  readonly #waiters = new WaiterQueue()
  readonly #dials = new Set<Dial>()
  #opened = 0
  #watching = false
  #watched = false
  #assigning = false
  #closed = false
  #retired = false
  #warned = false
  #graceTimer: ClockTimer | undefined
  #emptied: (() => void) | undefined

  constructor(init: PoolInit) {
    this.origin = init.origin
    this.partition = init.partition
    this.settings = init.settings
    this.#init = init
    this.#clock = init.clock
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
    return this.#watched || this.#idle.topIsOfThisTurn
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

  // ── callers ──────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Asks for a connection. Answered at once when an idle one is at hand; otherwise the caller stands in line,
   * and the waiter that is returned can be given to `cancel`.
   */
  acquire(request: LeaseRequest): Waiter | undefined {
    if (this.#closed) {
      request.onLeaseFailure(new ClosedPoolError(`the pool for ${this.origin.key} is closed`, { phase: 'queue' }))
      return undefined
    }
    if (this.#waiters.size === 0 && !request.unused && this.#idle.topIsOfThisTurn && !this.#idle.topIsBornExpired) {
      this.#give(request)
      return undefined
    }
    const waiter = new Waiter(request, this.#clock.now())
    this.#waiters.add(waiter, request.unused)
    this.#assign()
    if (waiter.queued) this.#boundWait(waiter)
    return waiter.queued ? waiter : undefined
  }

  /** Takes a caller out of the line. A connection that was being made only for it is given up. */
  cancel(waiter: Waiter): void {
    if (!this.#waiters.remove(waiter)) return
    this.#dropSurplusDials()
    this.#assign()
  }

  /** @internal Called by `Lease.release`. */
  takeBack(lease: Lease, reusable: boolean, error: unknown): void {
    const { connection } = lease
    const verdict = this.#init.onRelease(lease, reusable, error)
    if (connection.state === 'closed') return
    const reason = this.#refusal(connection, reusable, verdict)
    if (reason !== undefined) {
      connection.close(reason)
      return
    }
    this.#idle.push(connection, this.settings)
    if (this.#waiters.size > 0) this.#assign()
  }

  onConnectionClosed(connection: Connection, reason: CloseReason): void {
    if (!this.#connections.delete(connection)) return
    this.#idle.remove(connection)
    this.evictions.set(reason, (this.evictions.get(reason) ?? 0) + 1)
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
    const error = new ClosedPoolError(`the pool for ${this.origin.key} was closed`, { phase: 'queue' })
    for (const waiter of [...this.#waiters]) {
      this.#waiters.remove(waiter)
      waiter.request.onLeaseFailure(error)
    }
    for (const dial of [...this.#dials]) dial.controller.abort(error)
    this.#idle.closeAll('pool closed')
    if (graceMs === undefined || this.#connections.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#emptied = resolve
      this.#graceTimer = this.#clock.timer(() => this.#cut())
      this.#graceTimer.arm(graceMs)
    })
  }

  inspect(): PoolInspection {
    return inspectPool(this, this.#connections, this.#waiters, this.#clock)
  }

  #cut(): void {
    const error = new ClosedPoolError(`the pool for ${this.origin.key} was closed and its grace is over`, {})
    for (const connection of [...this.#connections]) connection.close('pool closed', error)
  }

  #refusal(connection: Connection, reusable: boolean, verdict: 'close' | undefined): CloseReason | undefined {
    if (!reusable) return 'not reusable'
    if (this.#closed) return 'pool closed'
    if (verdict === 'close') return 'refused by a plugin'
    const { maxRequestsPerConnection, maxSize, block } = this.settings
    if (maxRequestsPerConnection !== undefined && connection.uses >= maxRequestsPerConnection) return 'used up'
    if (this.#retired && this.#waiters.size === 0) return 'evicted'
    if (this.#idle.size < maxSize || this.#waiters.size > 0) return undefined
    if (!block) this.#warnSurplus()
    return 'surplus'
  }

  #warnSurplus(): void {
    if (this.#warned) return
    this.#warned = true
    process.emitWarning(
      `Connection pool is full, discarding connection: ${this.origin.key}. Connection pool size: ${this.maxSize}. ` +
        'Raise maxSize to keep more idle connections, or set block to limit how many exist. Warned once per pool.',
      { code: 'ROCKPOOL_POOL_FULL', type: 'RockpoolWarning' },
    )
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
        this.#dial()
        return true
      case 'watch':
        this.#watch()
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

  #watch(): void {
    if (this.#watching) return
    this.#watching = true
    setImmediate(() => {
      this.#watching = false
      this.#watched = true
      this.#assign()
      this.#watched = false
    })
  }

  #boundWait(waiter: Waiter): void {
    if (!this.block || this.#waiters.size <= this.#dials.size + this.#idle.size) return
    const { maxQueue } = this.settings
    if (maxQueue !== undefined && this.#waiters.size - this.#dials.size > maxQueue) {
      this.#waiters.remove(waiter)
      waiter.request.onLeaseFailure(
        new QueueFullError(`${maxQueue} callers already wait for a connection to ${this.origin.key}`, { phase: 'queue' }),
      )
      return
    }
    const { poolTimeout } = waiter.request
    if (poolTimeout === undefined) return
    const timer = this.#clock.timer(() => this.#waitedTooLong(waiter, poolTimeout))
    waiter.cancelTimer = () => timer.cancel()
    timer.arm(poolTimeout)
  }

  #waitedTooLong(waiter: Waiter, poolTimeout: number): void {
    // Its connection is being made: what bounds it now is the connect time-out.
    if (this.#waiters.position(waiter) < this.#dials.size) return
    if (!this.#waiters.remove(waiter)) return
    waiter.request.onLeaseFailure(
      new EmptyPoolError(
        `no connection to ${this.origin.key} became free within ${poolTimeout} ms (maxSize ${this.maxSize}, all in use)`,
        { phase: 'queue' },
      ),
    )
  }

  #dial(): void {
    const dial: Dial = { controller: new AbortController() }
    this.#dials.add(dial)
    const connectTimeout = this.#dialFor()?.request.connectTimeout
    this.#init.open(this, dial.controller.signal, connectTimeout).then(
      (transport) => this.#dialled(dial, transport),
      (error: unknown) => this.#dialFailed(dial, error),
    )
  }

  /** The caller whose wait made the newest dial necessary. */
  #dialFor(): Waiter | undefined {
    let waiter = this.#waiters.first
    for (let skip = this.#dials.size - 1; skip > 0 && waiter?.next !== undefined; skip -= 1) waiter = waiter.next
    return waiter
  }

  #dialled(dial: Dial, transport: Transport): void {
    this.#dials.delete(dial)
    if (this.#closed || dial.controller.signal.aborted) {
      transport.destroy()
      this.#checkEmpty()
      return
    }
    this.#opened += 1
    const { origin, partition } = this
    const { limits, nextConnectionId } = this.#init
    const id = nextConnectionId()
    const connection = new Connection({ id, origin, partition, transport, clock: this.#clock, limits, owner: this })
    this.#connections.add(connection)
    this.#idle.push(connection, this.settings)
    this.#assign()
  }

  #dialFailed(dial: Dial, error: unknown): void {
    this.#dials.delete(dial)
    if (!dial.controller.signal.aborted) {
      const waiter = this.#waiters.first
      if (waiter !== undefined) {
        this.#waiters.remove(waiter)
        waiter.request.onLeaseFailure(error)
      }
    }
    this.#assign()
    this.#checkEmpty()
  }

  #dropSurplusDials(): void {
    const surplus = this.#dials.size - this.#waiters.size
    if (surplus <= 0) return
    for (const dial of [...this.#dials].slice(-surplus)) {
      this.#dials.delete(dial)
      dial.controller.abort(new ClosedPoolError('nobody waits for this connection any more'))
    }
  }

  #checkEmpty(): void {
    if (this.#connections.size > 0 || this.#dials.size > 0 || this.#waiters.size > 0) return
    this.#graceTimer?.cancel()
    this.#emptied?.()
    if (this.#retired || this.#closed) this.#init.onRetired?.(this)
  }
}
