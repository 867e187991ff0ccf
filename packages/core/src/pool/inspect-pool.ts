/**
 * A pool as plain data: for logs, for a person, for a test. No handles, no credentials.
 */
import type { Connection } from '../connection/connection.js'
import type { CloseReason } from '../connection/connection-roles.js'
import type { Origin } from '../ground/origin.js'
import type { RouteStep, TlsSummary } from '../ground/response-facts.js'
import type { Clock } from '../transport/clock.js'
import { peerOf } from '../transport/transport.js'
import type { WaiterQueue } from './waiter.js'

/** One connection, as `inspect()` shows it. Times are milliseconds. */
export interface ConnectionInspection {
  /** Counts the connections of a pool or manager, from 1. */
  readonly id: number
  /** Whether it is in use, waits to be, or is on its way out. */
  readonly state: 'idle' | 'active' | 'closed'
  /** Since it was opened. */
  readonly ageMs: number
  /** How long it has been idle; `undefined` while it is in use. */
  readonly idleMs: number | undefined
  /** Exchanges begun on it. */
  readonly uses: number
  /** `address:port` of the peer. */
  readonly peer: string | undefined
  /** The steps that it was made by. */
  readonly route: readonly RouteStep[]
  /** Its TLS session; `undefined` without TLS. */
  readonly tls: TlsSummary | undefined
}

/** One caller in line, as `inspect()` shows it. */
export interface WaiterInspection {
  /** Method and URL. */
  readonly request: string
  /** How long it has stood in line, in milliseconds. */
  readonly waitedMs: number
}

/** One pool, as `inspect()` shows it. */
export interface PoolInspection {
  /** What it serves, as `https://host:port`: an origin, or a forward proxy. */
  readonly origin: string
  /** The plugin-chosen part of the pool's key; empty when no plugin set one. */
  readonly partition: string
  /** The option of that name. */
  readonly maxSize: number
  /** The option of that name. */
  readonly block: boolean
  /** Whether it was closed. */
  readonly closed: boolean
  /** Connections that wait to be used. */
  readonly idle: number
  /** Connections in use. */
  readonly active: number
  /** Connections being made. */
  readonly dialing: number
  /** Connections made so far. */
  readonly opened: number
  /** Each connection, idle and active. */
  readonly connections: readonly ConnectionInspection[]
  /** Each caller in line, first come first. */
  readonly waiters: readonly WaiterInspection[]
  /** How many connections were closed, by reason. */
  readonly evictions: Readonly<Partial<Record<CloseReason, number>>>
}

/** What `inspectPool` reads off a pool. */
export interface Inspectable {
  readonly origin: Origin
  readonly partition: string
  readonly maxSize: number
  readonly block: boolean
  readonly closed: boolean
  readonly idle: number
  readonly dialing: number
  readonly opened: number
  readonly evictions: ReadonlyMap<CloseReason, number>
}

/** Takes the picture. */
export function inspectPool(
  pool: Inspectable,
  connections: ReadonlySet<Connection>,
  waiters: WaiterQueue,
  clock: Clock,
): PoolInspection {
  const now = clock.now()
  return {
    origin: pool.origin.key,
    partition: pool.partition,
    maxSize: pool.maxSize,
    block: pool.block,
    closed: pool.closed,
    idle: pool.idle,
    active: connections.size - pool.idle,
    dialing: pool.dialing,
    opened: pool.opened,
    connections: [...connections].map((connection) => inspectConnection(connection, now)),
    waiters: [...waiters].map((waiter) => ({
      request: waiter.request.label,
      waitedMs: Math.round(now - waiter.since),
    })),
    evictions: Object.fromEntries(pool.evictions),
  }
}

function inspectConnection(connection: Connection, now: number): ConnectionInspection {
  const { info } = connection.transport
  return {
    id: connection.id,
    state: connection.state,
    ageMs: Math.round(now - connection.openedAt),
    idleMs: connection.state === 'idle' ? Math.round(now - connection.idleSince) : undefined,
    uses: connection.uses,
    peer: peerOf(info),
    route: info.route,
    tls: info.tls,
  }
}
