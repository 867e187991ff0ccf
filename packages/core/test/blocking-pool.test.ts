import { describe, expect, it } from 'vitest'
import { EmptyPoolError, NewConnectionError, QueueFullError, ReadTimeoutError } from '../src/index.js'
import { poolFor, turn } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

describe('a blocking pool', () => {
  it('has a caller wait, then gives EmptyPoolError, and loses nothing by it', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
      await connection.request()
      connection.send(ok())
    })
    const pool = poolFor(origin, { block: true, maxSize: 1, poolTimeout: 5 })
    const first = await pool.request('GET', '/', { preloadContent: false })
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(EmptyPoolError)
    expect(pool.numConnections).toBe(1)
    expect(pool.inspect().pools[0]).toMatchObject({ active: 1, waiters: [] })
    origin.connections[0]?.send('cd')
    expect(await first.text()).toBe('abcd')
    expect((await pool.request('GET', '/')).status).toBe(200)
    expect(pool.numConnections).toBe(1)
  })

  it('serves callers first come, first served, over no more than maxSize connections', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { block: true, maxSize: 3 })
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await pool.request('GET', `/${index}`)
        order.push(index)
      }),
    )
    expect(origin.connections.length).toBeLessThanOrEqual(3)
    expect(origin.requests.map((request) => request.target)).toHaveLength(100)
    for (const [place, index] of order.entries()) expect(Math.abs(place - index)).toBeLessThan(3)
  })

  it('refuses the caller after maxQueue at once', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
    })
    const pool = poolFor(origin, { block: true, maxSize: 1, maxQueue: 1, timeout: { read: 200 } })
    const first = pool.request('GET', '/1').catch((error: unknown) => error)
    const second = pool.request('GET', '/2').catch((error: unknown) => error)
    await expect(pool.request('GET', '/3')).rejects.toBeInstanceOf(QueueFullError)
    expect(await first).toBeInstanceOf(ReadTimeoutError)
    expect(await second).toBeInstanceOf(ReadTimeoutError)
  })

  it('has every slot back after refused connections and read time-outs', async () => {
    const silent = await rawOrigin(async (connection) => {
      await connection.request()
    })
    const pool = poolFor(silent, { block: true, maxSize: 3, timeout: { read: 10 } })
    for (let count = 0; count < 5; count += 1) {
      await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(ReadTimeoutError)
    }
    expect(pool.inspect().pools[0]).toMatchObject({ active: 0, idle: 0, dialing: 0 })
    await silent.close()
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(NewConnectionError)
    expect(pool.inspect().pools[0]).toMatchObject({ active: 0, idle: 0, dialing: 0, waiters: [] })
  })

  it('gives the slot of a closed, disposed, drained or half-read response back', async () => {
    const origin = await answering(ok('x'.repeat(1_000)))
    const pool = poolFor(origin, { block: true, maxSize: 1, poolTimeout: 2_000 })
    const stream = { preloadContent: false }
    ;(await pool.request('GET', '/', stream)).close()
    await (await pool.request('GET', '/', stream))[Symbol.asyncDispose]()
    await (await pool.request('GET', '/', stream)).drain()
    ;(await pool.request('GET', '/', stream)).release()
    for await (const chunk of await pool.request('GET', '/', stream)) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect((await pool.request('GET', '/')).data?.length).toBe(1_000)
  })

  it('drain makes the same connection serve again', async () => {
    const origin = await answering(ok('x'.repeat(30_000)))
    const pool = poolFor(origin, { block: true, maxSize: 1 })
    const response = await pool.request('GET', '/', { preloadContent: false })
    await response.drain()
    await pool.request('GET', '/')
    expect(origin.connections).toHaveLength(1)
  })

  it('with releaseConnection: false the caller gives the connection back', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { block: true, maxSize: 1, poolTimeout: 5 })
    const response = await pool.request('GET', '/', { preloadContent: false, releaseConnection: false })
    expect(await response.text()).toBe('ok')
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(EmptyPoolError)
    response.release()
    response.release()
    expect((await pool.request('GET', '/')).status).toBe(200)
    expect(origin.connections).toHaveLength(1)
  })

  it('a connection that was held is not reused before the event loop has looked for news on it', async () => {
    const origin = await answering(ok('good'))
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false, releaseConnection: false })
    expect(await response.text()).toBe('good')
    await turn()
    origin.connections[0]?.send(ok('evil'))
    response.release()
    expect(await (await pool.request('GET', '/')).text()).toBe('good')
    expect(origin.connections).toHaveLength(2)
    expect(pool.inspect().evictions).toEqual({ 'unsolicited data': 1 })
  })
})
