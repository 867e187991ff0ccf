import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ConnectTimeoutError,
  DeadlineError,
  HTTPConnectionPool,
  NameResolutionError,
  NewConnectionError,
  ReadTimeoutError,
} from '../src/index.js'
import { expectAtRest, poolFor, turn, turnsUntil } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const never = (): Promise<RawOrigin> =>
  rawOrigin(async (connection) => {
    await connection.request()
  })

describe('connecting', () => {
  it('a name that does not resolve is a NameResolutionError', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '', 4)
    const pool = new HTTPConnectionPool('nowhere.invalid', 80, { lookup })
    await expect(pool.request('GET', '/')).rejects.toMatchObject({
      name: 'NameResolutionError',
      phase: 'dns',
      sent: 'nothing',
    })
  })

  for (const [what, lookup] of Object.entries({
    throws: () => {
      throw new Error('broken')
    },
    'finds nothing': (_name: string, _options: unknown, callback: (error: null, found: []) => void) =>
      callback(null, []),
    'finds nonsense': (
      _name: string,
      options: { all?: boolean },
      callback: (error: null, found: unknown, family: number) => void,
    ) => callback(null, options.all === true ? [{ address: 'nonsense', family: 4 }] : 'nonsense', 4),
  })) {
    it(`a lookup function that ${what} is a NameResolutionError`, async () => {
      const pool = new HTTPConnectionPool('nowhere.invalid', 80, { lookup: lookup as never })
      await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(NameResolutionError)
      expectAtRest(pool)
    })
  }

  it('a lookup function decides the address', async () => {
    const origin = await answering(ok())
    const lookup: LookupFunction = (_name, options, callback) =>
      options.all === true
        ? callback(null, [{ address: '127.0.0.1', family: 4 }])
        : callback(null, '127.0.0.1', 4)
    const pool = new HTTPConnectionPool('some.invalid', origin.port, { lookup })
    onTestFinished(() => pool.close())
    expect((await pool.request('GET', '/')).status).toBe(200)
    expect(origin.requests[0]?.lines[0]).toBe(`Host: some.invalid:${origin.port}`)
  })

  it('a closed port is exactly a NewConnectionError, with nothing sent', async () => {
    const origin = await answering(ok())
    await origin.close()
    const pool = poolFor(origin)
    const error = await pool.request('POST', '/', { body: 'x' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(NewConnectionError)
    expect(error).toMatchObject({ name: 'NewConnectionError', phase: 'connect', sent: 'nothing', attempt: 1 })
    expectAtRest(pool)
  })

  it('every address of a name that refuses is named', async () => {
    const origin = await answering(ok())
    await origin.close()
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    const pool = new HTTPConnectionPool('two.invalid', origin.port, { lookup })
    await expect(pool.request('GET', '/')).rejects.toThrow(/127\.0\.0\.1.*127\.0\.0\.2/)
  })

  it('a local address that is not ours is a NewConnectionError; one that is ours is used', async () => {
    const origin = await answering(ok())
    const wrong = poolFor(origin, { localAddress: '192.0.2.1' })
    await expect(wrong.request('GET', '/')).rejects.toMatchObject({ name: 'NewConnectionError' })
    const right = poolFor(origin, { localAddress: '127.0.0.5' })
    await right.request('GET', '/')
    expect(origin.connections[0]?.socket.remoteAddress).toBe('127.0.0.5')
  })

  it('an address that never answers ends in a ConnectTimeoutError', async () => {
    const lookup: LookupFunction = () => undefined
    const pool = new HTTPConnectionPool('slow.invalid', 80, { lookup, timeout: { connect: 20 } })
    await expect(pool.request('GET', '/')).rejects.toMatchObject({
      name: 'ConnectTimeoutError',
      phase: 'dns',
      sent: 'nothing',
    })
    expectAtRest(pool)
  })

  it('a unix socket is dialled in place of host and port', async () => {
    const { mkdtempSync } = await import('node:fs')
    const { createServer } = await import('node:net')
    const { join } = await import('node:path')
    const { tmpdir } = await import('node:os')
    const path = join(mkdtempSync(join(tmpdir(), 'rockpool-')), 'socket')
    const server = createServer((socket) => socket.once('data', () => socket.end(ok('unix'))))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => void server.close())
    const pool = new HTTPConnectionPool('localhost', 80, { socketPath: path })
    const response = await pool.request('GET', '/')
    expect(await response.text()).toBe('unix')
    expect(response.connection?.route).toEqual([{ kind: 'unix', peer: path }])
  })
})

