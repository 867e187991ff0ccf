// What a caller does with a response: every way to read it, once and twice, to the end and not; and what each way leaves of
// the connection. A slot is given back on every path, and a cut body is never taken for a whole one.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import {
  type HTTPConnectionPool,
  type HTTPResponse,
  IncompleteRead,
  type RequestOptions,
} from '../src/index.js'
import { definePlugin } from '../src/plugin.js'
import {
  expectAtRest,
  expectNoConnections,
  failureOf,
  gatherWarnings,
  outcomeOf,
  poolFor,
  turn,
  turns,
  turnsUntil,
} from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'

async function streamed(
  bytes: string | Uint8Array,
  options: RequestOptions = {},
): Promise<{ origin: RawOrigin; pool: HTTPConnectionPool; response: HTTPResponse }> {
  const origin = await answering(bytes)
  const pool = poolFor(origin, { timeout: { read: 5_000 } })
  return { origin, pool, response: await pool.request('GET', '/p?q', { preloadContent: false, ...options }) }
}

/** The one connection can be used again. */
async function expectReusable(pool: HTTPConnectionPool, origin: RawOrigin): Promise<void> {
  expectAtRest(pool)
  expect((await pool.request('GET', '/')).ok).toBe(true)
  expect(origin.connections).toHaveLength(1)
}

describe('reading', () => {
  const forms = {
    'of known length': ok(ALPHABET),
    'in chunks': `${CHUNKED}1\r\na\r\n3\r\nbcd\r\n16\r\n${ALPHABET.slice(4)}\r\n0\r\nX-Sum: 7\r\n\r\n`,
  }
  for (const [what, bytes] of Object.entries(forms)) {
    describe(`a body ${what}`, () => {
      it('by read(n): exactly n bytes, fewer only at the end, none after it', async () => {
        const { pool, origin, response } = await streamed(bytes)
        const read = async (size?: number): Promise<string> => (await response.read(size)).toString()
        expect([await read(1), await read(0), await read(9), await read(2)]).toEqual([
          'a',
          '',
          'bcdefghij',
          'kl',
        ])
        expect([await read(100), await read(1), await read(0), await read()]).toEqual([
          ALPHABET.slice(12),
          '',
          '',
          '',
        ])
        await expectReusable(pool, origin)
      })

      it('by read(): all that is left', async () => {
        const { pool, origin, response } = await streamed(bytes)
        await response.read(3)
        expect((await response.read()).toString()).toBe(ALPHABET.slice(3))
        await expectReusable(pool, origin)
      })

      it('by stream(n): pieces of n, only the last shorter, none empty', async () => {
        const { pool, origin, response } = await streamed(bytes)
        const pieces: string[] = []
        for await (const piece of response.stream(10)) pieces.push(piece.toString())
        expect(pieces).toEqual(['abcdefghij', 'klmnopqrst', 'uvwxyz'])
        await expectReusable(pool, origin)
      })

      it('by stream(0): nothing', async () => {
        const { response } = await streamed(bytes)
        for await (const _ of response.stream(0)) throw new Error('a piece')
      })

      it('by for await, by a web stream and by a Node stream', async () => {
        const ways: ((response: HTTPResponse) => AsyncIterable<Uint8Array>)[] = [
          (response) => response,
          (response) => response.toWeb() as unknown as AsyncIterable<Uint8Array>,
          (response) => response.toNode(),
        ]
        for (const way of ways) {
          const { pool, origin, response } = await streamed(bytes)
          const pieces: Uint8Array[] = []
          for await (const piece of way(response)) pieces.push(piece)
          expect(Buffer.concat(pieces).toString()).toBe(ALPHABET)
          await expectReusable(pool, origin)
        }
      })

      it('by bytes() once: a second time is an error, after a partial read it is the rest', async () => {
        const { response } = await streamed(bytes)
        await response.read(20)
        expect((await response.bytes()).toString()).toBe('uvwxyz')
        for (const again of [response.bytes(), response.text(), response.json()]) {
          await expect(again).rejects.toMatchObject({ name: 'ResponseError' })
        }
        expect((await response.read()).length).toBe(0)
      })
    })
  }

  it('a size that is no count is refused', async () => {
    const { response } = await streamed(ok(ALPHABET))
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(response.read(size)).rejects.toBeInstanceOf(RangeError)
      await expect(response.stream(size).next()).rejects.toBeInstanceOf(RangeError)
    }
  })

  it('a preloaded body can be had in every form, as often as wanted', async () => {
    const pool = poolFor(await answering(Buffer.from(ok('\ufeff{"a":1}'))))
    const response = await pool.request('GET', '/')
    expect(response.data?.toString()).toBe('\ufeff{"a":1}')
    expect([await response.text(), await response.text()]).toEqual(['{"a":1}', '{"a":1}'])
    expect(await response.json()).toEqual({ a: 1 })
    expect((await response.bytes()).equals(response.data as Buffer)).toBe(true)
    expect(response.lengthRemaining).toBe(0)
    const streamedAfter: Buffer[] = []
    for await (const piece of response) streamedAfter.push(piece)
    expect(Buffer.concat(streamedAfter).equals(response.data as Buffer)).toBe(true)
  })

  it('what is no JSON is a SyntaxError, bytes that are no UTF-8 become replacement characters', async () => {
    const pool = poolFor(await answering(ok('{')))
    await expect((await pool.request('GET', '/')).json()).rejects.toBeInstanceOf(SyntaxError)
    const other = poolFor(
      await answering(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff!', 'latin1')),
    )
    expect(await (await other.request('GET', '/')).text()).toBe('\ufffd!')
  })

  it('lengthRemaining counts down where the length is known', async () => {
    const { response } = await streamed(ok(ALPHABET))
    await turnsUntil(() => response.lengthRemaining === 0)
    const chunked = await streamed(`${CHUNKED}0\r\n\r\n`)
    expect(chunked.response.lengthRemaining).toBeUndefined()
  })

  it('trailers are there once the body has ended, and never among the headers', async () => {
    const first = `${CHUNKED}1\r\na\r\n`
    const last = '0\r\nX-Sum: 7\r\nx-sum: 8\r\n\r\n'
    const bytes = first + last
    const { origin, response } = await streamed(first)
    expect((await response.read(1)).toString()).toBe('a')
    expect(response.trailers.size).toBe(0)
    origin.connections[0]?.send(last)
    expect((await response.read()).length).toBe(0)
    expect(response.trailers.getAll('X-SUM')).toEqual(['7', '8'])
    expect(response.headers.has('x-sum')).toBe(false)
    const preloaded = await poolFor(await answering(bytes)).request('GET', '/')
    expect(preloaded.trailers.get('x-sum')).toBe('7, 8')
  })
})

