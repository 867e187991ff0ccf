/** What a program finds on a response, and what `inspect()` shows of the pools behind it. */
import { inspect } from 'node:util'
import { PoolManager } from 'rockpool'
import { describe, expect, it } from 'vitest'
import { authority, secureOrigin } from '../support/servers.js'

/** A redirect, a failure, and the answer. */
async function answered() {
  let failures = 1
  const server = await secureOrigin((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { Location: '/here' }).end()
    else if (failures-- > 0) response.writeHead(503).end()
    else response.writeHead(200, { 'X-Fact': ['one', 'two'] }).end('{"deep":"blue"}')
  })
  const manager = new PoolManager({ caCerts: authority.certFile, statusForcelist: [503] })
  const response = await manager.request('get', `${server.url}/moved`)
  return { server, manager, response }
}

describe('a response', () => {
  it('tells what it is, where it came from, and by which way', async () => {
    const { server, manager, response } = await answered()
    expect(response).toMatchObject({
      status: 200,
      reason: 'OK',
      httpVersion: '1.1',
      ok: true,
      url: `${server.url}/here`,
    })
    expect(response.headers.getAll('x-fact')).toEqual(['one', 'two'])
    expect(response.headers.get('X-FACT')).toBe('one, two')
    expect(response.data?.toString()).toBe('{"deep":"blue"}')
    expect(await response.json()).toEqual({ deep: 'blue' })
    expect(response.lengthRemaining).toBe(0)
    expect([...response.trailers]).toEqual([])
    const { connection } = response
    expect(connection).toMatchObject({ remoteAddress: '127.0.0.1', remotePort: server.port, reused: true })
    expect(connection?.peer).toBe(`127.0.0.1:${server.port}`)
    expect(connection?.route.map(({ kind }) => kind)).toEqual(['tcp', 'tls'])
    expect(connection?.tls).toMatchObject({ protocol: 'TLSv1.3', verified: true, resumed: false })
    await manager.close()
  })

  it('has a timing for each step, in milliseconds', async () => {
    const { manager, response } = await answered()
    const { timings } = response
    expect(Object.keys(timings).sort()).toEqual(['connect', 'dns', 'queue', 'receive', 'send', 'tls', 'wait'])
    for (const step of ['queue', 'send', 'wait', 'receive'] as const)
      expect(timings[step]).toBeGreaterThanOrEqual(0)
    await manager.close()
  })

  it('remembers every earlier attempt', async () => {
    const { server, manager, response } = await answered()
    expect(response.history).toEqual([
      expect.objectContaining({
        method: 'GET',
        url: `${server.url}/moved`,
        status: 302,
        location: '/here',
        delayMs: 0,
        reason: 'redirect',
      }),
      expect.objectContaining({
        method: 'GET',
        url: `${server.url}/here`,
        status: 503,
        delayMs: 0,
        reason: 'retry',
      }),
    ])
    await manager.close()
  })
})

describe('inspect()', () => {
  it('shows connections, waiters, counters and evictions, as a plain object', async () => {
    const { server, manager } = await answered()
    const shown = manager.inspect()
    expect(JSON.parse(JSON.stringify(shown))).toMatchObject({
      numConnections: 1,
      numRequests: 3,
      waiters: [],
      evictions: {},
      connections: [
        {
          state: 'idle',
          uses: 3,
          peer: `127.0.0.1:${server.port}`,
          route: [{ kind: 'tcp' }, { kind: 'tls' }],
          tls: { protocol: 'TLSv1.3' },
        },
      ],
      pools: [{ origin: server.url, maxSize: 10, block: false, idle: 1, active: 0, waiters: [] }],
    })
    expect(shown.connections[0]?.ageMs).toBeGreaterThanOrEqual(0)
    expect(inspect(manager)).toMatch(/^PoolManager \{.*\}$/)
    await manager.close()
  })
})
