import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool } from '../src/index.js'
import { expectAtRest, poolFor, turn, turnsUntil } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const never = (): Promise<RawOrigin> =>
  rawOrigin(async (connection) => {
    await connection.request()
  })

describe('abort', () => {
  it('before the call, nothing is done', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const reason = new Error('changed my mind')
    await expect(pool.request('GET', '/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await turn()
    expect(origin.connections).toHaveLength(0)
  })

  it('while the name is looked up', async () => {
    const pool = new HTTPConnectionPool('slow.invalid', 80, { lookup: () => undefined })
    const controller = new AbortController()
    const pending = pool.request('GET', '/', { signal: controller.signal })
    await turn()
    controller.abort(new Error('stop'))
    await expect(pending).rejects.toThrow('stop')
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    expectAtRest(pool)
  })

  it('while waiting in line: the line goes on without the caller', async () => {
    const origin = await never()
    const pool = poolFor(origin, { block: true, maxSize: 1 })
    const first = pool.request('GET', '/', { timeout: { read: 100 } }).catch(() => undefined)
    const controller = new AbortController()
    const pending = pool.request('GET', '/', { signal: controller.signal })
    await turnsUntil(() => origin.requests.length === 1)
    controller.abort()
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
    expect(pool.inspect().pools[0]?.waiters).toEqual([])
    await first
    expect(origin.connections).toHaveLength(1)
    expectAtRest(pool)
  })

  it('while waiting for the head, while reading, and while streaming: the connection is closed', async () => {
    const origin = await rawOrigin(async (connection) => {
      const request = await connection.request()
      if (request?.target !== '/wait') connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
      await connection.finished()
    })
    const pool = poolFor(origin)
    for (const target of ['/wait', '/read', '/stream']) {
      const controller = new AbortController()
      const reason = new Error(`stop ${target}`)
      const call = pool.request('GET', target, {
        signal: controller.signal,
        preloadContent: target !== '/stream',
      })
      const outcome = (target === '/stream' ? call.then((response) => response.text()) : call).catch(
        (error: unknown) => error,
      )
      await turnsUntil(() => origin.requests.some((request) => request.target === target))
      await turn()
      controller.abort(reason)
      expect(await outcome).toBe(reason)
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      await origin.connections.at(-1)?.finished()
    }
    expectAtRest(pool)
  })

  it('while sending a body: the source is told', async () => {
    const origin = await rawOrigin((connection) => void connection.socket.pause())
    const pool = poolFor(origin)
    let returned = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(65_536)
      } finally {
        returned = true
      }
    }
    const controller = new AbortController()
    const pending = pool.request('POST', '/', { body: endless(), signal: controller.signal })
    await turnsUntil(() => pool.inspect().pools[0]?.active === 1)
    for (let count = 0; count < 50; count += 1) await turn()
    controller.abort()
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' })
    await turnsUntil(() => returned)
    expectAtRest(pool)
  })

  it('one long-lived signal serves many requests without gathering listeners', async () => {
    const pool = poolFor(await answering(ok()), { maxSize: 8 })
    const { signal } = new AbortController()
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(Array.from({ length: 8 }, () => pool.request('GET', '/', { signal })))
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})
