/** A pool or manager as plain data, and as one line for a person. */
import type { CloseReason } from '../connection/connection-roles.js'
import type { ConnectionInspection, PoolInspection, WaiterInspection } from '../pool/inspect-pool.js'
import type { Client } from './client.js'

/** What `inspect()` of a pool or manager gives. No handles, no credentials. */
export interface ClientInspection {
  /** Connections opened so far. */
  readonly numConnections: number
  /** Attempts sent so far, resends and replays included. */
  readonly numRequests: number
  /** Calls that wait before their next attempt. */
  readonly sleeping: number
  /** Every connection, over all pools. */
  readonly connections: readonly ConnectionInspection[]
  /** Every caller in line, over all pools. */
  readonly waiters: readonly WaiterInspection[]
  /** How many connections were closed, by reason, over all pools that are still held. */
  readonly evictions: Readonly<Partial<Record<CloseReason, number>>>
  /** One entry per origin and way to it. */
  readonly pools: readonly PoolInspection[]
  /** What installed plugins show, by their name. */
  readonly plugins: Readonly<Record<string, unknown>>
}

/** Takes the picture. */
export function inspectClient(
  client: Client,
  sections: ReadonlyMap<string, () => unknown>,
): ClientInspection {
  const pools = [...client.pools.all()].map((pool) => pool.inspect())
  return {
    numConnections: client.pools.opened,
    numRequests: client.requestsSent,
    sleeping: client.sleepers.size,
    connections: pools.flatMap((pool) => pool.connections),
    waiters: pools.flatMap((pool) => pool.waiters),
    evictions: summed(pools),
    pools,
    plugins: Object.fromEntries([...sections].map(([name, show]) => [name, show()])),
  }
}

function summed(pools: readonly PoolInspection[]): Partial<Record<CloseReason, number>> {
  const sums: Partial<Record<CloseReason, number>> = {}
  for (const { evictions } of pools) {
    for (const [reason, count] of Object.entries(evictions) as [CloseReason, number][]) {
      sums[reason] = (sums[reason] ?? 0) + count
    }
  }
  return sums
}

/** The readable line that `util.inspect` prints. */
export function summaryLine(face: string, subject: string, inspection: ClientInspection): string {
  const { connections, waiters, numConnections, numRequests } = inspection
  const active = connections.filter((connection) => connection.state === 'active').length
  const idle = connections.length - active
  const waiting = waiters.length
  return (
    `${face} { ${subject}, active: ${active}, idle: ${idle}, waiting: ${waiting}, ` +
    `opened: ${numConnections}, requests: ${numRequests} }`
  )
}
