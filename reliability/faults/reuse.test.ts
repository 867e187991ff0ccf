// Connections that end at the worst moment: just when the next request is on its way. A relay holds the request back until
// the server has gone, so that it happens every time and not once in a thousand.
import { HTTPConnectionPool } from '@rockpool/core'
import {
  answer,
  clientEnd,
  faultRelay,
  gate,
  halfClose,
  perConnection,
  response,
  scriptedServer,
  trackLeaks,
  turns,
  until,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

const FINE = response(200, 'fine')

/** A server that leaves after its first answer, and a relay by which the client learns of it too late. */
async function meeting(
  leave: 'end' | 'reset',
  method: string,
): Promise<{ outcome: string; connections: number }> {
  await using server = await scriptedServer(
    perConnection(
      [answer(FINE), (connection) => connection[leave === 'end' ? 'destroy' : 'reset']()],
      answer(FINE),
    ),
  )
  const departure = gate()
  // The news of the end is held back: what the client sends meets a server that has gone.
  await using relay = await faultRelay(server)
  const pool = new HTTPConnectionPool(relay.host, relay.port, { maxSize: 1, block: true })
  const first = await relayedFirst(pool, relay, departure)
  expect(await first.text()).toBe('fine')
  await until(() => server.openConnections === 0, { what: 'the server to leave' })
  const held = await relay.connection(0)
  const before = held.received.toServer
  const call = pool.request(method, '/', method === 'POST' ? { body: 'an order' } : {}).then(
    (answered) => answered.text(),
    (error: Error & { sent?: string; reusedConnection?: boolean }) =>
      `${error.name}, sent ${error.sent}, reused ${error.reusedConnection}`,
  )
  await until(() => held.received.toServer > before, { what: 'the request that comes too late' })
  departure.open()
  const outcome = await call
  await pool.close({ graceMs: 0 })
  return { outcome, connections: server.connections.length }
}

async function relayedFirst(
  pool: HTTPConnectionPool,
  relay: Awaited<ReturnType<typeof faultRelay>>,
  departure: ReturnType<typeof gate>,
): Promise<Awaited<ReturnType<HTTPConnectionPool['request']>>> {
  relay.plan = (index) => (index === 0 ? [{ kind: 'stall', at: FINE.length, until: departure }] : [])
  const call = pool.request('GET', '/')
  const connection = await relay.connection(0)
  await until(() => connection.forwarded.toClient === FINE.length, { what: 'the first answer' })
  // Everything behind the answer waits, FIN included.
  connection.stall('toClient', departure)
  return call
}

describe('a pooled connection whose server leaves while the next request is on its way', () => {
  for (const leave of ['end', 'reset'] as const) {
    it.each(['GET', 'HEAD', 'PUT', 'DELETE'])(
      `(${leave}) costs no %s: it is sent again on a new connection`,
      async (method) => {
        const leaks = trackLeaks()
        const { outcome, connections } = await meeting(leave, method)
        expect(outcome).toBe(method === 'HEAD' ? '' : 'fine')
        expect(connections).toBe(2)
        await leaks.assertNone()
      },
    )

    it(`(${leave}) fails a POST, which says that it was sent, and is never sent twice`, async () => {
      const leaks = trackLeaks()
      const { outcome, connections } = await meeting(leave, 'POST')
      expect(outcome).toBe('ProtocolError, sent all, reused true')
      expect(connections).toBe(1)
      await leaks.assertNone()
    })
  }
})

describe('half a connection', () => {
  it('that the server closes behind its answer delivers the answer, and is not used again', async () => {
    await using server = await scriptedServer([answer(FINE), halfClose(), clientEnd()])
    const pool = new HTTPConnectionPool(server.host, server.port)
    for (let call = 0; call < 3; call += 1) {
      expect(await (await pool.request('GET', '/')).text()).toBe('fine')
      await until(() => server.openConnections === 0, {
        what: 'the end of the connection that the server half closed',
      })
    }
    expect(server.connections).toHaveLength(3)
    await pool.close()
  })

  it.each([1, 2, 3, 4])(
    'that the server closes while nobody uses it gets no request, not even one that comes %i turns later',
    async (later) => {
      const left = gate()
      await using server = await scriptedServer(
        perConnection([answer(FINE), waitAt(left), halfClose(), clientEnd()], answer(FINE)),
      )
      const pool = new HTTPConnectionPool(server.host, server.port, { maxSize: 1, block: true })
      expect(await (await pool.request('GET', '/')).text()).toBe('fine')
      await left.reached
      left.open()
      // The FIN is in the kernel by then; the client has yet to look, or to do something about it.
      await turns(later)
      const order = pool
        .request('POST', '/', { body: 'an order' })
        .then((answered) => answered.text(), String)
      expect(await order).toBe('fine')
      expect(server.connections).toHaveLength(2)
      await pool.close()
    },
  )

  it('is nothing that the client makes: it sends no FIN before its answer is there', async () => {
    const asked = gate()
    await using server = await scriptedServer(async (connection) => {
      let hasEnded = false
      void connection.clientEnded.then(() => {
        hasEnded = true
      })
      await connection.readRequest()
      await connection.waitAt(asked)
      await turns(50)
      await connection.send(response(200, hasEnded ? 'FIN came' : 'no FIN'))
    })
    const pool = new HTTPConnectionPool(server.host, server.port)
    const call = pool.request('POST', '/', { body: 'all there is', headers: { Connection: 'close' } })
    await asked.reached
    asked.open()
    expect(await (await call).text()).toBe('no FIN')
    await pool.close()
  })
})
