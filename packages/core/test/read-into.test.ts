// `readInto`: a body read into memory of the caller's, whatever its framing and wherever it comes from.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type HTTPResponse, IncompleteRead, ResponseError } from '../src/index.js'
import { definePlugin, HTTPResponse as Made } from '../src/plugin.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor, turns, turnsUntil } from './support/pools.js'
import { answering, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const SIZE = 300_001
const body = Buffer.from(Array.from({ length: SIZE }, (_, index) => (index * 7 + (index >> 8)) % 251))

function chunked(bytes: Buffer, size: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const answer = (fields: string, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`), content])

const framings = {
  'of known length': answer(`Content-Length: ${SIZE}\r\n`, body),
  'in chunks': answer('Transfer-Encoding: chunked\r\n', chunked(body, 70_000)),
  'in small chunks': answer('Transfer-Encoding: chunked\r\n', chunked(body, 999)),
  coded: answer(`Content-Encoding: gzip\r\nContent-Length: ${gzipSync(body).length}\r\n`, gzipSync(body)),
}

/** Sends `bytes` in pieces of odd sizes, as fast as they are taken. */
function sending(bytes: Buffer): Promise<RawOrigin> {
  return rawOrigin(async (connection) => {
    while ((await connection.request()) !== undefined) {
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 40_001)
        connection.send(bytes.subarray(at, at + size))
    }
  })
}

/** The whole body through one buffer, and how much came at a time. */
async function readAll(response: HTTPResponse, size: number): Promise<{ bytes: Buffer; counts: number[] }> {
  const target = new Uint8Array(size + 2).subarray(1, size + 1)
  const parts: Buffer[] = []
  const counts: number[] = []
  for (let count = await response.readInto(target); count > 0; count = await response.readInto(target)) {
    parts.push(Buffer.from(target.subarray(0, count)))
    counts.push(count)
  }
  expect([new Uint8Array(target.buffer)[0], new Uint8Array(target.buffer)[size + 1]]).toEqual([0, 0])
  return { bytes: Buffer.concat(parts), counts }
}

describe('readInto', () => {
  for (const [framing, bytes] of Object.entries(framings)) {
    it.each([997, 65_536, 100_000, SIZE, 1_000_000])(
      `fills %d bytes each time but the last, and gives the connection back: a body ${framing}`,
      async (size) => {
        const pool = poolFor(await sending(bytes))
        const response = await pool.request('GET', '/', { preloadContent: false })
        const read = await readAll(response, size)
        expect(read.bytes.equals(body)).toBe(true)
        expect(read.counts.slice(0, -1).every((count) => count === size)).toBe(true)
        expect(await response.readInto(new Uint8Array(5))).toBe(0)
        expectAtRest(pool)
        await pool.request('GET', '/')
        expect(pool.inspect().pools[0]?.idle).toBe(1)
      },
    )
  }

  it('reads what ends with its connection', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end(answer('', body))
    })
    const response = await poolFor(origin).request('GET', '/', { preloadContent: false })
    expect((await readAll(response, 4_096)).bytes.equals(body)).toBe(true)
  })

  it('reads what was preloaded, and what a plugin brought', async () => {
    const origin = await answering('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789')
    const own = definePlugin({
      name: 'own',
      apply: (host) =>
        void host.hooks.onRequest.tap('own', () => new Made({ status: 200, body: 'abcdefghij' })),
    })()
    for (const plugins of [[], [own]]) {
      for (const preloadContent of [true, false]) {
        const response = await poolFor(origin, { plugins }).request('GET', '/', { preloadContent })
        const { bytes, counts } = await readAll(response, 4)
        expect(String(bytes)).toBe(plugins.length === 0 ? '0123456789' : 'abcdefghij')
        expect(counts).toEqual([4, 4, 2])
      }
    }
  })

  it('goes together with the other ways to read, whose bytes stay as they are', async () => {
    const pool = poolFor(await sending(framings['of known length']))
    const response = await pool.request('GET', '/', { preloadContent: false })
    const parts: Buffer[] = []
    const own = Buffer.alloc(10_007)
    for (let turn = 0; ; turn++) {
      const count = await response.readInto(own)
      parts.push(Buffer.from(own.subarray(0, count)))
      // Kept as it was handed over: a later read must not change it.
      const more = await response.read(turn % 2 === 0 ? 3 : 50_000)
      parts.push(more)
      if (more.length === 0) break
    }
    expect(Buffer.concat(parts).equals(body)).toBe(true)
  })

  it('takes nothing when there is no room, and leaves everything where it is', async () => {
    const pool = poolFor(await sending(framings['in chunks']))
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect(await response.readInto(new Uint8Array(0))).toBe(0)
    expect((await readAll(response, 50_000)).bytes.equals(body)).toBe(true)
  })

  it('is one at a time', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    })
    const response = await poolFor(origin).request('GET', '/', { preloadContent: false })
    const first = response.readInto(new Uint8Array(20))
    expect(await failureOf(response.readInto(new Uint8Array(20)))).toBeInstanceOf(ResponseError)
    expect(await failureOf(response.read(1))).toBeInstanceOf(ResponseError)
    origin.connections[0]?.send('0123456789')
    expect(await first).toBe(10)
  })

  it('gives what had arrived of a body that breaks off, then the error', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234')
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    const target = Buffer.alloc(8)
    expect(await response.readInto(target)).toBe(5)
    expect(String(target.subarray(0, 5))).toBe('01234')
    expect(await failureOf(response.readInto(target))).toBeInstanceOf(IncompleteRead)
    expectNoConnections(pool)
  })

  it('is cut by closing the response', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    const failure = failureOf(response.readInto(new Uint8Array(20)))
    response.close()
    expect(await failure).toBeInstanceOf(Error)
    expectNoConnections(pool)
  })

  it('does not read on while nobody asks', async () => {
    const length = 32 * 1_048_576
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(answer(`Content-Length: ${length}\r\n`, Buffer.alloc(length)))
    })
    const response = await poolFor(origin).request('GET', '/', { preloadContent: false })
    const target = new Uint8Array(1_000)
    expect(await response.readInto(target)).toBe(1_000)
    await turns(200)
    expect(origin.connections[0]?.socket.writableLength).toBeGreaterThan(0)
    let total = 1_000
    for (let count = 1; count > 0; total += count) count = await response.readInto(new Uint8Array(1_048_576))
    expect(total).toBe(length)
    await turnsUntil(() => origin.connections[0]?.socket.writableLength === 0)
  })
})
