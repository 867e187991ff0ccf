// The tour: a few real requests to the embedded origin over one pool, each showing one thing.
import { HTTPConnectionPool } from '@rockpool/core'
import { startOrigin } from './origin.mjs'
import { observe, rounded } from './record.mjs'

const MAX_SIZE = 4
const BURST = 24

/** Runs the tour and gives what there is to show. */
export async function runTour() {
  const origin = await startOrigin()
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port, { maxSize: MAX_SIZE, block: true })
  try {
    const requests = await oneByOne(pool)
    const burst = await burstOf(pool)
    const inspection = pool.inspect()
    return { origin: origin.url, requests, burst, pool: inspection }
  } finally {
    await pool.close()
    await origin.close()
  }
}

async function oneByOne(pool) {
  const json = { hello: 'pool' }
  return [
    await observe('GET /users/7', 'JSON', () => pool.request('GET', '/users/7')),
    await observe('GET /report', 'gzip, decoded', () => pool.request('GET', '/report')),
    await observe('GET /events', 'chunked, streamed, with a trailer', () =>
      pool.request('GET', '/events', { preloadContent: false }),
    ),
    await observe('POST /echo', 'JSON sent', () =>
      pool.request('POST', '/echo', { json, query: { page: 2 } }),
    ),
  ]
}

/** Many calls at once: with `block`, no more than `maxSize` connections exist and the callers wait their turn. */
async function burstOf(pool) {
  const opened = pool.numConnections
  const uses = new Map()
  const began = performance.now()
  const calls = Array.from({ length: BURST }, async () => {
    const response = await pool.request('GET', '/slow?ms=5')
    const id = response.connection?.id
    uses.set(id, (uses.get(id) ?? 0) + 1)
    return response.status
  })
  const waiting = pool.inspect().pools[0]?.waiters.length ?? 0
  const statuses = await Promise.all(calls)
  return {
    calls: BURST,
    answered: statuses.filter((status) => status === 200).length,
    maxSize: MAX_SIZE,
    waitingAtStart: waiting,
    opened: pool.numConnections - opened,
    totalMs: rounded(performance.now() - began),
    perConnection: [...uses].sort(([a], [b]) => a - b).map(([id, count]) => ({ id, calls: count })),
  }
}
