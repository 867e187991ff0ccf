import { answerAll, ManualClock, response, scriptedServer, trackLeaks } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool, type PoolOptions } from '../src/index.js'

async function serve(headers = ''): Promise<{
  clock: ManualClock
  pool: (options?: PoolOptions<readonly []>) => HTTPConnectionPool
  connections: () => number
}> {
  const server = await scriptedServer(
    answerAll(response(200, 'ok', headers === '' ? {} : { 'Keep-Alive': headers })),
  )
  onTestFinished(() => server[Symbol.asyncDispose]())
  const clock = new ManualClock()
  return {
    clock,
    connections: () => server.connections.length,
    pool: (options = {}) => {
      const pool = new HTTPConnectionPool('127.0.0.1', server.port, { clock, ...options })
      onTestFinished(() => pool.close())
      return pool
    },
  }
}

describe('the age of an idle connection', () => {
  it('ends at keepAliveTimeout, by a timer and not by the next request', async () => {
    const { clock, pool: make } = await serve()
    const pool = make({ keepAliveTimeout: 5_000 })
    await pool.request('GET', '/')
    clock.advance(4_999)
    expect(pool.inspect().pools[0]).toMatchObject({ idle: 1 })
    clock.advance(1)
    expect(pool.inspect().pools[0]).toMatchObject({ idle: 0, evictions: { 'idle too long': 1 } })
  })

  it('starts over with each use', async () => {
    const { clock, pool: make, connections } = await serve()
    const pool = make({ keepAliveTimeout: 5_000 })
    for (let count = 0; count < 4; count += 1) {
      await pool.request('GET', '/')
      clock.advance(4_000)
    }
    expect(connections()).toBe(1)
  })

  it('is cut by a shorter hint of the server, less a second', async () => {
    const { clock, pool: make } = await serve('timeout=5, max=100')
    const pool = make()
    await pool.request('GET', '/')
    clock.advance(3_999)
    expect(pool.inspect().pools[0]?.idle).toBe(1)
    clock.advance(1)
    expect(pool.inspect().pools[0]?.idle).toBe(0)
  })

  it('is not stretched by a longer hint', async () => {
    const { clock, pool: make } = await serve('timeout=500')
    const pool = make({ keepAliveTimeout: 5_000 })
    await pool.request('GET', '/')
    clock.advance(5_000)
    expect(pool.inspect().pools[0]?.idle).toBe(0)
  })
})

it('maxLifetime ends a connection however busy it is', async () => {
  const { clock, pool: make, connections } = await serve()
  const pool = make({ maxLifetime: 10_000 })
  for (let count = 0; count < 6; count += 1) {
    await pool.request('GET', '/')
    clock.advance(2_500)
  }
  expect(connections()).toBe(2)
})

it('a pool that is closed leaves no timer, no socket and no listener behind', async () => {
  const { pool: make } = await serve()
  const leaks = trackLeaks()
  const pool = make({ clock: undefined, maxSize: 4 })
  await Promise.all(Array.from({ length: 4 }, () => pool.request('GET', '/')))
  await pool.close({ graceMs: 1_000 })
  await leaks.assertNone()
})
