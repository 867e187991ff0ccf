import { Readable } from 'node:stream'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { InformationalResponse } from '../src/index.js'
import { expectNoConnections, failureOf, poolFor, turns, turnsUntil } from './support/pools.js'
import { answering, ok, type RawConnection, type RawOrigin, rawOrigin } from './support/raw-origin.js'
import { originThat, repeated, source } from './support/upload-sources.js'

const MEGABYTE = 1_048_576
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found'

describe('an answer that comes before the upload has ended', () => {
  const bodies = {
    // More than the kernel's buffers of both ends can hold: the upload cannot have ended.
    'bytes of known length': () => Buffer.alloc(24 * MEGABYTE),
    'chunks of a stream': () => source(repeated(new Uint8Array(65_536), 384)),
  }
  const endings = {
    'half-closes without reading': (connection: RawConnection) => connection.end(NOT_FOUND),
    'keeps the connection and never reads': (connection: RawConnection) => connection.send(NOT_FOUND),
    'closes, so that the upload meets a reset': (connection: RawConnection) => {
      connection.socket.end(NOT_FOUND, () => connection.socket.destroy())
    },
    'resets once the answer has been taken': (connection: RawConnection) => {
      connection.socket.write(NOT_FOUND, () => connection.reset())
    },
  }
  for (const [what, body] of Object.entries(bodies)) {
    for (const [how, end] of Object.entries(endings)) {
      it(`is returned: ${what}, the server ${how}`, async () => {
        const origin = await originThat(async (connection) => {
          await connection.head()
          connection.socket.pause()
          end(connection)
        })
        const pool = poolFor(origin)
        const response = await pool.request('POST', '/', { body: body() })
        expect([response.status, await response.text()]).toEqual([404, 'not found'])
        expectNoConnections(pool)
        expect((await pool.request('POST', '/', { body: 'x' })).data?.toString()).toBe('next')
        expect(origin.connections).toHaveLength(2)
      })
    }
  }

  it('costs nothing when all that was declared had been sent, though the source has not said that it ended', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    async function* body(): AsyncGenerator<string> {
      yield 'hello'
      await turnsUntil(() => origin.requests.length > 0)
      await turns(50)
    }
    await pool.request('PUT', '/', { body: body(), headers: { 'Content-Length': 5 } })
    expect(pool.inspect().pools[0]?.idle).toBe(1)
    await pool.request('GET', '/')
    expect(origin.connections).toHaveLength(1)
  })

  it('is returned though the server goes on reading, and the half-sent request is never reused', async () => {
    const body = source(repeated(new Uint8Array(65_536), 1_000_000))
    const origin = await originThat(async (connection) => {
      await connection.head()
      connection.send(ok('enough'))
    })
    const pool = poolFor(origin)
    expect(await (await pool.request('PUT', '/', { body })).text()).toBe('enough')
    await turnsUntil(() => body.ended)
    expectNoConnections(pool)
  })

  it('may be streamed while the upload goes on', async () => {
    const origin = await originThat(async (connection) => {
      await connection.head()
      connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
      await go
      connection.send('4\r\nlast\r\n0\r\n\r\n')
    })
    let proceed: () => void = () => undefined
    const go = new Promise<void>((resolve) => {
      proceed = resolve
    })
    async function* body(): AsyncGenerator<string> {
      yield 'question'
      await go
      yield 'and the rest'
    }
    const pool = poolFor(origin)
    const response = await pool.request('POST', '/', { body: body(), preloadContent: false })
    expect((await response.read(5)).toString()).toBe('first')
    proceed()
    expect((await response.read()).toString()).toBe('last')
  })
})

