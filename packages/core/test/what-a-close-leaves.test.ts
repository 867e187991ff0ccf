// After something was closed early: no response stays in memory, and no two calls share an error.
import {
  answerAll,
  gate,
  readRequest,
  response,
  scriptedServer,
  send,
  turns,
  until,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool, type HTTPError } from '../src/index.js'
import { poolFor } from './support/pools.js'

describe('a streamed response', () => {
  it.each(['close', 'release'] as const)(
    'that is given up with %s half-read can be collected',
    async (giveUp) => {
      await using server = await scriptedServer(answerAll(response(200, 'x'.repeat(400_000))), {
        record: false,
      })
      const pool = poolFor(server, { block: true })
      const responses: WeakRef<object>[] = []
      const one = async (): Promise<void> => {
        const answer = await pool.request('GET', '/', { preloadContent: false })
        responses.push(new WeakRef(answer))
        answer[giveUp]()
      }
      for (let call = 0; call < 10; call += 1) await one()
      const alive = (): number => {
        globalThis.gc?.()
        return responses.filter((ref) => ref.deref() !== undefined).length
      }
      // The last one may still be on the stack of the loop.
      await until(() => alive() <= 1, { turns: 200, what: 'the collection of the responses' })
    },
  )
})

describe('the calls that the end of a pool ends', () => {
  it('have an error each, of their own url and phase', async () => {
    const never = gate()
    await using server = await scriptedServer([readRequest(), waitAt(never)])
    const pool = new HTTPConnectionPool(server.host, server.port, { block: true, maxSize: 2 })
    const calls = ['/a', '/b', '/c', '/d'].map((path) =>
      pool.request('GET', path).catch((error: HTTPError) => `${error.name} ${error.phase} ${error.url}`),
    )
    await until(() => server.requests.length === 2)
    await turns(5)
    await pool.close({ graceMs: 1 })
    const url = `http://${server.host}:${server.port}`
    expect(await Promise.all(calls)).toEqual([
      `ClosedPoolError wait ${url}/a`,
      `ClosedPoolError wait ${url}/b`,
      `ClosedPoolError queue ${url}/c`,
      `ClosedPoolError queue ${url}/d`,
    ])
    never.open()
  })

  it('while their body is read say that it was the body', async () => {
    const never = gate()
    await using server = await scriptedServer([
      readRequest(),
      send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
      waitAt(never),
    ])
    const pool = poolFor(server)
    const answer = await pool.request('GET', '/', { preloadContent: false })
    const reading = answer.text().catch((error: HTTPError) => `${error.name} ${error.phase} ${error.sent}`)
    await turns(5)
    await pool.close({ graceMs: 0 })
    expect(await reading).toBe('ClosedPoolError body all')
    never.open()
  })
})
