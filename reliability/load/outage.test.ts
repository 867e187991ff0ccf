// A thousand callers whose server goes away and comes back. They must not make the outage worse: no more attempts than the
// budget allows, no more connections than the pool may have, and not all of them in the same moment when the server is back.
import type { LookupFunction } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import type { Plugin } from '@rockpool/core/plugin'
import { retry } from '@rockpool/plugin-retry'
import { answerAll, ManualClock, response, scriptedServer, trackLeaks, turns, until } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { randomOf } from '../random.mjs'

const CALLERS = 1_000
const CONNECTIONS = 10
/** Milliseconds over which chance spreads the attempts. */
const JITTER_MS = 400

/** Nobody listens there on the server's port: as long as the name leads there, the server is away. */
const AWAY = { address: '::1', family: 6 }
const BACK = { address: '127.0.0.1', family: 4 }

interface Herd {
  readonly pool: HTTPConnectionPool<readonly Plugin[]>
  readonly clock: ManualClock
  readonly outcomes: Map<string, number>
  /** Connections that were tried: each asks for the address first. */
  dials(): number
  answered(): readonly number[]
  readonly all: Promise<unknown>
  comeBack(): void
}

function herdOn(port: number, minPerSecond: number): Herd {
  let where = AWAY
  const clock = new ManualClock()
  let dials = 0
  const lookup: LookupFunction = (_, options, callback) => {
    dials += 1
    if (options.all === true) callback(null, [where])
    else callback(null, where.address, where.family)
  }
  const again = retry({
    total: 8,
    backoffFactor: 100,
    backoffJitter: JITTER_MS,
    random: (randomOf as (seed: number) => { next(): number })(38).next,
    budget: { ratio: 0.2, minPerSecond },
  })
  const pool = new HTTPConnectionPool<readonly Plugin[]>('herd.test', port, {
    clock,
    lookup,
    maxSize: CONNECTIONS,
    block: true,
    plugins: [again],
    timeout: { connect: 60_000, read: 60_000 },
  })
  const outcomes = new Map<string, number>()
  const answered: number[] = []
  const call = async (): Promise<void> => {
    const outcome = await pool.request('GET', '/').then(
      ({ status }) => {
        answered.push(clock.now())
        return String(status)
      },
      ({ name }: Error) => name,
    )
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  const all = Promise.all(Array.from({ length: CALLERS }, call))
  const comeBack = (): void => {
    where = BACK
  }
  return { pool, clock, outcomes, dials: () => dials, answered: () => answered, all, comeBack }
}

describe(`an outage under ${CALLERS} callers`, () => {
  it('costs a server that stays away a fifth more attempts than there are calls, and no more', async () => {
    const leaks = trackLeaks()
    {
      await using server = await scriptedServer(answerAll(response(200, 'never')))
      const herd = herdOn(server.port, 0)
      let isOver = false
      void herd.all.then(() => {
        isOver = true
      })
      for (let waited = 0; !isOver && waited < 60_000; waited += 50) {
        await turns(20)
        herd.clock.advance(50)
      }
      await herd.all
      expect(Object.fromEntries(herd.outcomes)).toEqual({ MaxRetryError: CALLERS })
      expect(herd.dials()).toBe(CALLERS * 1.2)
      await herd.pool.close()
    }
    await leaks.assertNone()
  }, 60_000)

  it('is followed by attempts that chance has spread, over no more connections than there may be', async () => {
    const leaks = trackLeaks()
    {
      await using server = await scriptedServer(answerAll(response(200, 'back')), { record: false })
      // Enough for each caller's first retry, which has no pause, and for the second of a fifth of them.
      const herd = herdOn(server.port, CALLERS / 10)
      // Whoever may not try again has been told by then.
      let waiting = 0
      await until(
        () => {
          const { sleeping, waiters, pools } = herd.pool.inspect()
          const told = [...herd.outcomes.values()].reduce((sum, count) => sum + count, 0)
          const isQuiet = waiters.length === 0 && !pools.some(({ active, dialing }) => active + dialing > 0)
          waiting = sleeping
          return isQuiet && told + sleeping === CALLERS
        },
        { what: 'every caller to have been told or to wait before the next attempt' },
      )
      expect(waiting).toBe(CALLERS / 5)
      herd.comeBack()
      for (let ms = 0; ms < 200 + JITTER_MS; ms += 1) {
        herd.clock.advance(1)
        await turns(4)
      }
      await herd.all
      expect(herd.outcomes.get('200')).toBe(waiting)
      expect(server.connections.length).toBeLessThanOrEqual(CONNECTIONS)
      // When the answers came, in tenths of the time over which chance spreads them: no tenth has a third of them.
      const tenths = new Map<number, number>()
      for (const at of herd.answered()) {
        const tenth = Math.floor((at - 200) / (JITTER_MS / 10))
        tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1)
      }
      expect(Math.max(...tenths.values())).toBeLessThan(waiting / 3)
      expect(tenths.size).toBeGreaterThanOrEqual(8)
      await herd.pool.close()
    }
    await leaks.assertNone()
  }, 60_000)
})