describe('Expect: 100-continue', () => {
  async function asked(
    answer: (connection: RawConnection) => void | Promise<void>,
    clock = new ManualClock(),
  ): Promise<{
    origin: RawOrigin
    pool: ReturnType<typeof poolFor>
    clock: ManualClock
    bodies: string[]
    heads: string[]
  }> {
    const bodies: string[] = []
    const heads: string[] = []
    const origin = await rawOrigin(async (connection) => {
      const head = await connection.head()
      heads.push(head ?? '')
      connection.socket.on('data', (chunk: Buffer) => bodies.push(chunk.toString()))
      await turns(5)
      expect(bodies).toEqual([])
      await answer(connection)
    })
    return { origin, pool: poolFor(origin, { clock, timeout: null }), clock, bodies, heads }
  }

  it('sends the body once 100 came, and tells of every informational answer', async () => {
    const { pool, bodies, heads } = await asked(async (connection) => {
      connection.send('HTTP/1.1 100 Continue\r\n\r\n')
      await turnsUntil(() => bodies.join('') === 'hello')
      connection.send('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n')
      connection.send('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')
      connection.send(ok())
    })
    const seen: InformationalResponse[] = []
    const response = await pool.request('POST', '/', {
      body: 'hello',
      expectContinue: true,
      onInformational: (head) => seen.push(head),
    })
    expect(response.status).toBe(200)
    expect(heads[0]).toMatch(/\r\nContent-Length: 5\r\nUser-Agent: [^\r]+\r\nExpect: 100-continue$/)
    expect(seen.map((head) => head.status)).toEqual([100, 100, 102, 103])
    expect(seen[3]?.headers.get('link')).toBe('</x>')
    expect(pool.inspect().pools[0]?.idle).toBe(1)
  })

  for (const status of ['417 Expectation Failed', '413 Content Too Large', '200 OK']) {
    it(`a final ${status} instead is returned, the body never sent, the connection not reused`, async () => {
      const { pool, bodies, origin } = await asked((connection) =>
        connection.send(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`),
      )
      const body = source(['hello'])
      const response = await pool.request('POST', '/', { body, expectContinue: true })
      expect([response.status, await response.text()]).toEqual([Number(status.slice(0, 3)), 'no'])
      await origin.connections[0]?.finished()
      expect(bodies).toEqual([])
      expect(body.pulled).toBe(0)
      expectNoConnections(pool)
      const stream = new Readable({ read() {} })
      await pool.request('POST', '/', { body: stream, expectContinue: true })
      expect(stream.destroyed).toBe(true)
    })
  }

  it('silence lets the body go after a second', async () => {
    const { pool, clock, bodies } = await asked(async (connection) => {
      clock.advance(999)
      await turns(20)
      expect(bodies).toEqual([])
      clock.advance(1)
      await turnsUntil(() => bodies.join('') === 'hello')
      connection.send(ok())
    })
    expect((await pool.request('POST', '/', { body: 'hello', expectContinue: true })).status).toBe(200)
    expect(clock.pending).toBeLessThanOrEqual(1)
  })

  it('is not asked for without a body, and can be asked for by the field', async () => {
    const origin = await rawOrigin(async (connection) => {
      const head = (await connection.head()) ?? ''
      heads.push(head)
      connection.send(`${/expect/i.test(head) ? 'HTTP/1.1 100 Continue\r\n\r\n' : ''}${ok()}`)
    })
    const heads: string[] = []
    const pool = poolFor(origin)
    await pool.request('POST', '/', { expectContinue: true })
    expect(heads[0]).not.toMatch(/expect/i)
    const other = poolFor(origin)
    await other.request('POST', '/', { body: 'x', headers: { eXpect: '100-continue' } })
    expect(heads[1]?.match(/expect/gi)).toHaveLength(1)
  })

  it('a caller who aborts while waiting sends nothing more', async () => {
    const controller = new AbortController()
    const { pool, bodies, origin } = await asked(() => controller.abort(new Error('enough')))
    const body = source(['hello'])
    await expect(
      pool.request('POST', '/', { body, expectContinue: true, signal: controller.signal }),
    ).rejects.toThrow('enough')
    await origin.connections[0]?.finished()
    expect([bodies, body.pulled]).toEqual([[], 0])
    expectNoConnections(pool)
  })
})

describe('a body that is not as long as declared', () => {
  for (const [what, pieces] of Object.entries({ longer: ['abc', 'def'], shorter: ['a'], empty: [] })) {
    it(`${what}: the call fails, never a byte too many is sent, the connection is closed`, async () => {
      const received: string[] = []
      const origin = await rawOrigin(async (connection) => {
        await connection.head()
        connection.socket.on('data', (chunk: Buffer) => received.push(chunk.toString()))
        await connection.finished()
      })
      const pool = poolFor(origin)
      const body = source(pieces)
      const error = await failureOf(pool.request('POST', '/', { body, headers: { 'Content-Length': 4 } }))
      expect(error).toMatchObject({
        name: 'OptionsError',
        path: 'headers.content-length',
        phase: 'send',
        sent: 'some',
      })
      await origin.connections[0]?.finished()
      expect(received.join('').length).toBeLessThanOrEqual(4)
      expect(body.ended).toBe(true)
      expectNoConnections(pool)
    })
  }
})

describe('a server that does not read', () => {
  it('stops the source after a bounded number of bytes, and goes on with it', async () => {
    const total = 96 * MEGABYTE
    let resume: () => void = () => undefined
    const origin = await rawOrigin(async (connection) => {
      const { socket } = connection
      const head = (await connection.head()) ?? ''
      socket.removeAllListeners('data')
      socket.pause()
      await new Promise<void>((resolve) => {
        resume = resolve
      })
      socket.on('data', () => {
        if (socket.bytesRead === head.length + 4 + total) connection.send(ok())
      })
      socket.resume()
    })
    const pool = poolFor(origin)
    const body = source(repeated(new Uint8Array(MEGABYTE), 96))
    const call = pool.request('PUT', '/', { body, headers: { 'Content-Length': total } })
    await turnsUntil(() => body.pulled > 0)
    await turns(300)
    const pulled = body.pulled
    expect(pulled).toBeLessThan(16 * MEGABYTE)
    await turns(100)
    expect(body.pulled).toBe(pulled)
    resume()
    expect((await call).status).toBe(200)
    expect(body).toMatchObject({ pulled: total, ended: true })
  })

  it('is a ReadTimeoutError in phase send', async () => {
    const clock = new ManualClock()
    const origin = await rawOrigin((connection) => void connection.socket.pause())
    const pool = poolFor(origin, { clock, timeout: { read: 1_000 } })
    const body = source(repeated(new Uint8Array(MEGABYTE), 64))
    const call = failureOf(pool.request('PUT', '/', { body }))
    await turnsUntil(() => body.pulled > 0)
    await turns(200)
    clock.advance(1_000)
    expect(await call).toMatchObject({ name: 'ReadTimeoutError', phase: 'send', sent: 'some' })
    await turnsUntil(() => body.ended)
    expectNoConnections(pool)
  })
})
