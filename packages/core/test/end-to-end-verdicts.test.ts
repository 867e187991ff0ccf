// Every row of the response table once more, this time over a real socket and through a pool: what the codec says must be
// what a caller gets, and whatever a server sends, the request that follows never sees a stray byte of it.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HTTPConnectionPool, HTTPError, HTTPResponse, InformationalResponse } from '../src/index.js'
import { errorOf, isRefused, type ResponseCase, responseCases } from './codec/catalogue.js'
import { failureOf, poolFor, turn, turnsUntil } from './support/pools.js'
import { ok, type RawConnection, type RawOrigin, rawOrigin } from './support/raw-origin.js'

// CONNECT is not a caller's method; its cases are the tunnel's.
const rows = responseCases.filter((row) => row.group !== 'tunnels')
const EVIL = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL'
const MOST_PIECES = 150

type Sending = (connection: RawConnection, bytes: string) => Promise<void> | void

const atOnce: Sending = (connection, bytes) => connection.send(bytes)

const piecemeal: Sending = async (connection, bytes) => {
  const size = Math.max(1, Math.ceil(bytes.length / MOST_PIECES))
  for (let start = 0; start < bytes.length && !connection.socket.destroyed; start += size) {
    connection.send(bytes.slice(start, start + size))
    await turn()
  }
}

async function originOf(row: ResponseCase, send: Sending, behind = ''): Promise<RawOrigin> {
  return rawOrigin(async (connection) => {
    const first = await connection.request()
    if (first?.target === '/row') {
      await send(connection, row.bytes + behind)
      if (row.serverEnds === true) connection.end()
    } else if (first !== undefined) {
      connection.send(ok('SECOND'))
    }
    while ((await connection.request()) !== undefined) connection.send(ok('SECOND'))
  })
}

interface Got {
  readonly response: HTTPResponse
  readonly body: string
}

describe.each(rows)('$group: $name', (row) => {
  const sendings = { 'at once': atOnce, piecemeal } as const
  for (const [how, send] of Object.entries(sendings)) {
    for (const preloadContent of [true, false]) {
      it(`sent ${how}, ${preloadContent ? 'preloaded' : 'streamed'}: as the table says, and nothing of it stays`, async () => {
        const origin = await originOf(row, send)
        const pool = poolFor(origin, { timeout: { read: 5_000 }, limits: row.limits ?? {} })
        const seen: InformationalResponse[] = []
        const call = ask(pool, row, preloadContent, seen)
        await checkOutcome(row, call)
        expect(seen.map((head) => `informational 1.1 ${head.status} ${head.reason}`)).toEqual(
          row.events.filter((event) => event.startsWith('informational')),
        )
        if (row.lateBytes !== undefined) await sendLate(row.lateBytes, origin, pool)
        // What lies behind a response and comes in a packet of its own must find the connection idle, to be told
        // from the answer to the next request.
        if (row.events.at(-1) === 'then dirty') await turnsUntil(() => pool.inspect().pools[0]?.idle === 0)
        await checkNext(row, pool, origin)
      })
    }
  }
})

describe('a response with another one behind it in the same packet', () => {
  it.each(rows.filter((row) => row.events.at(-1) === 'then reusable' && row.group !== 'content-codings'))(
    'is delivered, its connection closed, the other never read: $group: $name',
    async (row) => {
      const origin = await originOf(row, atOnce, EVIL + EVIL)
      const pool = poolFor(origin, { timeout: { read: 5_000 } })
      await checkOutcome(row, ask(pool, row, true, []))
      expect((await pool.request('GET', '/next')).data?.toString()).toBe('SECOND')
      expect(origin.connections).toHaveLength(2)
      expect(pool.inspect().pools[0]?.evictions).toEqual({ 'not reusable': 1 })
    },
  )
})

async function ask(
  pool: HTTPConnectionPool,
  row: ResponseCase,
  preloadContent: boolean,
  seen: InformationalResponse[],
): Promise<Got> {
  const headers: Record<string, string> = {}
  if (row.begin?.close === true) headers.Connection = 'close'
  if (row.begin?.upgrade !== undefined) {
    headers.Connection = 'upgrade'
    headers.Upgrade = row.begin.upgrade
  }
  const response = await pool.request(row.method ?? 'GET', '/row', {
    headers,
    preloadContent,
    decodeContent: row.group === 'content-codings',
    onInformational: (head) => seen.push(head),
  })
  return { response, body: (await response.bytes()).toString('latin1') }
}

async function checkOutcome(row: ResponseCase, call: Promise<Got>): Promise<void> {
  const fault = errorOf(row)
  if (fault !== undefined) {
    const error = await failureOf(call)
    expect(error).toMatchObject({ method: row.method ?? 'GET', attempt: 1 })
    expect(`${error.name} in ${(error as HTTPError).phase}`).toBe(fault)
    return
  }
  if (row.group === 'content-codings') {
    expect((await call).body).toMatch(/^(hello hello hello)+$/)
    return
  }
  const { response, body } = await call
  const fields = lines(row, 'field').slice(-response.headers.size || row.events.length)
  expect([...response.headers].map(([name, value]) => `${name}: ${value}`)).toEqual(fields)
  expect([...response.trailers].map(([name, value]) => `${name}: ${value}`)).toEqual(lines(row, 'trailer'))
  const [, version, status, reason] = /^(?:head|switch) (1\.\d) (\d{3}) ([^;]*);/.exec(headEvent(row)) ?? []
  expect([response.httpVersion, String(response.status), response.reason]).toEqual([version, status, reason])
  if (response.duplex === undefined) {
    expect(body).toBe(lines(row, 'body').join(''))
  } else {
    const stream = response.duplex
    onTestFinished(() => void stream.destroy())
    for (let got = '', want = lines(row, 'body').join(''); got.length < want.length; ) {
      const [chunk] = (await new Promise((resolve) => stream.once('data', (data) => resolve([data])))) as [
        Buffer,
      ]
      got += chunk.toString('latin1')
      expect(want.startsWith(got)).toBe(true)
    }
  }
}

async function sendLate(bytes: string, origin: RawOrigin, pool: HTTPConnectionPool): Promise<void> {
  origin.connections[0]?.send(bytes)
  await turnsUntil(() => pool.inspect().pools[0]?.idle === 0)
  expect(pool.inspect().pools[0]?.evictions).toEqual({ 'unsolicited data': 1 })
}

async function checkNext(row: ResponseCase, pool: HTTPConnectionPool, origin: RawOrigin): Promise<void> {
  const next = await pool.request('GET', '/next')
  expect(next.data?.toString()).toBe('SECOND')
  expect(next.history).toEqual([])
  // A body that does not decode may cost its connection, and may not, depending on how far it had come.
  if (row.group === 'content-codings' && isRefused(row)) return
  expect(origin.connections).toHaveLength(row.verdict === 'accept' ? 1 : 2)
}

function lines(row: ResponseCase, word: string): string[] {
  return row.events
    .filter((event) => event.startsWith(`${word} `))
    .map((event) => event.slice(word.length + 1))
}

function headEvent(row: ResponseCase): string {
  return row.events.find((event) => /^(head|switch) /.test(event)) ?? ''
}
