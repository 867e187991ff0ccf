// Connectors that are wrong in every way we could think of: whatever they bring, or never bring, the call fails by an error
// of ours and nothing stays open.
import { describe, expect, it } from 'vitest'
import type { Connector, Transport } from '../src/plugin.js'
import { type Apply, boom, culprit, settleCounter } from './support/culprits.js'
import {
  expectAtRest,
  expectNoConnections,
  failureOf,
  outcomeOf,
  poolFor,
  turn,
  turnsUntil,
} from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'

describe('beforeConnect', () => {
  const wrap =
    (make: (connector: Connector) => unknown): Apply =>
    (host) =>
      host.hooks.beforeConnect.tap('t', (connector) => make(connector) as Connector)
  const opened: Transport[] = []
  const faults: Record<string, Apply> = {
    'a tap that throws': wrap(() => {
      throw boom
    }),
    'a tap that rejects': (host) =>
      host.hooks.beforeConnect.tapPromise('t', async () => {
        throw boom
      }),
    'a tap that returns null': wrap(() => null),
    'a tap that returns no function': wrap(() => ({})),
    'a tap that returns a promise': wrap(async (connector) => connector),
    'a connector that throws': wrap(() => () => {
      throw boom
    }),
    'a connector that rejects': wrap(() => async () => {
      throw boom
    }),
    'a connector that rejects with nothing': wrap(() => () => Promise.reject(undefined)),
    'a connector that resolves to nothing': wrap(() => async () => undefined),
    'a connector that returns no promise': wrap(() => () => 7),
    'a connector that resolves to what is no transport': wrap(() => async () => ({ write() {} })),
    'a connector that fails after it has connected': wrap(
      (connector): Connector =>
        async (target, context) => {
          const transport = await connector(target, context)
          opened.push(transport)
          transport.destroy()
          throw boom
        },
    ),
    'a connector that brings a dead transport': wrap(
      (connector): Connector =>
        async (target, context) => {
          const transport = await connector(target, context)
          transport.destroy()
          await turn()
          return transport
        },
    ),
  }
  for (const [what, apply] of Object.entries(faults)) {
    it(`${what}: the call fails with an error of ours, nothing stays open`, async () => {
      const { plugin, settled } = settleCounter()
      const pool = poolFor(await answering(ok()), {
        plugins: [plugin, culprit(apply)],
        block: true,
        maxSize: 1,
      })
      const outcome = await outcomeOf(pool.request('GET', '/'))
      expect(outcome).toMatchObject({ error: expect.any(Error) })
      const { error } = outcome as { error: Error }
      if (what.startsWith('a tap'))
        expect(error).toMatchObject({ name: 'PluginError', plugin: 'culprit', hook: 'beforeConnect' })
      else expect(error.name).toMatch(/^(PluginError|ProtocolError|NewConnectionError)$/)
      expectNoConnections(pool)
      expect(settled).toEqual(['error'])
      expect(pool.inspect().pools[0]).toMatchObject({ dialing: 0, waiters: [] })
    })
  }

  it('a connector that never settles, even when it is aborted, holds nobody up', async () => {
    const pool = poolFor(await answering(ok()), {
      plugins: [
        culprit((host) => host.hooks.beforeConnect.tap('t', () => () => new Promise(() => undefined))),
      ],
      block: true,
      maxSize: 1,
    })
    await expect(pool.request('GET', '/', { timeout: { total: 15 } })).rejects.toMatchObject({
      name: 'DeadlineError',
    })
    await expect(pool.request('GET', '/', { timeout: { connect: 15 } })).rejects.toMatchObject({
      name: expect.stringMatching(/^(ConnectTimeoutError|PluginError)$/),
    })
    expectAtRest(pool)
  })

  it('a transport that comes after the caller has gone is destroyed', async () => {
    const late: Transport[] = []
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const plugin = culprit((host) =>
      host.hooks.beforeConnect.tap('t', (connector) => async (target, context) => {
        const transport = await connector(target, { ...context, signal: new AbortController().signal })
        late.push(transport)
        await gate
        return transport
      }),
    )
    const pool = poolFor(await answering(ok()), { plugins: [plugin] })
    const controller = new AbortController()
    const call = failureOf(pool.request('GET', '/', { signal: controller.signal }))
    await turnsUntil(() => late.length === 1)
    controller.abort(boom)
    expect(await call).toBe(boom)
    release()
    await turnsUntil(() => late[0]?.destroyed === true)
    expectNoConnections(pool)
  })
})
