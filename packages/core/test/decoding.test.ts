// Coded responses through a pool: every coding, preloaded and streamed, read in pieces, cut, broken, chained too long, and the
// bombs, whose contents must never be in memory at once, whatever the caller does with them.
import { once } from 'node:events'
import { createGzip, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { HTTPConnectionPool, RequestOptions } from '../src/index.js'
import { codingOf, encode, encodeChain, FORMS, type Form } from './decode/encode.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor, turn } from './support/pools.js'
import { answering, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const TEXT = 'the quick brown fox '.repeat(5_000)
const MEGABYTE = 1_048_576

const coded = (coding: string, body: Uint8Array, status = '200 OK'): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status}\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ])

async function fetched(bytes: Uint8Array, options: RequestOptions = {}): Promise<Buffer> {
  const pool = poolFor(await answering(bytes))
  const response = await pool.request('GET', '/', options)
  return response.bytes()
}

describe.each(FORMS)('%s', (form: Form) => {
  const bytes = coded(codingOf(form).toUpperCase(), encode(form, Buffer.from(TEXT)))

  it('is decoded, preloaded and streamed, and the connection kept', async () => {
    const origin = await answering(bytes)
    const pool = poolFor(origin)
    expect(await (await pool.request('GET', '/')).text()).toBe(TEXT)
    const response = await pool.request('GET', '/', { preloadContent: false })
    const pieces: Buffer[] = []
    for await (const piece of response.stream(10_240)) pieces.push(piece)
    expect(Buffer.concat(pieces).toString()).toBe(TEXT)
    expect(pieces.slice(0, -1).every((piece) => piece.length === 10_240)).toBe(true)
    expect(response.headers.get('content-encoding')).toBe(codingOf(form).toUpperCase())
    expectAtRest(pool)
    expect(origin.connections).toHaveLength(1)
  })

  it('is decoded when it comes byte by byte', async () => {
    const small = encode(form, Buffer.from('hello'))
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      for (const byte of coded(codingOf(form), small)) {
        connection.send(Uint8Array.of(byte))
        await turn()
      }
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect((await response.read()).toString()).toBe('hello')
  })

  it('is left as it is when not to be decoded, and for a part of it', async () => {
    const body = encode(form, Buffer.from(TEXT))
    expect((await fetched(bytes, { decodeContent: false })).equals(body)).toBe(true)
    const part = coded(codingOf(form), body.subarray(0, 20), '206 Partial Content')
    expect((await fetched(part)).equals(body.subarray(0, 20))).toBe(true)
  })

  it('read in pieces, then to the end, loses nothing that was decoded already', async () => {
    const pool = poolFor(await answering(bytes))
    const response = await pool.request('GET', '/', { preloadContent: false })
    const first = await response.read(1)
    expect((await response.read(0)).length).toBe(0)
    const second = await response.read(99)
    expect(Buffer.concat([first, second, await response.bytes()]).toString()).toBe(TEXT)
  })

  for (const preloadContent of [true, false]) {
    it(`cut short is a DecodeError though the message is whole, preloaded: ${preloadContent}`, async () => {
      const body = encode(form, Buffer.from(TEXT))
      const pool = poolFor(await answering(coded(codingOf(form), body.subarray(0, body.length - 3))))
      const call = pool.request('GET', '/', { preloadContent }).then((response) => response.bytes())
      await expect(call).rejects.toMatchObject({ name: 'DecodeError', phase: 'decode', method: 'GET' })
      expectAtRest(pool)
    })
  }
})

