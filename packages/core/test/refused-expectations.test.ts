// 417: whoever is on the way does not know `Expect`. The request goes once more without it, and never a second time.
import { Readable } from 'node:stream'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { RequestOptions } from '../src/index.js'
import { definePlugin } from '../src/plugin.js'
import { expectAtRest, poolFor } from './support/pools.js'
import { ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const REFUSAL = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno'

/** Refuses what comes over the first connection, before its body, and answers over the next ones with the body it got. */
async function withoutContinue(): Promise<{ origin: RawOrigin; asked: string[] }> {
  const asked: string[] = []
  const origin = await rawOrigin(async (connection) => {
    if (connection.number === 1) {
      const head = await connection.head()
      asked.push(/\r\nexpect:/i.test(head ?? '') ? 'expects' : 'plain')
      connection.send(REFUSAL)
      await connection.finished()
    } else {
      const { head, body } = (await connection.request()) ?? { head: '', body: '' }
      asked.push(`${/\r\nexpect:/i.test(head) ? 'expects' : 'plain'}: ${body}`)
      connection.send(ok(body.toString()))
    }
  })
  return { origin, asked }
}

const TWICE = ['expects', 'plain: hello']

describe('a request whose expectation is refused with 417', () => {
  const bodies: Readonly<Record<string, RequestOptions>> = {
    'by option': { body: 'hello', expectContinue: true },
    'by a field of its own': { body: 'hello', headers: { eXpect: '100-Continue' } },
    'by both': { body: 'hello', headers: { Expect: '100-continue' }, expectContinue: true },
    'with a stream made anew': { body: () => Readable.from(['hello']), expectContinue: true },
    'whose answer is read by the caller': { body: 'hello', expectContinue: true, preloadContent: false },
    'whose connection the caller gives back': {
      body: 'hello',
      expectContinue: true,
      preloadContent: false,
      releaseConnection: false,
    },
  }
  for (const [how, options] of Object.entries(bodies)) {
    it(`(${how}) is sent once more without it, and the caller gets that answer`, async () => {
      const { origin, asked } = await withoutContinue()
      const pool = poolFor(origin, { maxSize: 1, block: true })
      const response = await pool.request('POST', '/', options)
      expect([response.status, await response.text()]).toEqual([200, 'hello'])
      response.release()
      expect(asked).toEqual(TWICE)
      expect(response.history.map(({ status, reason }) => [status, reason])).toEqual([
        [417, 'expectation failed'],
      ])
      // The first connection was promised a body that never came: nothing else may be sent on it.
      expect(origin.connections).toHaveLength(2)
      expectAtRest(pool)
    })
  }

  it('is sent once more when the body had gone before the refusal came', async () => {
    const clock = new ManualClock()
    const heads: string[] = []
    const origin = await rawOrigin(async (connection) => {
      connection.socket.once('data', () => clock.advance(1_000))
      for (const answer of [REFUSAL, ok('done')]) {
        const request = await connection.request()
        heads.push(`${/expect/i.test(request?.head ?? '')}: ${request?.body}`)
        connection.send(answer)
      }
    })
    const pool = poolFor(origin, { clock, timeout: null })
    const response = await pool.request('POST', '/', { body: 'hello', expectContinue: true })
    expect(await response.text()).toBe('done')
    expect(heads).toEqual(['true: hello', 'false: hello'])
  })

  it('is not sent once more when its body can be read only once', async () => {
    const { origin, asked } = await withoutContinue()
    const pool = poolFor(origin)
    const body = Readable.from(['hello'])
    const response = await pool.request('POST', '/', { body, expectContinue: true })
    expect([response.status, await response.text(), body.destroyed]).toEqual([417, 'no', true])
    expect(asked).toEqual(['expects'])
  })

  it('gets the second 417 as it is', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.head()
      connection.send(REFUSAL)
    })
    const pool = poolFor(origin)
    const response = await pool.request('POST', '/', { body: 'hello', expectContinue: true })
    expect([response.status, response.history.length]).toEqual([417, 1])
    expect(origin.connections).toHaveLength(2)
  })

  it('and which expected nothing gets its 417', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send(REFUSAL)
    })
    const response = await poolFor(origin).request('POST', '/', { body: 'hello' })
    expect([response.status, response.history.length]).toEqual([417, 0])
  })

  it('passes the plugins again, who see one answer', async () => {
    const { origin, asked } = await withoutContinue()
    const seen: (string | number)[] = []
    const watch = definePlugin({
      name: 'watch',
      apply: ({ hooks }) => {
        hooks.onRequest.tap('watch', (context) => {
          context.request = context.request.withHeaders({ 'x-pass': String(context.exchange.attempt) })
          seen.push(context.exchange.attempt)
        })
        hooks.onResponse.tap('watch', ({ response }) => void seen.push(response.status))
      },
    })
    const pool = poolFor(origin, { plugins: [watch()] })
    await pool.request('POST', '/', { body: 'hello', expectContinue: true })
    expect(seen).toEqual([1, 2, 200])
    expect(asked).toEqual(TWICE)
  })

  it('of which a plugin wants it for every attempt gets its 417, once', async () => {
    const { origin, asked } = await withoutContinue()
    const eager = definePlugin({
      name: 'eager',
      apply: ({ hooks }) => {
        hooks.onRequest.tap('eager', (context) => {
          context.request = context.request.withHeaders({ expect: '100-continue' })
        })
      },
    })
    const pool = poolFor(origin, { plugins: [eager()] })
    expect((await pool.request('POST', '/', { body: 'hello' })).status).toBe(417)
    expect(asked).toEqual(['expects'])
  })

  it('is not sent once more after its caller gave up', async () => {
    const caller = new AbortController()
    const { origin, asked } = await withoutContinue()
    const stop = definePlugin({
      name: 'stop',
      apply: ({ hooks }) => {
        hooks.onRequest.tap('stop', ({ exchange }) => {
          if (exchange.attempt === 2) caller.abort(new Error('enough'))
        })
      },
    })
    const pool = poolFor(origin, { plugins: [stop()] })
    const call = pool.request('POST', '/', { body: 'hello', expectContinue: true, signal: caller.signal })
    await expect(call).rejects.toThrow('enough')
    expect(asked).toEqual(['expects'])
    expectAtRest(pool)
  })
})