describe('leaving a body unread', () => {
  const long = ok('x'.repeat(500_000))
  const ways: Record<string, (response: HTTPResponse) => unknown> = {
    'close()': (response) => response.close(),
    'release()': (response) => response.release(),
    'asynchronous disposal': (response) => response[Symbol.asyncDispose](),
    'breaking out of a loop': async (response) => {
      for await (const _ of response) break
    },
    'throwing out of a loop': async (response) => {
      await outcomeOf(
        (async () => {
          for await (const _ of response) throw new Error('mine')
        })(),
      )
    },
    'destroying its Node stream': (response) => response.toNode().destroy(),
    'destroying its Node stream after a piece': async (response) => {
      const stream = response.toNode()
      for await (const _ of stream) break
    },
    'cancelling its web stream': (response) => response.toWeb().cancel(),
    'cancelling its web stream after a piece': async (response) => {
      const reader = response.toWeb().getReader()
      await reader.read()
      await reader.cancel()
    },
    'ending its stream before the first piece': (response) => response.stream().return(),
    'a pipeline whose end fails': (response) =>
      outcomeOf(
        pipeline(response.toNode(), async (source: AsyncIterable<Buffer>) => {
          for await (const _ of source) throw new Error('disk full')
        }),
      ),
    'drain() of more than its limit': (response) => response.drain(),
  }
  for (const [what, way] of Object.entries(ways)) {
    it(`by ${what} closes the connection and frees the slot`, async () => {
      const origin = await answering(long)
      const pool = poolFor(origin, { block: true, maxSize: 1, poolTimeout: 2_000 })
      const response = await pool.request('GET', '/', { preloadContent: false })
      await way(response)
      await turnsUntil(() => pool.inspect().pools[0]?.connections.length === 0)
      expect((await pool.request('GET', '/')).status).toBe(200)
      expect(origin.connections).toHaveLength(2)
      response.close()
      response.release()
      await response.drain()
      expect((await response.read()).length).toBe(0)
    })
  }

  it('drain() of little keeps the connection', async () => {
    for (const bytes of [ok('x'.repeat(60_000)), `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`]) {
      const { pool, origin, response } = await streamed(bytes)
      await response.read(1)
      await response.drain()
      await expectReusable(pool, origin)
    }
  })

  it('drain() of a body that never ends stops at its limit', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      while (!connection.socket.destroyed) {
        connection.send(`8000\r\n${'x'.repeat(0x8000)}\r\n`)
        await turn()
      }
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    await response.drain()
    expectNoConnections(pool)
  })

  const watching = definePlugin({
    name: 'watching',
    apply: (host) => host.hooks.onResponse.tap('watching', () => undefined),
  })
  for (const plugins of [[], [watching()]]) {
    it(`that is garbage collected frees the slot and warns, with ${plugins.length} plugins`, async () => {
      const warnings = gatherWarnings()
      const origin = await answering(long)
      const pool = poolFor(origin, { block: true, maxSize: 1, plugins })
      await (async () => {
        const response = await pool.request('GET', '/forgotten', { preloadContent: false })
        expect(response.status).toBe(200)
      })()
      const gc = globalThis.gc as () => void
      for (let count = 0; count < 200 && warnings.length === 0; count += 1) {
        gc()
        await turns(5)
      }
      expect(warnings.map((warning) => warning.message).join()).toMatch(
        /unread.*GET http:\/\/127\.0\.0\.1:\d+\/forgotten/,
      )
      expect((await pool.request('GET', '/')).status).toBe(200)
    })
  }

  it('with releaseConnection: false the end of the body keeps the slot until release()', async () => {
    const { pool, origin, response } = await streamed(ok(ALPHABET), { releaseConnection: false })
    expect((await response.bytes()).toString()).toBe(ALPHABET)
    expect(pool.inspect().pools[0]).toMatchObject({ active: 1, idle: 0 })
    response.release()
    response.release()
    await expectReusable(pool, origin)
  })
})

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

