// Many callers, few connections: nobody is forgotten, nobody overtakes, nobody waits much longer than his neighbours, and a
// line that is full says so at once.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channelNames, HTTPConnectionPool, PoolManager } from '@rockpool/core'
import {
  answerAll,
  type Gate,
  gate,
  readRequest,
  response,
  scriptedServer,
  trackLeaks,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const CALLERS = Number(process.env.CALLERS ?? 10_000)
const CONNECTIONS = 50

describe(`${CALLERS} callers on a pool of ${CONNECTIONS}`, () => {
  it('are all served, first come first served, over no more connections than that', async () => {
    const leaks = trackLeaks()
    const waits: number[] = []
    {
      await using server = await scriptedServer(answerAll(response(200, 'served')), { record: false })
      const pool = new HTTPConnectionPool(server.host, server.port, {
        maxSize: CONNECTIONS,
        block: true,
        timeout: { connect: 60_000, read: 60_000 },
      })
      const sent: number[] = []
      const listen = (message: unknown): void => {
        const { url } = message as { url: string }
        sent.push(Number(new URL(url).pathname.slice(1)))
      }
      subscribe(channelNames.attemptSend, listen)
      const began = performance.now()
      const call = async (caller: number): Promise<void> => {
        const answer = await pool.request('GET', `/${caller}`)
        expect(answer.status).toBe(200)
        waits.push(performance.now() - began)
      }
      await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(caller)))
      expect(server.connections.length).toBeLessThanOrEqual(CONNECTIONS)
      unsubscribe(channelNames.attemptSend, listen)
      expect(sent).toEqual(Array.from({ length: CALLERS }, (_, caller) => caller))
      await pool.close()
    }
    // All came at once, so a cohort is whoever stood together in line: the longest wait of each against its mean.
    const cohort = CONNECTIONS * 4
    for (let first = cohort; first + cohort <= waits.length; first += cohort) {
      const those = waits.slice(first, first + cohort)
      const mean = those.reduce((sum, wait) => sum + wait, 0) / those.length
      expect(Math.max(...those)).toBeLessThanOrEqual(2 * mean)
    }
    await leaks.assertNone()
  }, 120_000)

  it('are refused beyond maxQueue at once and in good order, and the others served', async () => {
    const open = gate()
    await using server = await scriptedServer(held(open), { record: false })
    const pool = new HTTPConnectionPool(server.host, server.port, {
      maxSize: CONNECTIONS,
      block: true,
      maxQueue: 100,
    })
    const outcomes = Array.from({ length: 1_000 }, () =>
      pool.request('GET', '/').then(
        ({ status }) => String(status),
        ({ name }: Error) => name,
      ),
    )
    await open.reached
    open.open()
    const ends = await Promise.all(outcomes)
    const served = ends.filter((end) => end === '200').length
    expect(ends.filter((end) => end === 'QueueFullError')).toHaveLength(1_000 - served)
    // Whoever came first is served, and only they.
    expect(ends.slice(0, served).every((end) => end === '200')).toBe(true)
    // Those in line, and before them those for whom a connection is being made.
    expect(served).toBe(CONNECTIONS + 100)
    await pool.close()
  })
})

const held = (open: Gate) => [readRequest(), waitAt(open), answerOnce, answerAll(response(200, 'x'))]
const answerOnce = (connection: { send(data: Uint8Array): Promise<void> }): Promise<void> =>
  connection.send(response(200, 'x'))

it('an origin that does not answer takes nothing from another one', async () => {
  const open = gate()
  await using slow = await scriptedServer(held(open), { record: false })
  await using fast = await scriptedServer(answerAll(response(200, 'fast')), { record: false })
  const manager = new PoolManager({ maxSize: 4, block: true })
  const stuck = Array.from({ length: 200 }, () =>
    manager.request('GET', `${slow.origin}/`).then(({ status }) => status),
  )
  await open.reached
  for (let call = 0; call < 500; call += 1) {
    expect(await (await manager.request('GET', `${fast.origin}/`)).text()).toBe('fast')
  }
  open.open()
  expect(new Set(await Promise.all(stuck))).toEqual(new Set([200]))
  expect(slow.connections.length).toBeLessThanOrEqual(4)
  await manager.close()
})
