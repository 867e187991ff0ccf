// What the cache does, seen from servers that say exact bytes and count what they are asked.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { HTTPConnectionPool, type RequestOptions } from '@rockpool/core'
import type { Plugin } from '@rockpool/core/plugin'
import { redirect, retry } from '@rockpool/plugin-retry'
import {
  describePlugin,
  ManualClock,
  type ReceivedRequest,
  type ScriptedConnection,
  scriptedServer,
} from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'

interface CacheOptions {
  readonly maxBytes?: number
  readonly maxBodyBytes?: number
  readonly shared?: boolean
}
const place = fileURLToPath(new URL('../cache.mjs', import.meta.url))
const { cache } = (await import(/* @vite-ignore */ place)) as { cache: (options?: CacheOptions) => Plugin }

const FRESH = 'Cache-Control: public, max-age=60\r\n'
const STALE = 'Cache-Control: public, max-age=0, stale-if-error=600\r\nETag: "a"\r\n'
const head = (fields: string, status = '200 OK'): string => `HTTP/1.1 ${status}\r\nDate: ${now}\r\n${fields}`
const whole = (fields: string, body: string | Buffer, status?: string): Buffer =>
  Buffer.concat([
    Buffer.from(`${head(fields, status)}Content-Length: ${body.length}\r\n\r\n`),
    Buffer.from(body),
  ])
const NOT_MODIFIED = (fields: string): string => `${head(fields, '304 Not Modified')}\r\n`

const clock = new ManualClock()
const now = new Date(clock.wallNow()).toUTCString()

type Answer = (request: ReceivedRequest, connection: ScriptedConnection) => string | Uint8Array | undefined

/** A pool with a cache in front of a server; `close` ends the connection where there is no answer. */
async function cached(answer: Answer, options: CacheOptions = {}, others: readonly Plugin[] = []) {
  const asked: ReceivedRequest[] = []
  const server = await scriptedServer(async (connection) => {
    while (connection.isOpen) {
      const request = await connection.readRequest()
      asked.push(request)
      const bytes = answer(request, connection)
      if (bytes === undefined) return void (await connection.end())
      await connection.send(bytes)
    }
  })
  const pool = new HTTPConnectionPool<readonly Plugin[]>(server.host, server.port, {
    clock,
    timeout: null,
    maxSize: 1,
    block: true,
    plugins: [cache(options), ...others],
  })
  onTestFinished(async () => {
    expect(pool.inspect().connections.filter(({ state }) => state === 'active')).toEqual([])
    await pool.close()
    await server.close()
  })
  const get = async (
    path = '/',
    more: RequestOptions & { readonly cache?: boolean } = {},
  ): Promise<string> => {
    const response = await pool.request('GET', path, more as RequestOptions & Record<string, never>)
    return `${response.status} ${await response.text()}`
  }
  return { pool, asked, get }
}

const counting = (fields: string): Answer => {
  let count = 0
  return () => whole(fields, `answer ${++count}`)
}

describe('a fresh response', () => {
  it('is given without a connection, read at once or streamed, until its time is over', async () => {
    const { asked, get } = await cached(counting(FRESH))
    expect(await get('/', { preloadContent: false })).toBe('200 answer 1')
    expect(await get()).toBe('200 answer 1')
    expect(await get('/', { preloadContent: false })).toBe('200 answer 1')
    clock.advance(61_000)
    expect(await get()).toBe('200 answer 2')
    expect(asked).toHaveLength(2)
  })

  it('stays what it was when a caller writes into the bytes', async () => {
    const { pool, get } = await cached(counting(FRESH))
    for (let call = 0; call < 2; call++) (await pool.request('GET', '/')).data?.fill(120)
    expect(await get()).toBe('200 answer 1')
  })

  it('is stored by the fields that Vary names, over several lines, and not at all for *', async () => {
    const vary = 'Vary: Accept-Language\r\nVary: X-Tenant\r\n'
    const { asked, get } = await cached((request) => {
      const fields = request.target === '/star' ? `${FRESH}Vary: *\r\n` : FRESH + vary
      return whole(fields, `${request.header('accept-language')} ${request.header('x-tenant')}`)
    })
    const of = (language: string, tenant: string) =>
      get('/', { headers: { 'Accept-Language': language, 'X-Tenant': tenant } })
    for (let round = 0; round < 2; round++) {
      expect(await of('fr', 'one')).toBe('200 fr one')
      expect(await of('fr', 'two')).toBe('200 fr two')
      expect(await of('en', 'one')).toBe('200 en one')
    }
    expect(asked).toHaveLength(3)
    await get('/star')
    await get('/star')
    expect(asked).toHaveLength(5)
  })

  it('is stored as it was read: decoded and undecoded apart', async () => {
    const packed = gzipSync('unpacked')
    const { asked, get } = await cached(() => whole(`${FRESH}Content-Encoding: gzip\r\n`, packed))
    for (let round = 0; round < 2; round++) {
      expect(await get()).toBe('200 unpacked')
      expect(await get('/', { decodeContent: false })).not.toBe('200 unpacked')
    }
    expect(asked).toHaveLength(2)
  })
})

