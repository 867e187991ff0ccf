// Sending again because a plugin says so: what is sent the second time, what is remembered, what is held meanwhile (nothing),
// and where it ends.
import { Readable } from 'node:stream'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { MaxRetryError, UnrewindableBodyError } from '../src/index.js'
import { definePlugin, type HTTPRequest, type Plugin, Resend, type ResendInit } from '../src/plugin.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor, turns, turnsUntil } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const BUSY = 'HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy'

/** Sends again while the answer is a 503 or the attempt failed, as `init` says. */
function again(init: (base: HTTPRequest, attempt: number) => Partial<ResendInit> = () => ({})): Plugin {
  return definePlugin({
    name: 'again',
    apply(host) {
      host.hooks.onResponse.tap('again', ({ response, baseRequest, attempt }) =>
        response.status === 503 ? new Resend({ reason: 'again', ...init(baseRequest, attempt) }) : undefined,
      )
      host.hooks.onError.tap(
        'again',
        ({ baseRequest, attempt }) => new Resend({ reason: 'again', ...init(baseRequest, attempt) }),
      )
    },
  })()
}

/** Answers 503 `times` times, then 200. */
function busyOrigin(times: number): Promise<RawOrigin> {
  let left = times
  return rawOrigin(async (connection) => {
    while ((await connection.request()) !== undefined) {
      left -= 1
      connection.send(left >= 0 ? BUSY : ok('done'))
    }
  })
}

describe('the second attempt', () => {
  const bodies: Record<string, () => unknown> = {
    'a string': () => 'hello',
    bytes: () => Buffer.from('hello'),
    'a Blob': () => new Blob(['hello']),
    'an array of chunks': () => ['he', 'llo'],
    'a function that makes a stream': () => () => Readable.from(['hello']),
  }
  for (const [what, body] of Object.entries(bodies)) {
    for (const preloadContent of [true, false]) {
      it(`sends the same head and body, on the same connection: ${what}, preloaded: ${preloadContent}`, async () => {
        const origin = await busyOrigin(2)
        const pool = poolFor(origin, { plugins: [again()], block: true, maxSize: 1 })
        const response = await pool.request('POST', '/x', {
          body: body() as never,
          preloadContent,
          headers: { 'X-It': '1' },
        })
        expect(await response.text()).toBe('done')
        const [first, ...others] = origin.requests
        expect(others).toHaveLength(2)
        for (const other of others) expect([other.head, other.rawBody]).toEqual([first?.head, first?.rawBody])
        expect(origin.connections).toHaveLength(1)
        expect(pool.numRequests).toBe(3)
        expect(response.history).toMatchObject([
          { method: 'POST', url: `${origin.url}/x`, status: 503, reason: 'again', delayMs: 0 },
          { method: 'POST', url: `${origin.url}/x`, status: 503, reason: 'again', delayMs: 0 },
        ])
        expect(Object.isFrozen(response.history)).toBe(true)
      })
    }
  }

  for (const body of [
    () => Readable.from(['hello']),
    () =>
      (async function* () {
        yield 'hello'
      })(),
  ]) {
    it('is refused when the body can be read only once, and says so', async () => {
      const origin = await busyOrigin(1)
      const pool = poolFor(origin, { plugins: [again()] })
      const error = await failureOf(pool.request('POST', '/', { body: body() }))
      expect(error).toBeInstanceOf(UnrewindableBodyError)
      expect(error).toMatchObject({ sent: 'all', method: 'POST', attempt: 1 })
      expect(origin.requests).toHaveLength(1)
      expectAtRest(pool)
    })
  }

  it('begins with the base request: what a tap adds to one attempt is not in the next', async () => {
    const origin = await busyOrigin(3)
    const stamp = definePlugin({
      name: 'stamp',
      apply: (host) =>
        host.hooks.onRequest.tap(
          'stamp',
          ({ request, attempt }) => void request.headers.add('X-Attempt', attempt),
        ),
    })
    const pool = poolFor(origin, { plugins: [again(), stamp()] })
    await pool.request('GET', '/', { headers: { 'X-Own': '1' } })
    expect(origin.requests.map((request) => request.lines.slice(3))).toEqual(
      [1, 2, 3, 4].map((attempt) => ['X-Own: 1', `X-Attempt: ${attempt}`]),
    )
  })

  it('may send another request, which is the base of those that follow', async () => {
    const origin = await busyOrigin(2)
    const change = again((base, attempt) =>
      attempt === 1
        ? {
            request: base.with({ method: 'GET', target: '/other', body: null }).withHeaders({ 'X-It': null }),
          }
        : {},
    )
    const response = await poolFor(origin, { plugins: [change] }).request('POST', '/', {
      body: 'x',
      headers: { 'X-It': '1' },
    })
    expect(
      origin.requests.map((request) => `${request.method} ${request.target} ${request.rawBody}`),
    ).toEqual(['POST / x', 'GET /other ', 'GET /other '])
    expect(origin.requests[1]?.lines.join()).not.toMatch(/x-it|content-length/i)
    expect(response.history.map((entry) => entry.method)).toEqual(['POST', 'GET'])
    expect(response.url).toBe(`${origin.url}/other`)
  })

  it('follows a failure too, whose error stands in the history', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      if (connection.number === 1) connection.end()
      else connection.send(ok('done'))
    })
    const response = await poolFor(origin, { plugins: [again()] }).request('POST', '/', { body: 'x' })
    expect(response.history).toMatchObject([
      { method: 'POST', error: { name: 'ProtocolError' }, reason: 'again' },
    ])
    expect(response.history[0]?.status).toBeUndefined()
    expect(origin.requests.map((request) => request.rawBody)).toEqual(['x', 'x'])
  })
})

