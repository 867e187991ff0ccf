import { describe, expect, it } from 'vitest'
import { IncompleteRead } from '../src/index.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

describe('a response without a body', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n'],
    ['HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: "x"\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Encoding: gzip\r\n\r\n'],
  ]
  for (const [method, bytes] of rows) {
    it(`${method} ${bytes.split('\r\n')[0]} ${bytes.split('\r\n')[1]}`, async () => {
      const origin = await answering(bytes)
      const pool = poolFor(origin)
      for (const preloadContent of [true, false]) {
        const response = await pool.request(method, '/', { preloadContent })
        if (!preloadContent) expectAtRest(pool)
        expect((await response.read()).length).toBe(0)
        for await (const _ of response.stream()) throw new Error('a piece')
        expect(response.lengthRemaining ?? 0).toBe(0)
      }
      expect(origin.connections).toHaveLength(1)
    })
  }
})

describe('a 204 with Transfer-Encoding', () => {
  it('has no body, and is the last on its connection: what follows is taken for no answer', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      await connection.send('HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n')
      await connection.send('2\r\nok\r\n0\r\n\r\n')
    })
    const pool = poolFor(origin)
    for (const preloadContent of [true, false]) {
      const response = await pool.request('GET', '/', { preloadContent })
      expect([response.status, (await response.bytes()).length]).toEqual([204, 0])
      expectNoConnections(pool)
    }
    expect(pool.numConnections).toBe(2)
  })
})

describe('a body that is shorter than declared', () => {
  const bytes = 'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nhello, world'
  const short = (): Promise<RawOrigin> =>
    rawOrigin(async (connection) => {
      await connection.request()
      if (connection.number === 1) connection.end(bytes)
      else connection.send(ok())
    })

  for (const preloadContent of [true, false]) {
    it(`is an IncompleteRead that counts, preloaded: ${preloadContent}`, async () => {
      const pool = poolFor(await short(), { block: true, maxSize: 1 })
      const call = pool.request('GET', '/', { preloadContent })
      const error = await failureOf(call.then((response) => response.bytes()))
      expect(error).toBeInstanceOf(IncompleteRead)
      expect(error).toMatchObject({ received: 12, expected: 10, phase: 'body', method: 'GET' })
      expect(error.message).toMatch(/12 .*10/)
      expect((await pool.request('GET', '/')).status).toBe(200)
    })

    it(`is taken as it is with enforceContentLength: false, preloaded: ${preloadContent}`, async () => {
      const pool = poolFor(await short())
      const response = await pool.request('GET', '/', { preloadContent, enforceContentLength: false })
      expect((await response.read()).toString()).toBe('hello, world')
      expectNoConnections(pool)
    })
  }

  it('read piece by piece, gives what came before it fails', async () => {
    const pool = poolFor(await short())
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect((await response.read(12)).toString()).toBe('hello, world')
    await expect(response.read(1)).rejects.toBeInstanceOf(IncompleteRead)
    await expect(response.read(1)).rejects.toBeInstanceOf(IncompleteRead)
  })

  it('is nothing to a HEAD', async () => {
    const pool = poolFor(await answering('HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n'))
    expect((await pool.request('HEAD', '/')).data?.length).toBe(0)
  })
})

describe('a body that only the end of the connection delimits', () => {
  const origin = (): Promise<RawOrigin> =>
    rawOrigin(async (connection) => {
      await connection.request()
      connection.end('HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it')
    })

  it('is delivered, and says how its end is known', async () => {
    for (const preloadContent of [true, false]) {
      const pool = poolFor(await origin())
      const response = await pool.request('GET', '/', { preloadContent })
      expect([response.httpVersion, await response.text()]).toEqual(['1.0', 'all of it'])
      expect(response.connection?.bodyEnd).toBe('close')
      expectNoConnections(pool)
    }
  })

  it('is refused with requireFraming', async () => {
    for (const preloadContent of [true, false]) {
      const pool = poolFor(await origin())
      await expect(pool.request('GET', '/', { preloadContent, requireFraming: true })).rejects.toMatchObject({
        name: 'ProtocolError',
        phase: 'head',
      })
      expectNoConnections(pool)
    }
    const framed = await poolFor(await answering(ok())).request('GET', '/', { requireFraming: true })
    expect(framed.connection?.bodyEnd).toBe('framed')
  })
})
