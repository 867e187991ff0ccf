/**
 * What every pool and manager holds inside: one set of hooks, the pools, the defaults, one request loop.
 *
 * The faces (HTTPConnectionPool, PoolManager, …) translate what a caller writes into a request value and call
 * `run`; nothing about requests is decided in them.
 */

import type { Connection } from '../connection/connection.js'
import { ClosedPoolError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import { HTTPRequest } from '../ground/request.js'
import type { HTTPResponse } from '../ground/response.js'
import type { ReleaseContext } from '../hooks/contexts.js'
import type { Hooks } from '../hooks/hooks.js'
import type { Lease } from '../pool/lease.js'
import { Pool } from '../pool/pool.js'
import { Pools } from '../pool/pools.js'
import type { Clock } from '../transport/clock.js'
import { Attempt } from './attempt.js'
import { publishClose, publishOpen, publishSend, publishSettle } from './channels.js'
import type { ClientSettings } from './client-settings.js'
import { Exchange } from './exchange.js'
import { type KeptShapes, keepShapes } from './kept-shapes.js'
import { openConnection } from './open-connection.js'
import type { RequestSettings } from './request-settings.js'

/** See the file's head. */
export class Client {
  readonly settings: ClientSettings
  readonly hooks: Hooks
  readonly clock: Clock
  readonly pools: Pools
  /** Exchanges that wait before their next attempt; `close` wakes them. */
  readonly sleepers: Set<Exchange> = new Set()
  /** Attempts sent, resends and replays included. */
  requestsSent = 0
  /** What keeps compiled code alive while no call is under way; see kept-shapes.ts. */
  readonly shapes: KeptShapes
  #exchanges = 0
  #closed = false
  #connections = 0

  constructor(settings: ClientSettings, hooks: Hooks, capacity: number, defaults: RequestSettings) {
    this.settings = settings
    this.hooks = hooks
    this.clock = settings.clock
    this.pools = new Pools(capacity, (origin, partition, forward) =>
      this.#createPool(origin, partition, forward),
    )
    this.shapes = keepShapes(this, defaults)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Performs one call. */
  run(request: HTTPRequest, settings: RequestSettings): Promise<HTTPResponse> {
    if (this.#closed) {
      HTTPRequest.bodyOf(request).dispose()
      return Promise.reject(new ClosedPoolError('the pool is closed', { phase: 'queue', url: request.url }))
    }
    if (!this.hooks.frozen) this.hooks.freeze()
    this.#exchanges += 1
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(this, this.#exchanges, request, settings, resolve, reject)
      if (exchange.begin()) this.startAttempt(exchange)
    })
  }

  /** Begins the next pass of an exchange. */
  startAttempt(exchange: Exchange): void {
    new Attempt(exchange, false).start()
  }

  /** A request is about to be written. */
  sending(exchange: Exchange, request: HTTPRequest, connection: Connection): void {
    this.requestsSent += 1
    publishSend(exchange, request, connection)
  }

  /** An exchange is over. */
  settled(exchange: Exchange): void {
    if (this.hooks.onSettle.active) this.hooks.onSettle.call(exchange.view)
    publishSettle(exchange, this.clock)
  }

  /** Refuses whoever waits, closes what is idle, and lets the rest finish or cuts it after `graceMs`. */
  async close(graceMs: number | undefined): Promise<void> {
    this.#closed = true
    for (const exchange of [...this.sleepers])
      exchange.cut(new ClosedPoolError('the pool was closed', { phase: 'queue' }))
    await this.pools.close(graceMs)
  }

  #createPool(origin: Origin, partition: string, forward: boolean): Pool {
    const { settings, clock } = this
    const { dial } = settings
    const pool = new Pool({
      origin,
      partition,
      forward,
      settings: settings.pool,
      limits: settings.limits,
      clock,
      open: (signal, connectTimeout, progress) => {
        const here = { origin, forward, partition, clock, dial }
        return openConnection(this.hooks, { ...here, signal, connectTimeout, progress })
      },
      onOpened: publishOpen,
      onClosed: publishClose,
      onRelease: (lease, reusable, error) => this.#onRelease(lease, reusable, error),
      nextConnectionId: () => {
        this.#connections += 1
        return this.#connections
      },
      onRetired: () => this.pools.gone(pool),
    })
    // An exchange that a plugin held up may come this late.
    if (this.#closed) void pool.close(undefined)
    return pool
  }

  #onRelease(lease: Lease, reusable: boolean, error: unknown): 'close' | undefined {
    const { onRelease } = this.hooks
    if (!onRelease.active) return undefined
    const { exchange } = lease.holder as Attempt
    const { connection } = lease
    const context: ReleaseContext = Object.freeze({
      exchange: exchange.view,
      connection: Object.freeze({
        id: connection.id,
        origin: connection.origin,
        uses: connection.uses,
        ageMs: this.clock.now() - connection.openedAt,
        route: connection.transport.info.route,
        tls: connection.transport.info.tls,
      }),
      reusable,
      error,
    })
    return onRelease.call(context)
  }
}
