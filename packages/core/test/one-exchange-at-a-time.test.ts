// A connection carries one exchange at a time, and an answer belongs to the request that it came after: not to one that was
// given up, not to one that had yet to be written, and never to the next.
import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool, type HTTPResponse } from '../src/index.js'
import { expectAtRest, expectNoConnections, poolFor, turns, turnsUntil } from './support/pools.js'
import { ok, type RawConnection, type RawOrigin, type RawRequest, rawOrigin } from './support/raw-origin.js'

const sizeOf = ({ head, rawBody }: RawRequest): number =>
  head.length + 4 + Buffer.byteLength(rawBody, 'latin1')

/** Answers each request with its target some turns later, and notes what came on the connection before the answer had gone. */
async function slowEcho(): Promise<{ origin: RawOrigin; early: string[] }> {
  const early: string[] = []
  const origin = await rawOrigin(async (connection) => {
    const { socket } = connection
    let due = 0
    for (let count = 0; ; count += 1) {
      const request = await connection.request()
      if (request === undefined) return
      due += sizeOf(request)
      await turns(count % 4)
      if (socket.bytesRead > due) early.push(`${socket.bytesRead - due} bytes behind ${request.target}`)
      connection.send(ok(request.target))
    }
  })
  return { origin, early }
}

const GAVE_UP = new Error('gave up')
const BODIES = [undefined, 'bytes', () => ['a', 'few', 'chunks']] as const

/** One of many callers: some send a body, some read by themselves, some leave. */
async function call(pool: HTTPConnectionPool, caller: number): Promise<string> {
  const target = `/${caller}`
  const leaver = new AbortController()
  const body = BODIES[caller % 3]
  const response = pool.request(body === undefined ? 'GET' : 'POST', target, {
    body,
    signal: leaver.signal,
    preloadContent: caller % 2 === 0,
  })
  const outcome = response.then((answered) => answered.text()).catch((error: unknown) => error)
  if (caller % 7 === 0) {
    await turns(caller % 13)
    leaver.abort(GAVE_UP)
  }
  const value = await outcome
  if (value === GAVE_UP) return 'gave up'
  return value === target ? 'answered' : `${target} was told ${String(value)}`
}

describe('a connection', () => {
  it('never carries a second request before the first is answered, however many callers come and go', async () => {
    const { origin, early } = await slowEcho()
    const pool = poolFor(origin, { maxSize: 3, block: true })
    const told = await Promise.all(Array.from({ length: 400 }, (_, caller) => call(pool, caller)))
    expect(told.filter((what) => what !== 'answered' && what !== 'gave up')).toEqual([])
    expect(told.filter((what) => what === 'answered').length).toBeGreaterThan(300)
    expect(early).toEqual([])
    expectAtRest(pool)
  })

  it('is not half-closed by us while an answer is awaited, not even behind a request that is its last', async () => {
    const ends: string[] = []
    const origin = await rawOrigin(async (connection) => {
      const request = await connection.request()
      connection.socket.once('end', () => ends.push('end'))
      await turns(50)
      expect(ends).toEqual([])
      connection.send(ok(request?.body.toString()))
    })
    const pool = poolFor(origin)
    const headers = { Connection: 'close' }
    const response = await pool.request('POST', '/', { body: () => ['all', ' of it'], headers })
    expect(await response.text()).toBe('all of it')
    await origin.connections[0]?.finished()
  })
})

