/** A pool or manager as plain data, and as one line for a person. */
import type { PoolInspection } from '../pool/inspect-pool.js'
import type { Client } from './client.js'

/** What `inspect()` of a pool or manager gives. No handles, no credentials. */
export interface ClientInspection {
  /** Connections opened so far. */
  readonly numConnections: number
  /** Attempts sent so far, resends and replays included. */
  readonly numRequests: number
  /** Calls that wait before their next attempt. */
  readonly sleeping: number
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
  return {
    numConnections: client.pools.opened,
    numRequests: client.requestsSent,
    sleeping: client.sleepers.size,
    pools: [...client.pools.all()].map((pool) => pool.inspect()),
    plugins: Object.fromEntries([...sections].map(([name, show]) => [name, show()])),
  }
}

/** The readable line that `util.inspect` prints. */
export function summaryLine(face: string, subject: string, inspection: ClientInspection): string {
  const { pools, numConnections, numRequests } = inspection
  const sum = (of: (pool: PoolInspection) => number): number =>
    pools.reduce((total, pool) => total + of(pool), 0)
  const active = sum((pool) => pool.active)
  const idle = sum((pool) => pool.idle)
  const waiting = sum((pool) => pool.waiters.length)
  return (
    `${face} { ${subject}, active: ${active}, idle: ${idle}, waiting: ${waiting}, ` +
    `opened: ${numConnections}, requests: ${numRequests} }`
  )
}
