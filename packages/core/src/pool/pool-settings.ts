import type { Connection } from '../connection/connection.js'
import type { CloseReason } from '../connection/connection-roles.js'
import type { Limits } from '../ground/limits.js'
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import type { Open } from './dials.js'
import type { Lease } from './lease.js'

/** The pool's own share of the options, resolved. */
export interface PoolSettings {
  /** Idle connections kept; with `block`, also how many may exist. */
  readonly maxSize: number
  readonly block: boolean
  /** Callers that may wait when blocked; `undefined` for any number. */
  readonly maxQueue: number | undefined
  /** Milliseconds after which an idle connection is closed. */
  readonly keepAliveTimeout: number
  /** Milliseconds after which a connection is not used again. */
  readonly maxLifetime: number | undefined
  readonly maxRequestsPerConnection: number | undefined
}

/** What a pool is made with. */
export interface PoolInit {
  readonly origin: Origin
  readonly partition: string
  /** Whether `origin` is a forward proxy that requests of many origins share. */
  readonly forward: boolean
  readonly settings: PoolSettings
  readonly limits: Limits
  readonly clock: Clock
  readonly open: Open
  /** Asked when a connection comes back; `close` keeps it from being pooled. */
  readonly onRelease: (lease: Lease, reusable: boolean, error: unknown) => 'close' | undefined
  /** Told of each connection that was opened, and closed. */
  readonly onOpened: (connection: Connection) => void
  readonly onClosed: (connection: Connection, reason: CloseReason) => void
  /** Numbers the connections. */
  readonly nextConnectionId: () => number
  /** Told when a pool that was closed or retired has nothing left. */
  readonly onRetired: () => void
}
