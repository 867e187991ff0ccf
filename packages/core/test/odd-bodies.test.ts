// Bodies that are legal and rare: parts that nobody asked for, very many chunks, nothing where a chunk should be.
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { expectNoConnections, failureOf, poolFor } from './support/pools.js'
import { answering, rawOrigin } from './support/raw-origin.js'

describe('a 206 that nobody asked for', () => {
  const PARTS =
    '--limit\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\nab\r\n' +
    '--limit\r\nContent-Range: bytes 8-9/10\r\n\r\nij\r\n--limit--\r\n'
  const TYPE = 'Content-Type: multipart/byteranges; boundary=limit\r\n'
  const head = 'HTTP/1.1 206 Partial Content\r\n'

  for (const preloadContent of [true, false]) {
    it(`comes as it is, of several parts, framed by its length alone (preloaded: ${preloadContent})`, async () => {
      const origin = await answering(`${head}${TYPE}Content-Length: ${PARTS.length}\r\n\r\n${PARTS}`)
      const pool = poolFor(origin)
      for (let count = 0; count < 2; count += 1) {
        const response = await pool.request('GET', '/', { preloadContent })
        expect([response.status, await response.text()]).toEqual([206, PARTS])
      }
      expect(origin.connections).toHaveLength(1)
    })
  }

  it('does not end at its last boundary when its length says more', async () => {
    const bytes = `${head}${TYPE}Content-Length: ${PARTS.length + 4}\r\n\r\n${PARTS}more`
    expect(await (await poolFor(await answering(bytes)).request('GET', '/')).text()).toBe(`${PARTS}more`)
  })

  it('is not decoded, being a part of something coded', async () => {
    const part = gzipSync('what it is a part of').subarray(3, 12)
    const start = Buffer.from(`${head}Content-Encoding: gzip\r\nContent-Range: bytes 3-11/40\r\n`)
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(Buffer.concat([start, Buffer.from(`Content-Length: ${part.length}\r\n\r\n`), part]))
    })
    const response = await poolFor(origin).request('GET', '/')
    expect(await response.bytes()).toEqual(part)
    expect(response.headers.get('content-encoding')).toBe('gzip')
  })
})

// Told by the memory that is asked for: a buffer that is made anew for each chunk is asked for by the gigabyte.
describe('a body of very many chunks', () => {
  const MANY = 150_000
  const LARGE = 10 * 1_048_576
  const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  const CHUNK = '1\r\nx\r\n'
  const whole = Buffer.from(
    `${HEAD}${CHUNK.repeat(MANY)}${LARGE.toString(16)}\r\n${'y'.repeat(LARGE)}\r\n0\r\n\r\n`,
  )
  const expected = Buffer.from('x'.repeat(MANY) + 'y'.repeat(LARGE))

  let asked = 0
  beforeEach(() => {
    asked = 0
    const { allocUnsafe } = Buffer
    vi.spyOn(Buffer, 'allocUnsafe').mockImplementation((size) => {
      asked += size
      return allocUnsafe(size)
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    expect(asked, 'bytes of memory that were asked for').toBeLessThan(8 * expected.length)
  })

  it('of one byte each, and a large one behind them, is read in linear time, preloaded', async () => {
    const pool = poolFor(await answering(whole))
    const response = await pool.request('GET', '/')
    expect((await response.bytes()).equals(expected)).toBe(true)
    expect(pool.inspect().pools[0]?.idle).toBe(1)
  })

  it('of one byte each, and a large one behind them, is read in linear time, by pieces of any size', async () => {
    const pool = poolFor(await answering(whole))
    const response = await pool.request('GET', '/', { preloadContent: false })
    const pieces: Buffer[] = []
    for await (const piece of response.stream(7_000)) pieces.push(Buffer.from(piece))
    expect(Buffer.concat(pieces).equals(expected)).toBe(true)
    expect(pool.inspect().pools[0]?.idle).toBe(1)
  })

  it('that goes over to zeros fails at the first of them, whatever else comes', async () => {
    const sound = HEAD.length + 10_000 * CHUNK.length
    const broken = Buffer.concat([whole.subarray(0, sound), Buffer.alloc(LARGE)])
    const pool = poolFor(await answering(broken))
    for (const preloadContent of [true, false]) {
      const call = pool.request('GET', '/', { preloadContent }).then((response) => response.bytes())
      const error = await failureOf(call)
      expect(error).toMatchObject({ name: 'InvalidChunkLength', phase: 'body' })
      expect(String(error)).toContain('not a hexadecimal number')
      expectNoConnections(pool)
    }
  })
})
