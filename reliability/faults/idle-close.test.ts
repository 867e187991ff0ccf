// A server that closes a pooled connection at the very moment at which the next request is sent. How the two meet is left to
// chance here, thousands of times: both draw their moment anew in each round. (The one order that is hardest is brought about
// on purpose in reuse.test.ts.) Nothing idempotent may be lost, and nothing else may be carried out twice.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import { trackLeaks } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { randomOf } from '../random.mjs'

const CLOSES = process.env.FAULTS === 'full' ? 10_000 : 400
const SIDE_BY_SIDE = 20
/** Milliseconds, of which both sides draw: short enough for them to meet. */
const MOST_MS = 3

const draw = (randomOf as (seed: number) => { next(): number })(20_261_127).next
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine'

/** Answers whatever comes, and leaves a moment later unless another request comes first. */
function impatientServer(leave: 'end' | 'reset', carriedOut: Map<string, number>): Server {
  return createServer({ noDelay: true }, (socket: Socket) => {
    let timer: NodeJS.Timeout | undefined
    let text = ''
    socket.on('error', () => undefined)
    socket.on('close', () => clearTimeout(timer))
    socket.on('data', (bytes: Buffer) => {
      clearTimeout(timer)
      text += bytes.toString('latin1')
      if (!text.endsWith('\r\n\r\n')) return
      const id = /^\w+ \/(\S+)/.exec(text)?.[1] ?? ''
      text = ''
      carriedOut.set(id, (carriedOut.get(id) ?? 0) + 1)
      socket.write(ANSWER)
      timer = setTimeout(() => (leave === 'end' ? socket.end() : socket.resetAndDestroy()), draw() * MOST_MS)
    })
  })
}

interface Tally {
  served: number
  failed: string[]
  readonly carriedOut: Map<string, number>
  connections: number
}

async function meet(leave: 'end' | 'reset', method: string): Promise<Tally> {
  const tally: Tally = { served: 0, failed: [], carriedOut: new Map(), connections: 0 }
  const server = impatientServer(leave, tally.carriedOut)
  server.on('connection', () => {
    tally.connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const caller = async (who: number): Promise<void> => {
    const pool = new HTTPConnectionPool('127.0.0.1', port, { maxSize: 1, block: true })
    for (let call = 0; call < CLOSES / SIDE_BY_SIDE; call += 1) {
      await new Promise((resolve) => setTimeout(resolve, draw() * MOST_MS))
      const id = `${who}-${call}`
      try {
        const answer = await pool.request(method, `/${id}`)
        expect(await answer.text()).toBe('fine')
        tally.served += 1
      } catch (error) {
        const { name, sent, reusedConnection } = error as Error & {
          sent?: string
          reusedConnection?: boolean
        }
        tally.failed.push(`${name}, sent ${sent}, reused ${reusedConnection}`)
      }
    }
    await pool.close()
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, who) => caller(who)))
  await new Promise((resolve) => server.close(resolve))
  return tally
}

describe('a connection that the server closes at about the moment of the next request', () => {
  for (const leave of ['end', 'reset'] as const) {
    it(`(${leave}) loses no GET: ${CLOSES} idle closes`, async () => {
      const leaks = trackLeaks()
      const { served, failed, connections } = await meet(leave, 'GET')
      expect(failed).toEqual([])
      expect(served).toBe(CLOSES)
      // Both must have happened: requests that came in time, and requests that found the connection gone.
      expect(connections).toBeGreaterThan(SIDE_BY_SIDE)
      expect(connections).toBeLessThan(CLOSES)
      await leaks.assertNone()
    }, 600_000)

    it(`(${leave}) carries no POST out twice, and a failure says that it may have been sent: ${CLOSES} idle closes`, async () => {
      const leaks = trackLeaks()
      const { served, failed, carriedOut } = await meet(leave, 'POST')
      expect([...carriedOut.values()].filter((times) => times > 1)).toEqual([])
      expect(served + failed.length).toBe(CLOSES)
      for (const outcome of failed) expect(outcome).toBe('ProtocolError, sent all, reused true')
      await leaks.assertNone()
    }, 600_000)
  }
})