describe('a response is not stored', () => {
  it('when its reader leaves early, or it breaks off', async () => {
    let calls = 0
    const { pool, asked, get } = await cached((_request, connection) => {
      calls += 1
      if (calls === 1) return whole(FRESH, 'x'.repeat(300_000))
      if (calls > 2) return whole(FRESH, 'whole')
      void connection.send(`${head(FRESH)}Content-Length: 100\r\n\r\nhalf`)
      return undefined
    })
    for await (const chunk of await pool.request('GET', '/', { preloadContent: false })) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await expect(get()).rejects.toMatchObject({ code: 'ERR_INCOMPLETE_READ' })
    expect(await get()).toBe('200 whole')
    expect(asked).toHaveLength(3)
  })

  it.each([
    ['no-store', 'Cache-Control: no-store\r\n', {}],
    ['private, in a shared cache', 'Cache-Control: private, max-age=60\r\n', {}],
    [
      'asked for with Authorization',
      'Cache-Control: max-age=60\r\n',
      { headers: { Authorization: 'Basic eDp5' } },
    ],
    ['neither fresh nor to be validated', '', {}],
    ['asked for without a cache', FRESH, { cache: false }],
    ['a part', FRESH, { headers: { Range: 'bytes=0-3' } }],
  ])('when it is %s', async (_, fields, more) => {
    const { get } = await cached(counting(fields))
    expect([await get('/', more), await get('/', more)]).toEqual(['200 answer 1', '200 answer 2'])
  })

  it('when it is longer than one may be; and the oldest goes when all are too long together', async () => {
    const { asked, get } = await cached((request) => whole(FRESH, request.target.repeat(1_000)), {
      maxBodyBytes: 4_000,
      maxBytes: 10_000,
    })
    await get('/long')
    await get('/long')
    expect(asked).toHaveLength(2)
    for (const path of ['/1', '/2', '/3', '/1', '/4']) await get(path)
    asked.length = 0
    await get('/1')
    await get('/4')
    expect(asked).toEqual([])
    await get('/2')
    expect(asked).toHaveLength(1)
  })

  it('but private ones are in a cache of one user', async () => {
    const { get } = await cached(counting('Cache-Control: private, max-age=60\r\n'), { shared: false })
    expect([await get(), await get()]).toEqual(['200 answer 1', '200 answer 1'])
  })

  it('for longer than until it is changed through the same pool', async () => {
    const { pool, get } = await cached(counting(FRESH))
    await get()
    await pool.request('PUT', '/', { body: 'new' })
    expect(await get()).toBe('200 answer 3')
  })
})

describe('a stale response', () => {
  it('is validated, given again when it still holds, and fresh for as long as the 304 says', async () => {
    const { asked, get } = await cached((request) =>
      request.header('if-none-match') === '"a"'
        ? NOT_MODIFIED(`${FRESH}ETag: "a"\r\n`)
        : whole(STALE, 'stored'),
    )
    expect([await get(), await get(), await get()]).toEqual(['200 stored', '200 stored', '200 stored'])
    expect(asked.map((request) => request.header('if-none-match'))).toEqual([undefined, '"a"'])
  })

  it('is asked for anew when the 304 is about another', async () => {
    const { pool, asked, get } = await cached((request) =>
      request.header('if-none-match') === undefined ? whole(STALE, 'whole') : NOT_MODIFIED('ETag: "b"\r\n'),
    )
    await get()
    const again = await pool.request('GET', '/')
    expect([again.status, again.data?.toString(), again.history.map(({ reason }) => reason)]).toEqual([
      200,
      'whole',
      ['cache'],
    ])
    expect(asked).toHaveLength(3)
  })

  const broken: readonly (readonly [string, Answer])[] = [
    ['that breaks off', () => undefined],
    ['that answers 503', () => whole('', 'busy', '503 Busy')],
  ]
  it.each(broken)(
    'stands in for an origin %s, alone and with retries, until stale-if-error is over',
    async (_, fail) => {
      for (const others of [[], [retry({ total: 2, statusForcelist: [503] })]]) {
        let well = true
        const { pool, get } = await cached(
          (...call) => (well ? whole(STALE, 'stored') : fail(...call)),
          {},
          others,
        )
        await get()
        well = false
        expect(await get()).toBe('200 stored')
        expect(pool.inspect().plugins.cache).toMatchObject({ staleOnError: 1 })
        clock.advance(601_000)
        expect(await get().catch((error: Error) => error.name)).not.toBe('200 stored')
      }
    },
  )

  it('does not when must-revalidate forbids it', async () => {
    let well = true
    const { get } = await cached(() =>
      well ? whole(STALE.replace('public', 'public, must-revalidate'), 'stored') : undefined,
    )
    await get()
    well = false
    await expect(get()).rejects.toMatchObject({ code: 'ERR_PROTOCOL' })
  })

  it('is left alone by a caller who validates by himself, or takes only what is stored', async () => {
    const { asked, get } = await cached((request) =>
      request.header('if-none-match') === '"mine"' ? NOT_MODIFIED('') : whole(STALE, 'stored'),
    )
    await get()
    expect(await get('/', { headers: { 'If-None-Match': '"mine"' } })).toBe('304 ')
    expect(asked).toHaveLength(2)
    expect(await get('/', { headers: { 'Cache-Control': 'only-if-cached' } })).toBe('504 ')
    expect(asked).toHaveLength(2)
  })
})

describePlugin(cache, {
  name: 'cache() beside retry() and redirect()',
  describe,
  it,
  validOptions: { maxBytes: 1_000_000 },
  invalidOptions: [[{ maxBytes: -1 }, 'maxBytes']],
  requestOptions: { cache: true },
  companions: () => [retry(), redirect()],
})
