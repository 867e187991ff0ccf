import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ClosedPoolError, HTTPConnectionPool, PoolManager, ProtocolError } from '../src/index.js'
import { poolFor, turnsUntil } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

describe('reuse', () => {
  for (const maxSize of [1, 16]) {
    it(`sequential requests use one connection with maxSize ${maxSize}`, async () => {
      const origin = await answering(ok())
      const pool = poolFor(origin, { maxSize })
      for (let count = 0; count < 3; count += 1) expect((await pool.request('GET', '/')).status).toBe(200)
      expect(origin.connections).toHaveLength(1)
      expect(pool.numConnections).toBe(1)
      expect(pool.numRequests).toBe(3)
    })
  }

  for (const method of ['GET', 'POST']) {
    it(`a connection that the server closed while idle is not used for the next ${method}`, async () => {
      const origin = await rawOrigin(async (connection) => {
        await connection.request()
        connection.send(ok())
        if (connection.number === 1) connection.end()
      })
      const pool = poolFor(origin)
      await pool.request('GET', '/')
      await origin.connections[0]?.finished()
      await turnsUntil(() => pool.inspect().pools[0]?.idle === 0)
      expect((await pool.request(method, '/')).status).toBe(200)
      expect(origin.connections).toHaveLength(2)
      expect(pool.inspect().pools[0]?.evictions).toMatchObject({ 'peer closed': 1 })
    })
  }

  it('a response that says Connection: close frees its slot and is followed by a new connection', async () => {
    const origin = await answering(ok('ok', 'Connection: close\r\n'))
    const pool = poolFor(origin, { block: true, maxSize: 1 })
    await pool.request('GET', '/')
    await pool.request('GET', '/')
    expect(origin.connections).toHaveLength(2)
    expect(pool.inspect().pools[0]).toMatchObject({ idle: 0, active: 0 })
  })

  it('a connection beyond maxSize is closed on return, with one warning for the pool', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const origin = await answering(ok())
    const pool = poolFor(origin)
    for (let round = 0; round < 2; round += 1) {
      const both = await Promise.all([pool.request('GET', '/'), pool.request('GET', '/')])
      expect(both.map((response) => response.status)).toEqual([200, 200])
    }
    await turnsUntil(() => warnings.length > 0)
    expect(pool.inspect().pools[0]).toMatchObject({ idle: 1, active: 0 })
    const full = warnings.filter((warning) => warning.message.includes('pool is full'))
    expect(full).toHaveLength(1)
    expect(full[0]?.message).toContain('size: 1')
  })

  it('the newest idle connection is used first', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { maxSize: 3 })
    await Promise.all([pool.request('GET', '/'), pool.request('GET', '/'), pool.request('GET', '/')])
    const ids = new Set<number | undefined>()
    for (let count = 0; count < 5; count += 1) ids.add((await pool.request('GET', '/')).connection?.id)
    expect(ids.size).toBe(1)
  })

  it('stray bytes on an idle connection close it and are never an answer', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(ok('first'))
    })
    const pool = poolFor(origin)
    expect(await (await pool.request('GET', '/')).text()).toBe('first')
    origin.connections[0]?.send(ok('EVIL'))
    await turnsUntil(() => pool.inspect().pools[0]?.idle === 0)
    expect(await (await pool.request('GET', '/')).text()).toBe('first')
    expect(pool.inspect().pools[0]?.evictions).toMatchObject({ 'unsolicited data': 1 })
  })

  it('bytes behind a response are dropped with the connection, the response delivered', async () => {
    const origin = await answering(`${ok('good')}${ok('EVIL')}`)
    const pool = poolFor(origin)
    for (let count = 0; count < 3; count += 1) {
      expect(await (await pool.request('GET', '/')).text()).toBe('good')
    }
    expect(origin.connections).toHaveLength(3)
  })

  for (const fault of ['end', 'reset'] as const) {
    it(`a GET on a reused connection that dies without an answer (${fault}) is replayed once, unseen`, async () => {
      const origin = await rawOrigin(async (connection) => {
        await connection.request()
        connection.send(ok())
        if (connection.number > 1) return
        await connection.request()
        connection[fault]()
      })
      const pool = poolFor(origin)
      await pool.request('GET', '/1')
      const response = await pool.request('GET', '/2')
      expect(response.status).toBe(200)
      expect(response.history).toEqual([])
      expect(origin.connections).toHaveLength(2)
    })
  }

  it('a POST on a reused connection that dies without an answer is not sent twice', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(ok())
      await connection.request()
      connection.end()
    })
    const pool = poolFor(origin)
    await pool.request('GET', '/1')
    await expect(pool.request('POST', '/2', { body: 'x' })).rejects.toMatchObject({
      name: 'ProtocolError',
      sent: 'all',
      reusedConnection: true,
      method: 'POST',
    })
    expect(origin.requests.filter((request) => request.method === 'POST')).toHaveLength(1)
  })

  it('a GET on a fresh connection that dies without an answer is not replayed', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end()
    })
    const pool = poolFor(origin)
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(ProtocolError)
    expect(origin.connections).toHaveLength(1)
  })

  it('maxRequestsPerConnection retires a connection', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { maxRequestsPerConnection: 2 })
    for (let count = 0; count < 4; count += 1) await pool.request('GET', '/')
    expect(origin.connections).toHaveLength(2)
    expect(pool.inspect().pools[0]?.evictions).toEqual({ 'used up': 2 })
  })

  it('a Keep-Alive hint of one second keeps nothing', async () => {
    const origin = await answering(ok('ok', 'Keep-Alive: timeout=1\r\n'))
    const pool = poolFor(origin)
    await pool.request('GET', '/')
    await pool.request('GET', '/')
    expect(origin.connections).toHaveLength(2)
  })
})

