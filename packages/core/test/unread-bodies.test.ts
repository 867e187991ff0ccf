import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import type { HTTPResponse } from '../src/index.js'
import { definePlugin } from '../src/plugin.js'
import {
  expectNoConnections,
  gatherWarnings,
  outcomeOf,
  poolFor,
  turn,
  turns,
  turnsUntil,
} from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'
import { ALPHABET, CHUNKED, expectReusable, streamed } from './support/streamed.js'

describe('leaving a body unread', () => {
  const long = ok('x'.repeat(500_000))
  const ways: Record<string, (response: HTTPResponse) => unknown> = {
    'close()': (response) => response.close(),
    'release()': (response) => response.release(),
    'asynchronous disposal': (response) => response[Symbol.asyncDispose](),
    'breaking out of a loop': async (response) => {
      for await (const _ of response) break
    },
    'throwing out of a loop': async (response) => {
      await outcomeOf(
        (async () => {
          for await (const _ of response) throw new Error('mine')
        })(),
      )
    },
    'destroying its Node stream': (response) => response.toNode().destroy(),
    'destroying its Node stream after a piece': async (response) => {
      const stream = response.toNode()
      for await (const _ of stream) break
    },
    'cancelling its web stream': (response) => response.toWeb().cancel(),
    'cancelling its web stream after a piece': async (response) => {
      const reader = response.toWeb().getReader()
      await reader.read()
      await reader.cancel()
    },
    'ending its stream before the first piece': (response) => response.stream().return(),
    'a pipeline whose end fails': (response) =>
      outcomeOf(
        pipeline(response.toNode(), async (source: AsyncIterable<Buffer>) => {
          for await (const _ of source) throw new Error('disk full')
        }),
      ),
    'drain() of more than its limit': (response) => response.drain(),
  }
  for (const [what, way] of Object.entries(ways)) {
    it(`by ${what} closes the connection and frees the slot`, async () => {
      const origin = await answering(long)
      const pool = poolFor(origin, { block: true, maxSize: 1, poolTimeout: 2_000 })
      const response = await pool.request('GET', '/', { preloadContent: false })
      await way(response)
      await turnsUntil(() => pool.inspect().pools[0]?.connections.length === 0)
      expect((await pool.request('GET', '/')).status).toBe(200)
      expect(origin.connections).toHaveLength(2)
      response.close()
      response.release()
      await response.drain()
      expect((await response.read()).length).toBe(0)
    })
  }

  it('drain() of little keeps the connection', async () => {
    for (const bytes of [ok('x'.repeat(60_000)), `${CHUNKED}3\r\nabc\r\n0\r\n\r\n`]) {
      const { pool, origin, response } = await streamed(bytes)
      await response.read(1)
      await response.drain()
      await expectReusable(pool, origin)
    }
  })

  it('drain() of a body that never ends stops at its limit', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      while (!connection.socket.destroyed) {
        connection.send(`8000\r\n${'x'.repeat(0x8000)}\r\n`)
        await turn()
      }
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    await response.drain()
    expectNoConnections(pool)
  })

  const watching = definePlugin({
    name: 'watching',
    apply: (host) => host.hooks.onResponse.tap('watching', () => undefined),
  })
  for (const plugins of [[], [watching()]]) {
    it(`that is garbage collected frees the slot and warns, with ${plugins.length} plugins`, async () => {
      const warnings = gatherWarnings()
      const origin = await answering(long)
      const pool = poolFor(origin, { block: true, maxSize: 1, plugins })
      await (async () => {
        const response = await pool.request('GET', '/forgotten', { preloadContent: false })
        expect(response.status).toBe(200)
      })()
      const gc = globalThis.gc as () => void
      for (let count = 0; count < 200 && warnings.length === 0; count += 1) {
        gc()
        await turns(5)
      }
      expect(warnings.map((warning) => warning.message).join()).toMatch(
        /unread.*GET http:\/\/127\.0\.0\.1:\d+\/forgotten/,
      )
      expect((await pool.request('GET', '/')).status).toBe(200)
    })
  }

  it('with releaseConnection: false the end of the body keeps the slot until release()', async () => {
    const { pool, origin, response } = await streamed(ok(ALPHABET), { releaseConnection: false })
    expect((await response.bytes()).toString()).toBe(ALPHABET)
    expect(pool.inspect().pools[0]).toMatchObject({ active: 1, idle: 0 })
    response.release()
    response.release()
    await expectReusable(pool, origin)
  })
})