describe('chains', () => {
  it('are undone from the last to the first, over as many lines as they are written in', async () => {
    const body = encodeChain(['deflate', 'gzip', 'br'], Buffer.from(TEXT))
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\ncontent-encoding: identity, x-gzip\r\nContent-Encoding: br\r\nContent-Length: ${body.length}\r\n\r\n`
    expect((await fetched(Buffer.concat([Buffer.from(head), body]))).toString()).toBe(TEXT)
  })

  it('of six are refused by number', async () => {
    const error = await failureOf(fetched(coded('gzip, gzip, gzip, gzip, gzip, gzip', Buffer.from('x'))))
    expect(error).toMatchObject({ name: 'DecodeError' })
    expect(error.message).toMatch(/6.*5/)
  })

  it('with a coding that nobody knows are left as they are', async () => {
    for (const coding of ['compress', 'gzip, what'])
      expect((await fetched(coded(coding, Buffer.from('raw')))).toString()).toBe('raw')
  })

  it('over an empty body are an empty body', async () => {
    for (const coding of ['gzip', 'br', 'deflate, gzip'])
      expect((await fetched(coded(coding, Buffer.alloc(0)))).length).toBe(0)
  })
})

describe('several gzip members', () => {
  const members = Buffer.concat([gzipSync('one '), gzipSync('two')])
  it('are one body; zeros behind them are padding, anything else is an error', async () => {
    expect((await fetched(coded('gzip', members))).toString()).toBe('one two')
    expect((await fetched(coded('gzip', Buffer.concat([members, Buffer.alloc(10)])))).toString()).toBe(
      'one two',
    )
    await expect(
      fetched(coded('gzip', Buffer.concat([members, Buffer.from('garbage')]))),
    ).rejects.toMatchObject({ name: 'DecodeError' })
  })
})

describe('a bomb', () => {
  /** 256 MB of zeros in 256 KB. */
  async function bomb(): Promise<Buffer> {
    const gzip = createGzip()
    const zeros = Buffer.alloc(MEGABYTE)
    const packed: Buffer[] = []
    gzip.on('data', (chunk: Buffer) => packed.push(chunk))
    for (let count = 0; count < 256; count += 1) {
      await new Promise<void>((resolve) => gzip.write(zeros, () => resolve()))
    }
    gzip.end()
    await once(gzip, 'end')
    return Buffer.concat(packed)
  }

  async function origin(): Promise<RawOrigin> {
    return answering(coded('gzip', await bomb()))
  }

  /** How much more memory is in use after something ran; what it freed at once is not seen. */
  async function growth(run: () => Promise<unknown>): Promise<number> {
    const gc = globalThis.gc as () => void
    gc()
    const before = process.memoryUsage().rss
    await run()
    return process.memoryUsage().rss - before
  }

  const ways: Record<string, (pool: HTTPConnectionPool) => Promise<unknown>> = {
    'two bounded reads, then drain': async (pool) => {
      const response = await pool.request('GET', '/', { preloadContent: false })
      expect((await response.read(MEGABYTE)).length).toBe(MEGABYTE)
      expect((await response.read(1_024)).length).toBe(1_024)
      await response.drain()
    },
    'drain alone': async (pool) => (await pool.request('GET', '/', { preloadContent: false })).drain(),
    'one read, then close': async (pool) => {
      const response = await pool.request('GET', '/', { preloadContent: false })
      await response.read(1)
      response.close()
    },
    'maxDecodedBytes, preloaded': async (pool) => {
      await expect(pool.request('GET', '/')).rejects.toMatchObject({
        name: expect.stringMatching(/^(BodyTooLarge|DecodeError)$/),
      })
    },
    'maxDecodedBytes, streamed': async (pool) => {
      const response = await pool.request('GET', '/', { preloadContent: false })
      await expect(response.bytes()).rejects.toMatchObject({
        name: expect.stringMatching(/^(BodyTooLarge|DecodeError)$/),
      })
    },
  }
  for (const [what, way] of Object.entries(ways)) {
    it(`costs little memory: ${what}`, async () => {
      const limits = what.startsWith('max') ? { maxDecodedBytes: 2 * MEGABYTE } : {}
      const pool = poolFor(await origin(), { limits })
      expect(await growth(() => way(pool as unknown as HTTPConnectionPool))).toBeLessThan(32 * MEGABYTE)
      expectAtRest(pool)
    })
  }

  it('streamed to its end goes by in pieces', async () => {
    const pool = poolFor(await origin())
    const response = await pool.request('GET', '/', { preloadContent: false })
    let total = 0
    const grown = await growth(async () => {
      for await (const piece of response) {
        expect(piece.length).toBeLessThanOrEqual(MEGABYTE)
        total += piece.length
      }
    })
    expect(total).toBe(256 * MEGABYTE)
    expect(grown).toBeLessThan(64 * MEGABYTE)
  })

  it('may be exactly as long as allowed', async () => {
    const pool = poolFor(await answering(coded('gzip', gzipSync(Buffer.alloc(1_000)))), {
      limits: { maxDecodedBytes: 1_000 },
    })
    expect((await pool.request('GET', '/')).data?.length).toBe(1_000)
    const strict = poolFor(await answering(coded('gzip', gzipSync(Buffer.alloc(1_001)))), {
      limits: { maxDecodedBytes: 1_000 },
    })
    await failureOf(strict.request('GET', '/'))
    expectAtRest(strict)
  })
})

describe('a body that needs no decoding', () => {
  it.each([
    ['without a coding', []],
    ['in a coding nobody knows', ['Content-Encoding: martian']],
    ['in the identity coding', ['Content-Encoding: identity']],
  ])('%s is held to maxDecodedBytes, and by nothing when decoding is off', async (_, fields) => {
    const body = Buffer.alloc(1_000, 'x')
    const head = ['HTTP/1.1 200 OK', 'Content-Length: 1000', ...fields, '', ''].join('\r\n')
    const origin = await answering(Buffer.concat([Buffer.from(head), body]))
    const exact = poolFor(origin, { limits: { maxDecodedBytes: 1_000 } })
    const strict = poolFor(origin, { limits: { maxDecodedBytes: 999, maxResponseBytes: 5_000 } })
    const stricter = poolFor(origin, { limits: { maxDecodedBytes: 999, maxResponseBytes: 998 } })
    for (const preloadContent of [true, false]) {
      const read = (pool: HTTPConnectionPool, decodeContent = true): Promise<Buffer> =>
        pool.request('GET', '/', { preloadContent, decodeContent }).then((response) => response.bytes())
      expect(await read(exact)).toHaveLength(1_000)
      expect(await read(strict, false)).toHaveLength(1_000)
      for (const [pool, name] of [
        [strict, 'maxDecodedBytes (999)'],
        [stricter, 'maxResponseBytes (998)'],
      ] as const) {
        const error = await failureOf(read(pool))
        expect(error).toMatchObject({ code: 'ERR_BODY_TOO_LARGE', phase: 'body', sent: 'all' })
        expect(error.message).toContain(name)
        expectAtRest(pool)
      }
    }
  })
})

it('a stream that turns out to be broken closes its connection, and stays failed', async () => {
  const body = gzipSync(Buffer.from(TEXT))
  // A block type that does not exist.
  body[10] = 0x07
  const origin = await rawOrigin(async (connection) => {
    await connection.request()
    connection.send(coded('gzip', Buffer.concat([body, Buffer.alloc(4 * MEGABYTE)])))
  })
  const pool = poolFor(origin)
  const response = await pool.request('GET', '/', { preloadContent: false })
  const read = async (): Promise<void> => {
    for (;;) if ((await response.read(1_000)).length === 0) return
  }
  await expect(read()).rejects.toMatchObject({ name: 'DecodeError' })
  await expect(response.read(1)).rejects.toMatchObject({ name: 'DecodeError' })
  expectNoConnections(pool)
})
