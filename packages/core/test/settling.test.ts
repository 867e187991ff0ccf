import { describe, expect, it } from 'vitest'
import { definePlugin, type ExchangeView, type Plugin } from '../src/plugin.js'
import { failureOf, poolFor, turnsUntil } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

describe('onSettle', () => {
  const watching = (): { plugin: Plugin; settled: ExchangeView[] } => {
    const settled: ExchangeView[] = []
    const plugin = definePlugin({
      name: 'watching',
      apply: (host) => host.hooks.onSettle.tap('watching', (exchange) => void settled.push(exchange)),
    })()
    return { plugin, settled }
  }

  it('runs once for a response, an error and an abort', async () => {
    const origin = await rawOrigin(async (connection) => {
      const request = await connection.request()
      if (request?.target === '/good') connection.send(ok())
      if (request?.target === '/bad') connection.reset()
    })
    const { plugin, settled } = watching()
    const pool = poolFor(origin, { plugins: [plugin] })
    await pool.request('GET', '/good', { headers: { Connection: 'close' } })
    await failureOf(pool.request('GET', '/bad'))
    const controller = new AbortController()
    const aborted = failureOf(pool.request('GET', '/silent', { signal: controller.signal }))
    await turnsUntil(() => origin.requests.length === 3)
    controller.abort()
    await aborted
    expect(settled.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['response', 200],
      ['error', undefined],
      ['aborted', undefined],
    ])
  })

  it('runs for a streamed response when its body has ended', async () => {
    const origin = await answering(ok('some body'))
    const { plugin, settled } = watching()
    const pool = poolFor(origin, { plugins: [plugin] })
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect((await response.text()).length).toBe(9)
    expect(settled).toHaveLength(1)
  })
})
