// A plugin that puts another body in the place of the one on the wire: whatever becomes of either, the connection is given
// back, the call settles, and signal and deadline still hold.
import { describe, expect, it } from 'vitest'
import { definePlugin, HTTPResponse, type Plugin, Resend, stages } from '../src/plugin.js'
import { expectAtRest, failureOf, poolFor } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

const LONG = ok('x'.repeat(2_000_000))

function replacing(body: (old: HTTPResponse) => AsyncIterable<Uint8Array> | string): Plugin {
  return definePlugin({
    name: 'replacing',
    apply: (host) =>
      host.hooks.onResponse.tap({ name: 'replacing', stage: stages.onResponse.observe }, (context) => {
        const { status } = context.response
        context.response = new HTTPResponse({ status, body: body(context.response) })
      }),
  })()
}

const again = definePlugin({
  name: 'again',
  apply: (host) =>
    host.hooks.onResponse.tap('again', ({ response }) =>
      response.status === 503 ? new Resend({ reason: 'again' }) : undefined,
    ),
})

async function* copyOf(old: HTTPResponse): AsyncGenerator<Uint8Array> {
  yield* old
}

describe('a response that a plugin replaced', () => {
  it('without reading the body of the old one holds no connection', async () => {
    const pool = poolFor(await answering(LONG), { block: true, plugins: [replacing(() => 'cached')] })
    expect(await (await pool.request('GET', '/')).text()).toBe('cached')
    expectAtRest(pool)
    const streamed = await pool.request('GET', '/', { preloadContent: false })
    expect(await streamed.text()).toBe('cached')
    expectAtRest(pool)
  })

  it('and that is closed before it is read gives the connection of the old one back', async () => {
    const pool = poolFor(await answering(LONG), { block: true, plugins: [replacing(copyOf)] })
    const response = await pool.request('GET', '/', { preloadContent: false })
    response.close()
    expectAtRest(pool)
  })

  it('is still cut by the signal while its body is read', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    })
    const pool = poolFor(origin, { plugins: [replacing(copyOf)] })
    const aborting = new AbortController()
    const response = await pool.request('GET', '/', { preloadContent: false, signal: aborting.signal })
    const reading = failureOf(response.bytes())
    const reason = new Error('enough')
    aborting.abort(reason)
    expect(await reading).toBe(reason)
    expectAtRest(pool)
  })

  it('under releaseConnection: false is given back by release()', async () => {
    const pool = poolFor(await answering(ok('hello')), { block: true, plugins: [replacing(copyOf)] })
    const response = await pool.request('GET', '/', { preloadContent: false, releaseConnection: false })
    expect(await response.text()).toBe('hello')
    response.release()
    expectAtRest(pool)
  })

  it('and whose body breaks while it is disposed of is resent all the same', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      if (connection.number > 1) connection.send(ok())
      else connection.end('HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nabc')
    })
    const pool = poolFor(origin, { plugins: [replacing(copyOf), again()] })
    expect(await pool.request('GET', '/')).toMatchObject({ status: 200 })
    expectAtRest(pool)
  })

  it('by a body that never ends, not even when it is closed, does not hold up a resend', async () => {
    let calls = 0
    const stuck = async function* (old: HTTPResponse): AsyncGenerator<Uint8Array> {
      calls += 1
      if (calls === 1) await new Promise(() => undefined)
      yield* old
    }
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx')
      if ((await connection.request()) !== undefined) connection.send(ok())
    })
    const pool = poolFor(origin, { plugins: [replacing(stuck), again()] })
    expect(await pool.request('GET', '/')).toMatchObject({ status: 200 })
  })
})