describe('close', () => {
  it('closes idle connections, refuses new requests, and is idempotent', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    await pool.request('GET', '/')
    await pool.close()
    await pool.close()
    await origin.connections[0]?.finished()
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(ClosedPoolError)
  })

  it('lets a response under way finish and does not pool its connection', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    await pool.close()
    origin.connections[0]?.send('cd')
    expect(await response.text()).toBe('abcd')
    await origin.connections[0]?.finished()
  })

  it('with a grace, cuts what is not over by then', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
    })
    const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
    const pending = pool.request('GET', '/').catch((error: unknown) => error)
    await turnsUntil(() => origin.requests.length === 1)
    await pool.close({ graceMs: 10 })
    expect(await pending).toMatchObject({ name: 'ClosedPoolError', phase: 'wait', sent: 'all' })
  })

  it('with a grace, cuts a body and says that it was one', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
    })
    const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
    const response = await pool.request('GET', '/', { preloadContent: false })
    const pending = response.text().catch((error: unknown) => error)
    await pool.close({ graceMs: 10 })
    expect(await pending).toMatchObject({ name: 'ClosedPoolError', phase: 'body', sent: 'all' })
  })

  it('refuses callers that wait', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
    })
    const pool = poolFor(origin, { block: true, maxSize: 1 })
    const first = pool.request('GET', '/1').catch((error: unknown) => error)
    const second = pool.request('GET', '/2').catch((error: unknown) => error)
    await turnsUntil(() => origin.requests.length === 1)
    await pool.close()
    expect(await second).toBeInstanceOf(ClosedPoolError)
    origin.connections[0]?.end(ok())
    expect(await first).toMatchObject({ status: 200 })
  })
})

describe('a manager', () => {
  it('gives up the least recently used pool without cutting what it does', async () => {
    const slow = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
    })
    const others = await Promise.all([answering(ok()), answering(ok())])
    const manager = new PoolManager({ numPools: 2 })
    onTestFinished(() => manager.close())
    const streamed = await manager.request('GET', `${slow.url}/`, { preloadContent: false })
    for (const other of others) await manager.request('GET', `${other.url}/`)
    expect(manager.numPools).toBe(2)
    slow.connections[0]?.send('cd')
    expect(await streamed.text()).toBe('abcd')
    await slow.connections[0]?.finished()
  })

  it('refuses a URL without a scheme, and keeps origins apart', async () => {
    const [one, two] = await Promise.all([answering(ok('one')), answering(ok('two'))])
    const manager = new PoolManager()
    onTestFinished(() => manager.close())
    await expect(manager.request('GET', '/path')).rejects.toMatchObject({
      name: expect.stringMatching(/^Location|URLScheme/),
    })
    expect(await (await manager.request('GET', one.url)).text()).toBe('one')
    expect(await (await manager.request('GET', two.url)).text()).toBe('two')
    manager.clear()
    expect(manager.numPools).toBe(0)
    await Promise.all([one, two].map((origin) => origin.connections[0]?.finished()))
  })
})

it('an idle pool does not keep the process alive', async () => {
  const { spawn } = await import('node:child_process')
  const origin = await answering(ok())
  const core = new URL('../dist/index.js', import.meta.url).href
  const program = `import { HTTPConnectionPool } from '${core}'
    const pool = new HTTPConnectionPool('127.0.0.1', ${origin.port})
    console.log((await pool.request('GET', '/')).status)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
})
