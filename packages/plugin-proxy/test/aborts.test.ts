/** A call can be given up at any moment of its way through a proxy: it rejects with the reason, and nothing is left. */
import { describe, expect, it } from 'vitest'
import { authority, expectAtRest, managerFor } from './support/calls.js'
import { origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'
import { socksServer } from './support/socks-server.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const MOMENTS = 40

async function turnsUntil(condition: () => boolean): Promise<void> {
  for (let count = 0; count < 10_000 && !condition(); count += 1) await turn()
  expect(condition()).toBe(true)
}

/** Three calls that are given up together after so many turns; each is answered or rejects with the reason. */
async function giveUp(manager: ReturnType<typeof managerFor>, url: string, moment: number): Promise<void> {
  const controller = new AbortController()
  const reason = new Error('given up')
  const outcomes = [0, 1, 2].map((each) =>
    manager
      .request('GET', `${url}/${each}`, { signal: controller.signal })
      .then(({ status }) => status)
      .catch((error: unknown) => error),
  )
  for (let count = 0; count < moment; count += 1) await turn()
  controller.abort(reason)
  for (const outcome of await Promise.all(outcomes)) expect([200, reason]).toContain(outcome)
}

async function proxyFor(scheme: string, to: number) {
  if (scheme.startsWith('socks')) return socksServer({ to })
  return proxyServer(scheme === 'https' ? { authority } : {})
}

describe('an abort at any moment', () => {
  for (const [scheme, secure] of [
    ['http', false],
    ['http', true],
    ['https', false],
    ['https', true],
    ['socks5h', false],
    ['socks5', true],
  ] as const) {
    it(`of ${secure ? 'an https' : 'an http'} call through ${scheme}`, async () => {
      const target = await origin(undefined, secure ? authority : undefined)
      const proxy = await proxyFor(scheme, target.port)
      const host = scheme === 'https' ? 'localhost' : '127.0.0.1'
      const manager = managerFor({ url: `${scheme}://${host}:${proxy.port}` }, { maxSize: 2, block: true })
      for (let moment = 0; moment < MOMENTS; moment += 1) await giveUp(manager, target.url, moment)
      await turnsUntil(() => manager.inspect().pools.every(({ dialing }) => dialing === 0))
      expectAtRest(manager)
      expect((await manager.request('GET', target.url)).status).toBe(200)
      await manager.close()
      await turnsUntil(() => proxy.open.size === 0)
    })
  }
})
