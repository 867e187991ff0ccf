/** Retries and redirects as they come installed: the pool's word, and the request's over it. */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type BuiltInRequestOptions,
  HTTPConnectionPool,
  type HTTPResponse,
  MaxRetryError,
  PoolManager,
  type PoolOptions,
  Retry,
} from '../src/index.js'
import { rejection } from './support/outcome.js'
import { type Answer, countdown, failing, origin, type TestServer } from './support/servers.js'

type Faces = readonly [
  name: string,
  call: (
    server: TestServer,
    path: string,
    of: PoolOptions<readonly []>,
    options?: BuiltInRequestOptions,
  ) => Promise<HTTPResponse>,
]

const faces: readonly Faces[] = [
  [
    'a pool',
    (server, path, of, options) => {
      const pool = new HTTPConnectionPool('127.0.0.1', server.port, of)
      onTestFinished(() => pool.close({ graceMs: 1 }))
      return pool.request('get', path, options)
    },
  ],
  [
    'a manager',
    (server, path, of, options) => {
      const manager = new PoolManager(of)
      onTestFinished(() => manager.close({ graceMs: 1 }))
      return manager.urlopen('GET', server.url + path, options)
    },
  ],
]

const reset: Answer = (request) => void request.socket.resetAndDestroy()

describe.each(faces)('%s', (_, call) => {
  it('retries and follows without being told', async () => {
    const busy = await origin(failing(2))
    const recovered = await call(busy, '/', {})
    expect(await recovered.text()).toBe('recovered')
    expect(recovered.history.map(({ status, reason }) => [status, reason])).toEqual([
      [503, 'retry'],
      [503, 'retry'],
    ])
    const moved = await origin(countdown)
    const arrived = await call(moved, '/3', { retries: 5 })
    expect([await arrived.text(), arrived.url]).toEqual(['arrived', `${moved.url}/0`])
    expect(arrived.history).toHaveLength(3)
  })

  it('counts as often as it is told', async () => {
    const server = await origin(reset)
    const failure = await rejection(call(server, '/', { retries: 1 }))
    expect(failure).toBeInstanceOf(MaxRetryError)
    expect(server.seen).toHaveLength(2)
    await rejection(call(server, '/', { retries: 1 }, { retries: 3 }))
    expect(server.seen).toHaveLength(6)
    await rejection(call(server, '/', { total: 4 }, { retries: 0 }))
    expect(server.seen).toHaveLength(7)
    await rejection(call(server, '/', { retries: { total: 5, read: 1 } }))
    expect(server.seen).toHaveLength(9)
    await rejection(call(server, '/', { retries: new Retry({ total: 2 }) }))
    expect(server.seen).toHaveLength(12)
  })

  it('does nothing of the kind with retries: false', async () => {
    for (const [of, options] of [
      [{ retries: false }, undefined],
      [{ retries: 5 }, { retries: false }],
      [{ total: false }, {}],
    ] as const) {
      const broken = await origin(reset)
      const failure = await rejection(call(broken, '/', of, options))
      expect(failure.code).toBe('ERR_PROTOCOL')
      expect(broken.seen).toHaveLength(1)
      const moved = await origin(countdown)
      expect((await call(moved, '/2', of, options)).status).toBe(302)
      const busy = await origin(failing(1))
      expect((await call(busy, '/', of, options)).status).toBe(503)
    }
  })

  it('lets a request have what the pool has not', async () => {
    const busy = await origin(failing(1))
    expect((await call(busy, '/', { retries: false }, { retries: 1 })).status).toBe(200)
    const moved = await origin(countdown)
    expect((await call(moved, '/2', { redirect: false }, { redirect: true })).status).toBe(200)
    expect((await call(moved, '/2', { redirect: false }, { redirect: 2 })).status).toBe(200)
    expect((await call(moved, '/2', { redirect: false, max: 1 }, { redirect: 2 })).status).toBe(200)
  })

  it('does not follow with redirect: false', async () => {
    const moved = await origin(countdown)
    for (const [of, options] of [
      [{ redirect: false }, undefined],
      [{ redirect: false }, { redirect: undefined }],
      [{ redirect: false }, { redirect: null, retries: 3 }],
      [{ redirect: false }, { retries: new Retry() }],
      [{ redirect: true }, { redirect: false }],
      [{ redirect: 5 }, { redirect: false }],
      [{}, { redirect: false }],
    ] as const) {
      const response = await call(moved, '/1', of, options)
      expect([response.status, response.history.length]).toEqual([302, 0])
    }
    const wrong = await origin((_, response) => void response.writeHead(302, { Location: 'http://[' }).end())
    expect((await call(wrong, '/', { redirect: false })).status).toBe(302)
  })

  it('follows so many and no more', async () => {
    const moved = await origin(countdown)
    for (const of of [{ redirect: 2 }, { max: 2 }, { retries: { redirect: 2 } }]) {
      expect((await call(moved, '/2', of)).status).toBe(200)
      const failure = await rejection(call(moved, '/3', of))
      expect(failure.message).toContain('too many redirects')
    }
    const last = await call(moved, '/3', { redirect: 2, raiseOnRedirect: false })
    expect([last.status, last.url]).toEqual([302, `${moved.url}/1`])
    const raised = call(
      moved,
      '/3',
      { redirect: 2, raiseOnRedirect: false },
      { retries: { raiseOnRedirect: true } },
    )
    await expect(raised).rejects.toThrow('too many redirects')
  })

  it('fails or returns what persists', async () => {
    const busy = await origin((_, response) => void response.writeHead(502).end())
    const failure = await rejection(call(busy, '/', { retries: 1, statusForcelist: [502] }))
    expect(failure).toMatchObject({ code: 'ERR_MAX_RETRY', history: [{ status: 502 }] })
    const calm = { retries: 1, statusForcelist: [502], raiseOnStatus: false }
    expect((await call(busy, '/', calm)).status).toBe(502)
  })

  it('refuses a request option that is not acceptable', async () => {
    const server = await origin()
    for (const options of [{ retries: -1 }, { redirect: 'follow' }, { redirect: 1.5 }]) {
      const failure = await rejection(call(server, '/', { redirect: false }, options as never))
      expect(failure).toMatchObject({ code: 'ERR_OPTIONS', path: Object.keys(options)[0] })
    }
    await expect(call(server, '/', { redirect: false }, 5 as never)).rejects.toThrow(/request options/)
    expect(server.seen).toHaveLength(0)
  })
})

