// What a source of a request body can do: throw, end early, never end, have been read before. Whatever happens, it is never
// taken for an empty body, and both the source and the connection are let go of.
import { Readable } from 'node:stream'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { DeadlineError, type HTTPError } from '../src/index.js'
import { expectAtRest, expectNoConnections, failureOf, poolFor, turns, turnsUntil } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'
import { originThat, source } from './support/upload-sources.js'

const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found'

describe('a source', () => {
  const boom = new Error('boom')
  const faulty: Record<string, () => unknown> = {
    'throws at once': async function* () {
      await Promise.reject(boom)
      yield ''
    },
    'throws later': async function* () {
      yield 'abc'
      throw boom
    },
    'throws, not being asynchronous': function* () {
      yield 'abc'
      throw boom
    },
    'is a stream that fails': () =>
      new Readable({
        read() {
          this.push('abc')
          this.destroy(boom)
        },
      }),
    'is a function that throws': () => () => {
      throw boom
    },
    'is a function that rejects': () => () => Promise.reject(boom),
  }
  for (const [what, make] of Object.entries(faulty)) {
    it(`that ${what}: the call fails with its error as the cause, and the connection is closed`, async () => {
      const origin = await originThat(async (connection) => {
        await connection.request()
      })
      const pool = poolFor(origin)
      const error = (await failureOf(
        pool.request('POST', '/', { body: (make as () => never)() }),
      )) as HTTPError
      expect(error).toMatchObject({ name: 'RequestError', phase: 'send', cause: boom, method: 'POST' })
      await turnsUntil(() => pool.inspect().pools[0]?.connections.length === 0)
      expect((await pool.request('GET', '/')).data?.toString()).toBe('next')
    })
  }

  it('that yields what is no bytes fails the call', async () => {
    const pool = poolFor(await answering(ok()))
    for (const piece of [7, null, {}, undefined]) {
      const body = source(['abc', piece as never])
      await expect(pool.request('POST', '/', { body })).rejects.toMatchObject({
        name: 'OptionsError',
        path: 'body',
      })
    }
    expectNoConnections(pool)
  })

  it('that ends early without saying so, as a stream that is destroyed does, is not taken for complete', async () => {
    const origin = await originThat(async (connection) => {
      await connection.request()
    })
    const pool = poolFor(origin)
    const body = new Readable({ read() {} })
    body.push('abc')
    const call = failureOf(pool.request('POST', '/', { body }))
    await turnsUntil(() => origin.connections.length === 1)
    await turns(5)
    body.destroy()
    expect(await call).toMatchObject({ name: 'RequestError', cause: { code: 'ERR_STREAM_PREMATURE_CLOSE' } })
    expectNoConnections(pool)
  })

  it('that was read or destroyed before is not sent as if it were empty', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const consumed = Readable.from(['abc'])
    for await (const _ of consumed);
    const destroyed = Readable.from(['abc']).destroy()
    const locked = new Blob(['abc']).stream()
    locked.getReader()
    const generator = (function* () {
      yield 'abc'
    })()
    await pool.request('POST', '/', { body: generator })
    for (const body of [consumed, destroyed, locked, generator]) {
      await expect(pool.request('POST', '/', { body: body as never })).rejects.toMatchObject({
        name: 'OptionsError',
        path: 'body',
        sent: 'nothing',
      })
    }
    expect(origin.requests).toHaveLength(1)
    expectAtRest(pool)
  })

  it('that never yields is bounded by the total time-out and let go of', async () => {
    let returned = false
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          returned = true
          return { done: true, value: undefined }
        },
      }),
    }
    const pool = poolFor(await answering(ok()))
    await expect(
      pool.request('POST', '/', { body: body as never, timeout: { total: 20 } }),
    ).rejects.toBeInstanceOf(DeadlineError)
    await turnsUntil(() => returned)
    expectNoConnections(pool)
  })

  for (const how of ['passed', 'made by a function']) {
    it(`that is a stream which stalls, ${how}, is destroyed when the caller aborts`, async () => {
      const origin = await originThat(async (connection) => {
        await connection.request()
      })
      const pool = poolFor(origin)
      const controller = new AbortController()
      const { signal } = controller
      const node = new Readable({ read() {} })
      const cancelled: unknown[] = []
      const web = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) })
      const calls = [node, web].map((stream) =>
        failureOf(
          pool.request('POST', '/', { signal, body: (how === 'passed' ? stream : () => stream) as never }),
        ),
      )
      await turnsUntil(() => origin.connections.length === 2)
      await turns(10)
      controller.abort(new Error('enough'))
      expect((await Promise.all(calls)).map((error) => error.message)).toEqual(['enough', 'enough'])
      await turnsUntil(() => node.destroyed && cancelled.length === 1)
      expectNoConnections(pool)
    })
  }

  it('that is slow does not use up the read time-out', async () => {
    const clock = new ManualClock()
    const origin = await answering(ok())
    const pool = poolFor(origin, { clock, timeout: { read: 1_000 } })
    async function* slow(): AsyncGenerator<string> {
      for (let count = 0; count < 5; count += 1) {
        await turns(3)
        clock.advance(900)
        await turns(3)
        clock.advance(900)
        await turns(3)
        yield 'x'
      }
    }
    expect((await pool.request('POST', '/', { body: slow() })).status).toBe(200)
  })

  it('whose clean-up fails harms nobody', async () => {
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: new Uint8Array(65_536) }),
        return: () => {
          throw new Error('clean-up failed')
        },
      }),
    }
    const origin = await originThat(async (connection) => {
      await connection.head()
      connection.socket.pause()
      connection.end(NOT_FOUND)
    })
    const pool = poolFor(origin)
    expect((await pool.request('POST', '/', { body: body as never })).status).toBe(404)
    expectNoConnections(pool)
  })

  it('is let go of when the connection could not be made', async () => {
    const origin = await answering(ok())
    await origin.close()
    const pool = poolFor(origin)
    const stream = new Readable({ read() {} })
    await expect(pool.request('POST', '/', { body: stream })).rejects.toMatchObject({
      name: 'NewConnectionError',
    })
    expect(stream.destroyed).toBe(true)
  })

  it('that can be read only once is refused the second time', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const stream = Readable.from(['abc'])
    await pool.request('POST', '/', { body: stream })
    await expect(pool.request('POST', '/', { body: stream })).rejects.toMatchObject({
      name: 'OptionsError',
      path: 'body',
    })
    expect(origin.requests.map((request) => request.body.toString())).toEqual(['abc'])
  })
})
