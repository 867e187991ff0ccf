// Many callers whose server tells all of them to come back later. Each waits as long as it was asked to and holds nothing
// meanwhile; no more of them come back than the budget allows; and every call has an end that is written down: the answer, an
// error where the status is listed, or at once when its time would not do. What one caller was told holds back no other: a call
// that begins meanwhile is sent.
import { HTTPConnectionPool } from '@rockpool/core'
import type { Plugin } from '@rockpool/core/plugin'
import { type RetryPluginOptions, retry } from '@rockpool/plugin-retry'
import {
  ManualClock,
  repeat,
  response,
  type ScriptedServer,
  scriptedServer,
  trackLeaks,
  turns,
  until,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const CALLERS = 300
const CONNECTIONS = 10
const ASKED_MS = 2_000
const WALL_MS = 1_700_000_000_000

const SECONDS = String(ASKED_MS / 1_000)
const DATE = new Date(WALL_MS + ASKED_MS).toUTCString()

interface Storm {
  readonly pool: HTTPConnectionPool<readonly Plugin[]>
  readonly server: ScriptedServer
  readonly clock: ManualClock
  /** How many attempts came to the server, by the millisecond. */
  readonly asked: ReadonlyMap<number, number>
  /** How many calls ended how. */
  readonly outcomes: ReadonlyMap<string, number>
  /** What the server answers from now on. */
  answer: Buffer
  call(total?: number): Promise<void>
  /** Resolves when every one of so many calls has ended or waits for its next attempt, and with how many wait. */
  settled(calls: number): Promise<number>
  /** Resolves when so many calls have ended. */
  ended(calls: number): Promise<unknown>
}

const busy = (status: number, after: string): Buffer => response(status, 'busy', { 'Retry-After': after })
const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)

/** Sets up a pool and a server that tells everybody to come back. */
async function inStorm(
  answer: Buffer,
  options: RetryPluginOptions,
  body: (storm: Storm) => Promise<void>,
): Promise<void> {
  const leaks = trackLeaks()
  const clock = new ManualClock({ wallNow: WALL_MS })
  const asked = new Map<number, number>()
  const outcomes = new Map<string, number>()
  const count = <Key>(counts: Map<Key, number>, key: Key): void =>
    void counts.set(key, (counts.get(key) ?? 0) + 1)
  {
    await using server = await scriptedServer(
      repeat(async (connection) => {
        await connection.readRequest()
        count(asked, clock.now())
        await connection.send(storm.answer)
      }),
      { record: false },
    )
    const pool = new HTTPConnectionPool<readonly Plugin[]>(server.host, server.port, {
      clock,
      maxSize: CONNECTIONS,
      block: true,
      plugins: [retry(options)],
      timeout: { connect: null, read: null },
    })
    const settled = async (calls: number): Promise<number> => {
      const isSettled = (): boolean => {
        const { sleeping, waiters, pools } = pool.inspect()
        const isBusy = waiters.length > 0 || pools.some(({ active, dialing }) => active + dialing > 0)
        return !isBusy && sum(outcomes) + sleeping === calls
      }
      const what = `${calls} calls to have ended or to wait for their next attempt`
      await until(isSettled, { turns: 100_000, what })
      return pool.inspect().sleeping
    }
    const call = async (total?: number): Promise<void> => {
      const timeout = total === undefined ? {} : { timeout: { total } }
      const outcome = await pool.request('GET', '/', timeout).then(
        ({ status }) => String(status),
        ({ name }: Error) => name,
      )
      count(outcomes, outcome)
    }
    const ended = (calls: number): Promise<unknown> =>
      until(() => sum(outcomes) >= calls, { turns: 100_000, what: `the end of ${calls} calls` })
    const storm: Storm = { pool, server, clock, asked, outcomes, answer, call, settled, ended }
    await body(storm)
    expect(server.connections.length).toBeLessThanOrEqual(CONNECTIONS)
    await pool.close()
  }
  await leaks.assertNone()
}

function begin({ call }: Storm, callers: number = CALLERS, total?: number): void {
  for (let caller = 0; caller < callers; caller += 1) void call(total)
}

