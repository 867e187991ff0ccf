// Bytes that nobody asked for, on a connection that goes back to its pool: a second answer, a farewell, some line ends. The
// next request must never be answered by them, nor be sent on that connection. They are in the kernel before the next request is made, with nothing between
// the two or a moment drawn by lot: the first is the order in which a client that does not look is deceived.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import { type Deferred, deferred, trackLeaks } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { randomOf } from '../random.mjs'

const ROUNDS = 200
const SIDE_BY_SIDE = 20
const MOST_MS = 5

const { next: draw, below } = (
  randomOf as (seed: number) => { next(): number; below(limit: number): number }
)(918)

const FIRST = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const PROBE = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nPROBE-OK'
const TAINTED = 'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\nsent to where they came'
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL'
const FAREWELL = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'

/** What is written with the answer, and what a moment behind it. */
const CASES: readonly (readonly [what: string, answer: string, behind: string])[] = [
  ['a second answer in the same write', `${FIRST}${EVIL}`, ''],
  ['a second answer, later', FIRST, EVIL],
  ['a second answer behind chunks, in the same write', `${CHUNKED}${EVIL}`, ''],
  ['a 408 that says goodbye, later', FIRST, FAREWELL],
  ['a second answer behind a 204 without a body', `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`, ''],
  ['half a second answer now and half later', `${FIRST}${EVIL.slice(0, 20)}`, EVIL.slice(20)],
  ['two line ends in the same write', `${FIRST}\r\n\r\n`, ''],
  ['one line end in the same write', `${FIRST}\r\n`, ''],
]

/** Where a round stands: resolves when what comes unasked has been given to the kernel. */
interface Stage {
  written: Deferred<void>
}

/** One caller's server: the first request is answered with more than was asked for; no other may come on that connection. */
async function overtalkative(answer: string, behind: string, stage: Stage): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    let isTainted = false
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      if (!bytes.toString('latin1').startsWith('GET /first ')) {
        socket.write(isTainted ? TAINTED : PROBE)
        return
      }
      isTainted = true
      const isSent = (): void => stage.written.resolve()
      socket.write(answer, () => {
        if (behind === '') isSent()
        else setTimeout(() => socket.write(behind, isSent), draw() * MOST_MS)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** What one caller was told, round by round. */
async function caller(answer: string, behind: string): Promise<string[]> {
  const stage: Stage = { written: deferred() }
  const server = await overtalkative(answer, behind, stage)
  const pool = new HTTPConnectionPool('127.0.0.1', (server.address() as AddressInfo).port, {
    maxSize: 1,
    block: true,
  })
  const told: string[] = []
  for (let round = 0; round < ROUNDS / SIDE_BY_SIDE; round += 1) {
    stage.written = deferred()
    const first = await (await pool.request('GET', '/first')).text()
    await stage.written.promise
    // Nothing at all between the two in half of the rounds.
    if (below(2) === 0) await new Promise((resolve) => setTimeout(resolve, draw() * MOST_MS))
    const second = await pool.request('GET', '/probe').then((answered) => answered.text(), String)
    told.push(`${first} then ${second}`)
  }
  await pool.close({ graceMs: 0 })
  await new Promise((resolve) => server.close(resolve))
  return told
}

describe('bytes that nobody asked for', () => {
  for (const [what, answer, behind] of CASES) {
    it(`are never the answer to the next request (${what}): ${ROUNDS} unasked writes`, async () => {
      const leaks = trackLeaks()
      const callers = Array.from({ length: SIDE_BY_SIDE }, () => caller(answer, behind))
      const told = (await Promise.all(callers)).flat()
      const first = answer.startsWith('HTTP/1.1 204') ? '' : 'ok'
      expect(told.filter((text) => text !== `${first} then PROBE-OK`)).toEqual([])
      expect(told).toHaveLength(ROUNDS)
      await leaks.assertNone()
    }, 60_000)
  }
})
