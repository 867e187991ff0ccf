// Answers before the answer (1xx), and the one that ends HTTP on a connection (101).
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { definePlugin } from '../src/plugin.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor, turn, turnsUntil } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

const HINT = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
const ASKED = { Connection: 'upgrade', Upgrade: 'echo/1' }
const AGREED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo/1\r\n\r\n'

describe('informational answers', () => {
  it('are told of as they come, before the final one', async () => {
    let proceed: () => void = () => undefined
    const seen = new Promise<void>((resolve) => {
      proceed = resolve
    })
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(HINT)
      await seen
      connection.send(ok('final'))
    })
    const pool = poolFor(origin)
    const heads: (readonly [number, string | undefined])[] = []
    const response = await pool.request('GET', '/', {
      onInformational: (head) => {
        heads.push([head.status, head.headers.get('link')])
        proceed()
      },
    })
    expect(await response.text()).toBe('final')
    expect(heads).toEqual([[103, '</style.css>; rel=preload']])
    expect(pool.inspect().pools[0]?.idle).toBe(1)
  })

  it('twenty are read, one more fails the request and its connection', async () => {
    const twenty = poolFor(await answering(HINT.repeat(20) + ok()))
    expect((await twenty.request('GET', '/')).status).toBe(200)
    const pool = poolFor(await answering(HINT.repeat(21) + ok()))
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({ name: 'ProtocolError', phase: 'head' })
    expectNoConnections(pool)
    const none = poolFor(await answering(HINT + ok()), { limits: { maxInformational: 0 } })
    expect(await failureOf(none.request('GET', '/'))).toMatchObject({ name: 'ProtocolError' })
  })

  it('do not start the wait for the head over', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      for (let count = 0; count < 19 && !connection.socket.destroyed; count += 1) {
        connection.send(HINT)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })
    const pool = poolFor(origin, { timeout: { read: 60 } })
    const started = performance.now()
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({ name: 'ReadTimeoutError' })
    expect(performance.now() - started).toBeLessThan(180)
  })

  it('a listener that throws fails the call with its error', async () => {
    const boom = new Error('boom')
    const pool = poolFor(await answering(HINT + ok('x'.repeat(100_000))))
    const call = pool.request('GET', '/', {
      onInformational: () => {
        throw boom
      },
    })
    expect(await failureOf(call)).toBe(boom)
    await turn()
    expectAtRest(pool)
  })
})

describe('an upgrade', () => {
  it('hands over the connection with the bytes that came behind the head', async () => {
    const origin = await rawOrigin(async (connection) => {
      const head = await connection.head()
      expect(head).toMatch(/\r\nConnection: upgrade\r\nUpgrade: echo\/1$/)
      connection.send(`${AGREED}left`)
      connection.socket.on('data', (chunk) => connection.send(chunk))
    })
    const settled: string[] = []
    const watch = definePlugin({
      name: 'watch',
      apply: (host) => host.hooks.onSettle.tap('watch', (exchange) => void settled.push(exchange.outcome)),
    })
    const pool = poolFor(origin, { plugins: [watch()], block: true, maxSize: 1 })
    const response = await pool.request('GET', '/', { headers: ASKED })
    expect([response.status, response.headers.get('upgrade'), response.data?.length]).toEqual([
      101,
      'echo/1',
      0,
    ])
    const { duplex } = response
    if (duplex === undefined) throw new Error('no stream')
    onTestFinished(() => void duplex.destroy())
    let received = ''
    duplex.on('data', (chunk: Buffer) => {
      received += chunk.toString()
    })
    await turnsUntil(() => received === 'left')
    duplex.write(' over')
    await turnsUntil(() => received === 'left over')
    expect(settled).toEqual(['response'])
    expectNoConnections(pool)
    const second = await pool.request('GET', '/', { headers: ASKED })
    expect(second.status).toBe(101)
    for (const { timings } of [response, second]) expect(timings.receive).toBeGreaterThanOrEqual(0)
    second.duplex?.destroy()
    duplex.destroy()
    await origin.connections[0]?.finished()
  })

  it('moves much both ways with back-pressure, and ends when either side does', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.head()
      connection.send(AGREED)
      connection.socket.removeAllListeners('data')
      connection.socket.pipe(connection.socket)
    })
    const pool = poolFor(origin)
    const { duplex } = await pool.request('GET', '/', { headers: ASKED })
    if (duplex === undefined) throw new Error('no stream')
    const size = 8 * 1_048_576
    let received = 0
    duplex.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    for (let sent = 0; sent < size; sent += 65_536) {
      if (!duplex.write(Buffer.alloc(65_536))) await once(duplex, 'drain')
    }
    await turnsUntil(() => received === size)
    origin.connections[0]?.socket.destroy()
    await once(duplex, 'close')
  })

  it('that the server declines is an ordinary answer on a connection that stays', async () => {
    for (const status of ['200 OK', '426 Upgrade Required']) {
      const origin = await answering(`HTTP/1.1 ${status}\r\nUpgrade: echo/1\r\nContent-Length: 2\r\n\r\nno`)
      const pool = poolFor(origin)
      const response = await pool.request('GET', '/', { headers: ASKED })
      expect([await response.text(), response.duplex]).toEqual(['no', undefined])
      expect(pool.inspect().pools[0]?.idle).toBe(1)
    }
  })

  it('that nobody asked for is refused, and so is another protocol', async () => {
    for (const [headers, answer] of [
      [{}, AGREED],
      [ASKED, AGREED.replace('echo/1', 'other')],
      [ASKED, 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ] as const) {
      const pool = poolFor(await answering(`${answer}EVIL`))
      expect(await failureOf(pool.request('GET', '/', { headers }))).toMatchObject({
        name: 'ProtocolError',
        phase: 'head',
      })
      expectNoConnections(pool)
    }
  })
})