describe(`a server that tells ${CALLERS} callers to come back later`, () => {
  const rows: readonly (readonly [status: number, after: string, listed: number[], ends: string])[] = [
    [503, SECONDS, [], '503'],
    [429, SECONDS, [], '429'],
    [429, DATE, [], '429'],
    [503, SECONDS, [503], 'MaxRetryError'],
    [429, DATE, [429], 'MaxRetryError'],
  ]
  for (const [status, after, statusForcelist, ends] of rows) {
    const way = `${status}, Retry-After: ${after}${statusForcelist.length === 0 ? '' : ', a listed status'}`
    it(`(${way}) has a fifth of them back, not a millisecond earlier, and each ends with ${ends}`, async () => {
      const budget = { ratio: 0.2, minPerSecond: 0 }
      await inStorm(busy(status, after), { total: 5, statusForcelist, budget }, async (storm) => {
        begin(storm)
        expect(await storm.settled(CALLERS)).toBe(CALLERS / 5)
        storm.clock.advance(ASKED_MS - 1)
        await turns(100)
        expect(Object.fromEntries(storm.asked)).toEqual({ 0: CALLERS })
        storm.clock.advance(1)
        await storm.ended(CALLERS)
        expect(Object.fromEntries(storm.asked)).toEqual({ 0: CALLERS, [ASKED_MS]: CALLERS / 5 })
        expect(Object.fromEntries(storm.outcomes)).toEqual({ [ends]: CALLERS })
      })
    })
  }

  it('has all of them back without a budget, once for each retry that they have, and at its own pace', async () => {
    await inStorm(busy(503, SECONDS), { total: 3, budget: false }, async (storm) => {
      begin(storm)
      for (const moment of [1, 2, 3]) {
        expect(await storm.settled(CALLERS)).toBe(CALLERS)
        storm.clock.advance(ASKED_MS - 1)
        await turns(100)
        expect(sum(storm.outcomes)).toBe(0)
        expect(storm.asked.size).toBe(moment)
        storm.clock.advance(1)
      }
      await storm.ended(CALLERS)
      const moments = [0, 1, 2, 3].map((round) => [round * ASKED_MS, CALLERS])
      expect(Object.fromEntries(storm.asked)).toEqual(Object.fromEntries(moments))
      expect(Object.fromEntries(storm.outcomes)).toEqual({ 503: CALLERS })
    })
  })

  it('answers those who came back, and meanwhile whoever begins a call', async () => {
    const budget = { ratio: 0, minPerSecond: CALLERS / 10 }
    await inStorm(busy(429, SECONDS), { total: 3, budget }, async (storm) => {
      begin(storm)
      expect(await storm.settled(CALLERS)).toBe(CALLERS)
      storm.answer = response(200, 'welcome back')
      storm.clock.advance(ASKED_MS / 2)
      begin(storm, 1)
      await storm.ended(1)
      expect(Object.fromEntries(storm.outcomes)).toEqual({ 200: 1 })
      storm.clock.advance(ASKED_MS / 2)
      await storm.ended(CALLERS + 1)
      expect(Object.fromEntries(storm.asked)).toEqual({ 0: CALLERS, [ASKED_MS / 2]: 1, [ASKED_MS]: CALLERS })
      expect(Object.fromEntries(storm.outcomes)).toEqual({ 200: CALLERS + 1 })
    })
  })

  it('loses those at once whose time ends before, and they cost no budget', async () => {
    await inStorm(
      busy(503, SECONDS),
      { total: 3, budget: { ratio: 0.2, minPerSecond: 0 } },
      async (storm) => {
        begin(storm, CALLERS, ASKED_MS)
        await storm.ended(CALLERS)
        expect(Object.fromEntries(storm.asked)).toEqual({ 0: CALLERS })
        expect(Object.fromEntries(storm.outcomes)).toEqual({ 503: CALLERS })
        const after = Array.from({ length: CALLERS / 5 }, () => storm.call(ASKED_MS + 1))
        expect(await storm.settled(CALLERS + after.length)).toBe(after.length)
        storm.clock.advance(ASKED_MS)
        await Promise.all(after)
        expect(storm.asked.get(ASKED_MS)).toBe(after.length)
      },
    )
  })

  it('is waited for by nobody when the pool is closed', async () => {
    await inStorm(busy(503, SECONDS), { total: 3, budget: false }, async (storm) => {
      begin(storm)
      expect(await storm.settled(CALLERS)).toBe(CALLERS)
      await storm.pool.close()
      await storm.ended(CALLERS)
      expect(Object.fromEntries(storm.outcomes)).toEqual({ ClosedPoolError: CALLERS })
      expect(storm.clock.pending).toBe(0)
      expect(Object.fromEntries(storm.asked)).toEqual({ 0: CALLERS })
    })
  })
})