describe('the answer to a request that was given up', () => {
  /** Two calls on a pool of one: the first is given up, and answered by a server that does not know. */
  async function afterGivingUp(
    giveUp: (caller: AbortController, first: RawConnection) => void,
    answering: Promise<unknown> | undefined,
    preloadContent: boolean,
  ): Promise<{ first: unknown; second: string; connections: number }> {
    const origin = await rawOrigin(async (connection) => {
      for (let request = await connection.request(); request !== undefined; ) {
        if (request.target === '/first') await answering
        connection.send(ok(`answer to ${request.target}`))
        request = await connection.request()
      }
    })
    const pool = poolFor(origin, { maxSize: 1, block: true })
    const caller = new AbortController()
    const call = pool.request('GET', '/first', { signal: caller.signal, preloadContent })
    const outcome = call.then((response: HTTPResponse) => response.text()).catch((error: unknown) => error)
    await turnsUntil(() => origin.requests.length === 1)
    giveUp(caller, origin.connections[0] as RawConnection)
    const second = await (await pool.request('GET', '/second')).text()
    return { first: await outcome, second, connections: origin.connections.length }
  }

  for (const preloadContent of [true, false]) {
    it(`is not the answer to the next one when it comes later (preloaded: ${preloadContent})`, async () => {
      let release = (): void => undefined
      const answering = new Promise<void>((resolve) => {
        release = resolve
      })
      const giveUp = (caller: AbortController): void => {
        caller.abort(GAVE_UP)
        release()
      }
      expect(await afterGivingUp(giveUp, answering, preloadContent)).toEqual({
        first: GAVE_UP,
        second: 'answer to /second',
        connections: 2,
      })
    })

    it(`is not the answer to the next one when it is in the kernel by then (preloaded: ${preloadContent})`, async () => {
      const giveUp = (caller: AbortController, first: RawConnection): void => {
        // Written and given up in one turn: the client has not seen it, and never will.
        first.socket.write(ok('answer to /first'))
        caller.abort(GAVE_UP)
      }
      expect(await afterGivingUp(giveUp, new Promise(() => undefined), preloadContent)).toEqual({
        first: GAVE_UP,
        second: 'answer to /second',
        connections: 2,
      })
    })
  }
})

describe('a server that speaks first', () => {
  it('on a connection that nobody has used yet has it closed, and what it said is nobody’s answer', async () => {
    let answerFirst = (): void => undefined
    const held = new Promise<void>((resolve) => {
      answerFirst = resolve
    })
    const origin = await rawOrigin(async (connection) => {
      if (connection.number === 2) connection.send(ok('EVIL'))
      for (let request = await connection.request(); request !== undefined; ) {
        if (request.target === '/1') await held
        connection.send(ok(`answer to ${request.target}`))
        request = await connection.request()
      }
    })
    const lookups: (() => void)[] = []
    const lookup: LookupFunction = (_name, { all }, callback) => {
      lookups.push(() =>
        all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
      )
    }
    const pool = new HTTPConnectionPool('origin.test', origin.port, { lookup, maxSize: 2 })
    onTestFinished(() => pool.close({ graceMs: 1 }))
    const ask = async (target: string): Promise<string> => (await pool.request('GET', target)).text()
    const first = ask('/1')
    lookups[0]?.()
    await turnsUntil(() => origin.requests.length === 1)
    // The second waits for a connection of his own, and is served by the first one before that is there.
    const second = ask('/2')
    answerFirst()
    expect(await Promise.all([first, second])).toEqual(['answer to /1', 'answer to /2'])
    lookups[1]?.()
    await turnsUntil(() => pool.inspect().pools[0]?.evictions['unsolicited data'] === 1)
    expect(origin.connections).toHaveLength(2)
    expect(await ask('/3')).toBe('answer to /3')
  })

  it('and then answers as well: whatever the first caller is told, the second gets his own answer', async () => {
    const origin = await rawOrigin(async (connection) => {
      connection.send(ok('EVIL'))
      for (let request = await connection.request(); request !== undefined; ) {
        connection.send(ok(`answer to ${request.target}`))
        request = await connection.request()
      }
    })
    const pool = poolFor(origin, { maxSize: 1, block: true })
    const told: string[] = []
    for (const target of ['/1', '/2', '/3']) {
      told.push(await (await pool.request('GET', target)).text())
      await turns(20)
    }
    // What comes once a request is written cannot be told from its answer; it must not go on like that.
    expect(told.filter((text) => text !== 'EVIL' && !text.startsWith('answer to'))).toEqual([])
    expect(origin.connections).toHaveLength(3)
    expect(
      told.some((text, index) => text.startsWith('answer to') && text !== `answer to /${index + 1}`),
    ).toBe(false)
    expectNoConnections(pool)
  })
})
