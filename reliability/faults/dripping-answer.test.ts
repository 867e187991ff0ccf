// An answer that comes a byte a second and says that there is a million of them. While its body comes the peer is never silent,
// so no read time-out ends it, and none may: what bounds it is the time for all of the call, to the millisecond. A head must be
// complete within one read time-out, however it comes. Where nobody has set a time for all of it a body goes on, as slow as it is.
import { HTTPConnectionPool, HTTPSConnectionPool } from '@rockpool/core'
import { tls } from '@rockpool/plugin-tls'
import {
  certificates,
  clientEnd,
  ManualClock,
  readRequest,
  type ScriptedConnection,
  scriptedServer,
  trackLeaks,
  turns,
  until,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const SECOND_MS = 1_000
const READ_MS = 3 * SECOND_MS
const TOTAL_MS = 20 * SECOND_MS

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'
const STATUS_LINE = 'HTTP/1.1 200 OK\r\n'
const leaf = certificates.leaf({ hosts: ['origin.test'], ips: ['127.0.0.1'] })

interface Drip {
  readonly clock: ManualClock
  /** How the call has ended, if it has. */
  readonly outcome: () => unknown
  /** A byte comes, and a second passes. */
  second(): Promise<void>
  readonly pool: HTTPConnectionPool
}

/** A call whose answer has come as far as `begun`, and drips from there. */
async function dripping(
  { begun, isSecured, preloadContent, total }: Answer,
  body: (drip: Drip) => Promise<void>,
): Promise<void> {
  const leaks = trackLeaks()
  {
    await using server = await scriptedServer([readRequest(), clientEnd()], {
      record: false,
      ...(isSecured ? { tls: leaf.tls } : {}),
    })
    const clock = new ManualClock()
    const options = { clock, maxSize: 1, block: true, timeout: { connect: null, read: READ_MS, total } }
    const pool = isSecured
      ? new HTTPSConnectionPool('127.0.0.1', server.port, {
          ...options,
          plugins: [tls({ caCertData: leaf.ca })],
        })
      : new HTTPConnectionPool('127.0.0.1', server.port, options)
    let outcome: unknown
    void pool
      .request('GET', '/', { preloadContent })
      .then((answer) => answer.text())
      .catch((error: unknown) => error)
      .then((value) => {
        outcome = value
      })
    await until(() => server.requests.length === 1 || outcome !== undefined, { what: 'the request' })
    const connection: ScriptedConnection = await server.connection(0)
    await connection.send(begun)
    const second = async (): Promise<void> => {
      if (connection.isOpen) await connection.send('x')
      await turns(30)
      clock.advance(SECOND_MS)
      await turns(30)
    }
    await body({ clock, outcome: () => outcome, second, pool: pool as HTTPConnectionPool })
    await pool.close({ graceMs: 0 })
  }
  await leaks.assertNone()
}

interface Answer {
  readonly begun: string
  readonly isSecured: boolean
  readonly preloadContent: boolean
  readonly total: number | null
}

describe('an answer that comes a byte a second', () => {
  const rows = [
    ['the body', 'body', HEAD, true, TOTAL_MS, 'the time for all of the call'],
    ['the body, streamed', 'body', HEAD, false, TOTAL_MS, 'the time for all of the call'],
    ['the head', 'head', STATUS_LINE, true, READ_MS, 'the read time-out'],
  ] as const
  for (const isSecured of [false, true]) {
    for (const [what, phase, begun, preloadContent, endsAt, name] of rows) {
      it(`(${what}${isSecured ? ', over TLS' : ''}) ends when ${name} is over, and not before`, async () => {
        await dripping({ begun, isSecured, preloadContent, total: TOTAL_MS }, async (drip) => {
          while (drip.clock.now() < endsAt - SECOND_MS) await drip.second()
          drip.clock.advance(SECOND_MS - 1)
          await turns(30)
          expect(drip.outcome()).toBeUndefined()
          drip.clock.advance(1)
          await until(() => drip.outcome() !== undefined, {
            what: `the end of the call when ${name} is over`,
          })
          const error = phase === 'head' ? 'ReadTimeoutError' : 'DeadlineError'
          expect(drip.outcome()).toMatchObject({ name: error, phase, sent: 'all' })
          expect(drip.pool.inspect().pools[0]?.connections ?? []).toEqual([])
        })
      })
    }
  }

  it('goes on where there is no such time: the read time-out is for silence', async () => {
    await dripping({ begun: HEAD, isSecured: false, preloadContent: true, total: null }, async (drip) => {
      for (let bytes = 0; bytes < 100; bytes += 1) await drip.second()
      expect(drip.outcome()).toBeUndefined()
      drip.clock.advance(READ_MS)
      await until(() => drip.outcome() !== undefined, { what: 'the end of the call when nothing comes' })
      expect(drip.outcome()).toMatchObject({ name: 'ReadTimeoutError', phase: 'body' })
    })
  })
})