describe('maxResponseBytes', () => {
  const bodies = { 'of known length': ok(ALPHABET), 'in chunks': `${CHUNKED}1a\r\n${ALPHABET}\r\n0\r\n\r\n` }
  for (const [what, bytes] of Object.entries(bodies)) {
    for (const preloadContent of [true, false]) {
      it(`a body ${what} may be as long, not longer, preloaded: ${preloadContent}`, async () => {
        const exact = poolFor(await answering(bytes), { limits: { maxResponseBytes: 26 } })
        expect(await (await exact.request('GET', '/', { preloadContent })).text()).toBe(ALPHABET)
        const pool = poolFor(await answering(bytes), { limits: { maxResponseBytes: 25 } })
        const call = pool.request('GET', '/', { preloadContent }).then((response) => response.text())
        await expect(call).rejects.toMatchObject({ name: 'BodyTooLarge', phase: 'body' })
        expectNoConnections(pool)
      })
    }
  }
})

describe('the head', () => {
  it('keeps order and casing of its lines, and Set-Cookie lines apart', async () => {
    const fields = Array.from({ length: 16 }, (_, index) => [
      `X-${index % 3 === 0 ? 'a' : 'B'}${(index * 5) % 16}`,
      `v${index}`,
    ])
    const cookies = [
      ['Set-Cookie', 'foo=1'],
      ['set-cookie', 'bar=1'],
    ]
    const lines = [...fields, ...cookies].map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const { response } = await streamed(`HTTP/1.1 200 OK\r\n${lines}Content-Length: 0\r\n\r\n`)
    expect([...response.headers].slice(0, 18)).toEqual([...fields, ...cookies])
    expect(response.headers.get('SET-COOKIE')).toBe('foo=1, bar=1')
    expect(response.headers.getAll('set-cookie')).toEqual(['foo=1', 'bar=1'])
  })

  it('and what else is known: url, history, times, the connection', async () => {
    const { pool, origin, response } = await streamed(ok())
    expect(response).toMatchObject({
      url: `${origin.url}/p?q`,
      history: [],
      ok: true,
      reason: 'OK',
      httpVersion: '1.1',
    })
    expect(response.connection).toMatchObject({
      id: 1,
      reused: false,
      remotePort: origin.port,
      remoteAddress: '127.0.0.1',
    })
    expect(response.connection?.route).toEqual([{ kind: 'tcp', peer: `127.0.0.1:${origin.port}` }])
    await response.read()
    const { dns: _, tls, ...times } = response.timings
    expect(tls).toBeUndefined()
    for (const [name, value] of Object.entries(times)) expect(value, name).toBeGreaterThanOrEqual(0)
    expect((await pool.request('GET', '/')).connection?.reused).toBe(true)
  })

  it('an HTTP/1.0 server may keep its connection by saying so', async () => {
    const origin = await answering('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok')
    const pool = poolFor(origin)
    for (let count = 0; count < 3; count += 1)
      expect((await pool.request('GET', '/')).httpVersion).toBe('1.0')
    expect(origin.connections).toHaveLength(1)
  })
})

describe('a slow reader', () => {
  it('makes the server wait, and gets every byte', async () => {
    const piece = Buffer.alloc(65_536, 'x')
    const total = 64 * 1_048_576
    let written = 0
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
      const source = Readable.from(
        (function* () {
          for (; written < total; written += piece.length) yield piece
        })(),
      )
      source.pipe(connection.socket, { end: false })
    })
    const pool = poolFor(origin, { maxSize: 2 })
    const response = await pool.request('GET', '/', { preloadContent: false })
    await turns(300)
    const before = written
    expect(before).toBeLessThan(24 * 1_048_576)
    await turns(100)
    expect(written).toBe(before)
    let received = 0
    for await (const chunk of response) received += chunk.length
    expect(received).toBe(total)
  })
})
