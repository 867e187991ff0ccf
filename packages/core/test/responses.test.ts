// What a caller does with a response: every way to read it, once and twice, to the end and not; and what each way leaves of
// the connection. A slot is given back on every path, and a cut body is never taken for a whole one.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { HTTPResponse } from '../src/index.js'
import { expectNoConnections, poolFor, turns, turnsUntil } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'
import { ALPHABET, CHUNKED, expectReusable, streamed } from './support/streamed.js'

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
