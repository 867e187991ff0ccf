// Callers who give up in the very turn in which something else happens: the answer comes, or the connection breaks. Whichever
// is first, there is one outcome; an answer is that of the request it was asked with; and nothing is left over.
import { getEventListeners } from 'node:events'
import { HTTPConnectionPool } from '@rockpool/core'
import {
  readRequest,
  repeat,
  response,
  type Script,
  type ScriptedConnection,
  scriptedServer,
  send,
  trackLeaks,
  turns,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

/** Races run in CI; by command more: `RACES=100000 npm test -- reliability/faults/races`. */
const RACES = Number(process.env.RACES ?? 300)
/** A race that costs a connection. */
const BREAKS = Math.ceil(RACES / 5)

/** The outcome of one race: what the caller was told, `gave up`, or the name of an error. */
async function race(pool: HTTPConnectionPool, index: number): Promise<string> {
  const caller = new AbortController()
  const reason = { index }
  let settled = 0
  const call = pool.request('GET', `/${index}`, { signal: caller.signal, preloadContent: index % 2 === 0 })
  const outcome = call.then((answer) => answer.text()).catch((error: unknown) => error)
  void outcome.finally(() => {
    settled += 1
  })
  await turns(index % 7)
  caller.abort(reason)
  const value = await outcome
  await turns(1)
  if (settled !== 1) return `${settled} outcomes`
  if (getEventListeners(caller.signal, 'abort').length > 0) return 'a listener stayed on the signal'
  if (value === reason) return 'gave up'
  if (value === `/${index}`) return 'answered'
  return value instanceof Error ? value.name : `the wrong answer: ${String(value)}`
}

/** How often the races had which outcome. */
async function races(count: number, script: Script): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  await using server = await scriptedServer(script, { record: false })
  const pool = new HTTPConnectionPool(server.host, server.port, { maxSize: 1, block: true })
  for (let index = 0; index < count; index += 1) {
    const outcome = await race(pool, index)
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  const [only] = pool.inspect().pools
  expect([only?.active, only?.dialing, only?.waiters]).toEqual([0, 0, []])
  await pool.close()
  return outcomes
}

const echo = async (connection: ScriptedConnection): Promise<void> => {
  const { target } = await connection.readRequest()
  await connection.send(response(200, target))
}

describe('a caller who gives up in the turn in which', () => {
  it(`the answer comes gets one outcome, his own, and nothing is left over: ${RACES} races`, async () => {
    const leaks = trackLeaks()
    const outcomes = await races(RACES, repeat(echo))
    await leaks.assertNone()
    // A race that always ends one way is none.
    expect(Object.keys(outcomes).sort()).toEqual(['answered', 'gave up'])
  })

  const breaks: readonly (readonly [what: string, fails: string, script: Script])[] = [
    ['is reset before the answer', 'ProtocolError', [readRequest(), (connection) => connection.reset()]],
    ['ends before the answer', 'ProtocolError', [readRequest(), (connection) => connection.destroy()]],
    [
      'breaks in the body',
      'IncompleteRead',
      [
        readRequest(),
        send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
        (connection) => connection.destroy(),
      ],
    ],
    ['brings what is no answer', 'ProtocolError', [readRequest(), send('SSH-2.0\r\n\r\n')]],
  ]
  for (const [what, fails, script] of breaks) {
    it(`his connection ${what} gets one outcome, and nothing is left over: ${BREAKS} races`, async () => {
      const leaks = trackLeaks()
      const outcomes = await races(BREAKS, script)
      await leaks.assertNone()
      // Either the break or the caller, and each of them sometimes: a race that always ends one way is none.
      expect(Object.keys(outcomes).sort()).toEqual([fails, 'gave up'])
    })
  }
})
