// Time that does not go as it should: an event loop that stands still, callers who give up in the very turn in which
// something happens, look-ups that never end, addresses of which the first is dead.

import type { LookupAddress } from 'node:dns'
import { getEventListeners } from 'node:events'
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
  trackLeaks,
  turns,
  until,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

/** Races run in CI; by command more: `RACES=100000 npm test -- reliability/faults/timing`. */
const RACES = Number(process.env.RACES ?? 300)

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
    await until(() => server.requests.length === 2)
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
})

describe('a caller who gives up in the turn in which the answer comes', () => {
  it(`gets exactly one outcome, and nothing is left over: ${RACES} races`, async () => {
    const leaks = trackLeaks()
    const outcomes = { answer: 0, reason: 0 }
    {
      await using server = await scriptedServer(answerAll(response(200, 'race')), { record: false })
      const pool = new HTTPConnectionPool(server.host, server.port, { maxSize: 1, block: true })
      for (let race = 0; race < RACES; race += 1) {
        const caller = new AbortController()
        let settled = 0
        const call = pool.request('GET', '/', { signal: caller.signal, preloadContent: race % 2 === 0 })
        const outcome = call.then(
          (answer) => answer.text(),
          (error: unknown) => error,
        )
        void outcome.finally(() => {
          settled += 1
        })
        await turns(race % 7)
        caller.abort(race)
        const value = await outcome
        expect(['race', race]).toContain(value)
        outcomes[value === 'race' ? 'answer' : 'reason'] += 1
        await turns(1)
        expect(settled).toBe(1)
        expect(getEventListeners(caller.signal, 'abort')).toEqual([])
      }
      expect(
        pool.inspect().pools.map(({ active, dialing, waiters }) => active + dialing + waiters.length),
      ).toEqual([0])
      await pool.close()
    }
    await leaks.assertNone()
    // A race that always ends one way is none.
    expect(Math.min(outcomes.answer, outcomes.reason)).toBeGreaterThan(0)
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
    await until(() => outcome !== undefined)
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
    await until(() => server.openConnections === 0)
  })
})
