// Time that does not go as it should: an event loop that stands still, look-ups that never end, addresses of which the first is
// dead.

import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import {
  answerAll,
  gate,
  ManualClock,
  readRequest,
  response,
  scriptedServer,
  send,
  turns,
  until,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

/** For how long the event loop stands still, and the time-outs that end meanwhile. */
const STILL_MS = process.env.FAULTS === 'full' ? 2_000 : 120
const OUT_MS = 40

/** The event loop stands still. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

describe('an event loop that stands still for longer than a time-out', () => {
  it('does not fail a response that is in the kernel by then', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'in time')))
    const pool = new HTTPConnectionPool(server.host, server.port, {
      timeout: { connect: 5_000, read: OUT_MS },
    })
    await (await pool.request('GET', '/warm')).text()
    const call = pool.request('GET', '/').then((answer) => answer.text(), String)
    await until(() => server.requests.length === 2, { what: 'the second request' })
    block(STILL_MS)
    expect(await call).toBe('in time')
    await pool.close()
  })

  it('does not fail a connect that the kernel has made by then', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'connected')))
    const pool = new HTTPConnectionPool(server.host, server.port, {
      timeout: { connect: OUT_MS, read: 5_000 },
    })
    const call = pool.request('GET', '/').then((answer) => answer.text(), String)
    block(STILL_MS)
    expect(await call).toBe('connected')
    await pool.close()
  })
})

describe('an event loop that stands still while a body is read', () => {
  it.each([true, false])(
    'does not fail the rest that is in the kernel by then (preloaded: %s)',
    async (preloadContent) => {
      const half = gate()
      await using server = await scriptedServer([
        readRequest(),
        send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfirst'),
        waitAt(half),
      ])
      const pool = new HTTPConnectionPool(server.host, server.port, {
        timeout: { connect: 5_000, read: OUT_MS },
      })
      const call = pool.request('GET', '/', { preloadContent }).then((answer) => answer.text(), String)
      await half.reached
      await turns(10)
      const { socket } = await server.connection(0)
      // Written at once: the kernel has it, and nobody is told before the block is over.
      socket.write('end')
      block(STILL_MS)
      expect(await call).toBe('firstend')
      half.open()
      await pool.close()
    },
  )

  it('gives what came only then a time-out of its own', async () => {
    const clock = new ManualClock()
    const half = gate()
    await using server = await scriptedServer([
      readRequest(),
      send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfirst'),
      waitAt(half),
    ])
    const pool = new HTTPConnectionPool(server.host, server.port, { clock, timeout: { read: OUT_MS } })
    let outcome: string | undefined
    void pool.request('GET', '/').then(
      async (answer) => {
        outcome = await answer.text()
      },
      (error: unknown) => {
        outcome = String(error)
      },
    )
    await half.reached
    await turns(10)
    const { socket } = await server.connection(0)
    // In the kernel when the time is up, and no end of the body.
    socket.write('e')
    clock.advance(OUT_MS)
    await turns(10)
    clock.advance(OUT_MS - 1)
    await turns(10)
    expect(outcome).toBeUndefined()
    socket.write('nd')
    await until(() => outcome !== undefined, { what: 'the end of the body' })
    expect(outcome).toBe('firstend')
    half.open()
    await pool.close()
  })
})

describe('a name', () => {
  const lookupOf =
    (addresses: readonly string[] | undefined): LookupFunction =>
    (_name, _options, callback) => {
      if (addresses === undefined) return
      const all: LookupAddress[] = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }))
      callback(null, all)
    }

  it('whose look-up never ends is bounded by the connect time-out, and the time-out is exact', async () => {
    const clock = new ManualClock()
    const pool = new HTTPConnectionPool('never.test', 80, {
      clock,
      lookup: lookupOf(undefined),
      timeout: { connect: 700 },
    })
    let outcome: (Error & { phase?: string }) | undefined
    void pool.request('GET', '/').catch((error: Error) => {
      outcome = error
    })
    await clock.armed()
    clock.advance(699)
    await turns(20)
    expect(outcome).toBeUndefined()
    clock.advance(1)
    await until(() => outcome !== undefined, { what: 'the end of the call at its connect time-out' })
    expect(outcome).toMatchObject({ name: 'ConnectTimeoutError', phase: 'dns', sent: 'nothing' })
    await pool.close()
  })

  it('whose first address is dead is reached by the second; a thousand addresses do no harm', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'second')))
    const many = Array.from({ length: 998 }, () => '127.0.0.1')
    for (const rest of [[], many]) {
      // Nobody listens on this port at ::1, so the first attempt is refused; the loser must not stay.
      const pool = new HTTPConnectionPool('two.test', server.port, {
        lookup: lookupOf(['::1', '127.0.0.1', ...rest]),
      })
      expect(await (await pool.request('GET', '/')).text()).toBe('second')
      await pool.close()
    }
    await until(() => server.openConnections === 0, { what: 'the end of every connection, the losers too' })
  })
})