describe('the wait before it', () => {
  it('holds no connection: another caller of a pool of one is served meanwhile', async () => {
    const clock = new ManualClock()
    const origin = await busyOrigin(1)
    const pool = poolFor(origin, {
      plugins: [again(() => ({ delayMs: 5_000 }))],
      clock,
      block: true,
      maxSize: 1,
      timeout: null,
    })
    const slow = pool.request('GET', '/slow')
    await turnsUntil(() => pool.inspect().sleeping === 1)
    expect(pool.inspect().pools[0]).toMatchObject({ active: 0, idle: 1 })
    expect((await pool.request('GET', '/quick')).status).toBe(200)
    clock.advance(4_999)
    await turns(5)
    expect(origin.requests).toHaveLength(2)
    clock.advance(1)
    expect((await slow).history).toMatchObject([{ delayMs: 5_000 }])
    expect(origin.connections).toHaveLength(1)
  })

  it('ends with the signal, the pool, and the deadline that it would pass', async () => {
    const clock = new ManualClock()
    const pool = poolFor(await busyOrigin(9), { plugins: [again(() => ({ delayMs: 5_000 }))], clock })
    const controller = new AbortController()
    const aborted = failureOf(pool.request('GET', '/', { signal: controller.signal }))
    await turnsUntil(() => pool.inspect().sleeping === 1)
    controller.abort(new Error('enough'))
    expect((await aborted).message).toBe('enough')
    await expect(pool.request('GET', '/', { timeout: { total: 4_000 } })).rejects.toMatchObject({
      name: 'DeadlineError',
      sent: 'all',
      message: expect.stringContaining('503'),
    })
    const closed = failureOf(pool.request('GET', '/'))
    await turnsUntil(() => pool.inspect().sleeping === 1)
    await pool.close()
    expect(await closed).toMatchObject({ name: 'ClosedPoolError' })
    expectNoConnections(pool)
  })
})

describe('the answer that is given up', () => {
  it('is drained when it is short, and costs its connection when it is long', async () => {
    for (const [size, connections] of [
      [60_000, 1],
      [2_000_000, 2],
    ] as const) {
      let first = true
      const origin = await rawOrigin(async (connection) => {
        while ((await connection.request()) !== undefined) {
          const body = 'x'.repeat(first ? size : 2)
          connection.send(`HTTP/1.1 ${first ? 503 : 200} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
          first = false
        }
      })
      const pool = poolFor(origin, { plugins: [again()], block: true, maxSize: 1 })
      expect((await pool.request('GET', '/')).data?.length).toBe(2)
      expect(origin.connections).toHaveLength(connections)
    }
  })

  it('is never decoded', async () => {
    let asked = 0
    const origin = await rawOrigin(async (connection) => {
      while ((await connection.request()) !== undefined) {
        asked += 1
        connection.send(
          asked === 1
            ? 'HTTP/1.1 503 X\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip'
            : ok('done'),
        )
      }
    })
    const response = await poolFor(origin, { plugins: [again()] }).request('GET', '/')
    expect(await response.text()).toBe('done')
    expect(origin.connections).toHaveLength(1)
  })

  it('may never end: half a second is what it gets', async () => {
    const clock = new ManualClock()
    let first = true
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(first ? 'HTTP/1.1 503 X\r\nContent-Length: 9\r\n\r\nabc' : ok('done'))
      first = false
    })
    const pool = poolFor(origin, { plugins: [again()], clock, timeout: null })
    const call = pool.request('GET', '/')
    await clock.armed()
    await turns(10)
    clock.advance(500)
    expect(await (await call).text()).toBe('done')
    expect(origin.connections).toHaveLength(2)
  })
})

it('twenty resends are the most there can be, and the error has them all', async () => {
  const origin = await answering(BUSY)
  const pool = poolFor(origin, { plugins: [again()], block: true, maxSize: 1 })
  const error = await failureOf(pool.request('GET', '/'))
  expect(error).toBeInstanceOf(MaxRetryError)
  expect((error as MaxRetryError).history).toHaveLength(20)
  expect(origin.requests).toHaveLength(21)
  expect(origin.connections).toHaveLength(1)
  expectAtRest(pool)
})

it('what is no Resend cannot be made', () => {
  for (const init of [
    {},
    { reason: '' },
    { reason: 'x', delayMs: -1 },
    { reason: 'x', delayMs: Number.NaN },
    { reason: 'x', request: {} },
    { reason: 'x', error: new Error('x') },
  ]) {
    expect(() => new Resend(init as never)).toThrow(expect.objectContaining({ name: 'OptionsError' }))
  }
})