describe('reading', () => {
  it('a server that never answers is a ReadTimeoutError in phase wait', async () => {
    const pool = poolFor(await never(), { timeout: { read: 15 } })
    await expect(pool.request('GET', '/')).rejects.toMatchObject({
      name: 'ReadTimeoutError',
      phase: 'wait',
      sent: 'all',
    })
    expectAtRest(pool)
  })

  it('a head that drips is bounded by one read time-out', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\n')
      for (let count = 0; count < 100_000 && !connection.socket.destroyed; count += 1) {
        if (count % 50 === 0) connection.send('X: y\r\n'.slice(count % 6, (count % 6) + 1))
        await turn()
      }
    })
    const pool = poolFor(origin, { timeout: { read: 30 } })
    await expect(pool.request('GET', '/')).rejects.toMatchObject({
      name: expect.stringMatching(/ReadTimeoutError|InvalidHeader|ProtocolError/),
    })
    expectAtRest(pool)
  })

  for (const preloadContent of [true, false]) {
    it(`a body that stalls is a ReadTimeoutError in phase body, preloaded: ${preloadContent}`, async () => {
      const origin = await rawOrigin(async (connection) => {
        await connection.request()
        if (connection.number === 1) connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
        else connection.send(ok())
      })
      const pool = poolFor(origin, { timeout: { read: 150 }, block: true, maxSize: 1 })
      const call = pool.request('GET', '/', { preloadContent })
      await expect(preloadContent ? call : call.then((response) => response.text())).rejects.toMatchObject({
        name: 'ReadTimeoutError',
        phase: 'body',
      })
      expect((await pool.request('GET', '/')).status).toBe(200)
      expect(origin.connections).toHaveLength(2)
    })
  }

  it('a reader who takes his time is not timed out', async () => {
    const body = Buffer.alloc(2_000_000, 'x')
    const origin = await answering(
      Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]),
    )
    const pool = poolFor(origin, { timeout: { read: 20 } })
    const response = await pool.request('GET', '/', { preloadContent: false })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await response.bytes()).length).toBe(body.length)
  })

  it('a request may allow itself more than its pool', async () => {
    let answer: (() => void) | undefined
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      answer = () => connection.send(ok())
    })
    const pool = poolFor(origin, { timeout: { read: 5 } })
    const pending = pool.request('GET', '/', { timeout: { read: 5_000 } })
    await turnsUntil(() => answer !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
    answer?.()
    expect((await pending).status).toBe(200)
  })

  for (const timeout of [
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1',
    true,
    { connect: 0 },
    { reads: 1 },
  ]) {
    it(`the time-out ${JSON.stringify(timeout)} (${String(timeout)}) is refused before anything is done`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin)
      await expect(pool.request('GET', '/', { timeout: timeout as never })).rejects.toMatchObject({
        name: 'OptionsError',
      })
      expect(() => poolFor(origin, { timeout: timeout as never })).toThrow(
        expect.objectContaining({ name: 'OptionsError' }),
      )
      expect(origin.connections).toHaveLength(0)
    })
  }
})

describe('the total time-out', () => {
  it('bounds waiting for the head', async () => {
    const pool = poolFor(await never())
    const error: unknown = await pool.request('GET', '/', { timeout: { total: 15 } }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(DeadlineError)
    expect(error).toMatchObject({ phase: 'wait', sent: 'all' })
    expectAtRest(pool)
  })

  it('bounds a streamed body that comes drop by drop', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
      while (!connection.socket.destroyed) {
        connection.send('x')
        await turn()
      }
    })
    const pool = poolFor(origin)
    // Long enough for the head to come on a machine that has much else to do.
    const text = pool
      .request('GET', '/', { preloadContent: false, timeout: { total: 300 } })
      .then((response) => response.text())
    await expect(text).rejects.toMatchObject({ name: 'DeadlineError', phase: 'body', sent: 'all' })
    expectAtRest(pool)
  })

  it('bounds the wait for a connection', async () => {
    const origin = await never()
    const pool = poolFor(origin, { block: true, maxSize: 1 })
    const first = pool.request('GET', '/', { timeout: { read: 200 } }).catch(() => undefined)
    await expect(pool.request('GET', '/', { timeout: { total: 10 } })).rejects.toMatchObject({
      name: 'DeadlineError',
      sent: 'nothing',
    })
    await first
    expectAtRest(pool)
  })
})

it('the stack of a failure shows who asked, and errors hold no handles', async () => {
  const pool = poolFor(await never(), { timeout: { read: 5 } })
  async function whoAsked(): Promise<void> {
    await pool.request('GET', '/')
  }
  const error = await whoAsked().catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ReadTimeoutError)
  expect((error as Error).stack).toContain('whoAsked')
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({
    name: 'ReadTimeoutError',
    method: 'GET',
    attempt: 1,
  })
  expect(ConnectTimeoutError.name).toBe('ConnectTimeoutError')
})