describe('a redirect', () => {
  it('to another origin takes no credentials along, unless told to', async () => {
    const other = await origin()
    const first = await origin(
      (_, response) => void response.writeHead(307, { Location: `${other.url}/x` }).end(),
    )
    await using manager = new PoolManager({ headers: { Authorization: 'Basic x', 'X-Key': 'k' } })
    await manager.request('GET', first.url)
    expect(first.seen[0]?.headers.authorization).toBe('Basic x')
    expect(other.seen[0]?.headers).not.toHaveProperty('authorization')
    await using careful = new PoolManager({ removeHeadersOnRedirect: ['X-Key'] })
    await careful.request('GET', first.url, { headers: { 'X-Key': 'k', 'X-Other': 'o' } })
    expect(other.seen[1]?.headers).not.toHaveProperty('x-key')
    expect(other.seen[1]?.headers).toHaveProperty('x-other', 'o')
  })

  it('to another origin is refused by a pool', async () => {
    const other = await origin()
    const first = await origin((_, response) => void response.writeHead(302, { Location: other.url }).end())
    await using pool = new HTTPConnectionPool('127.0.0.1', first.port)
    expect(await rejection(pool.request('GET', '/'))).toMatchObject({ code: 'ERR_HOST_CHANGED' })
    expect((await pool.request('GET', '/', { assertSameHost: false })).status).toBe(200)
  })
})
