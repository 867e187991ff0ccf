// Plugins that are wrong in every way we could think of. The worst one may do is fail a request: by an error that names it and
// the hook, with nothing left behind: no connection, no waiter, no rejection that nobody hears, no second end of a call.
import { describe, expect, it } from 'vitest'
import { type HTTPConnectionPool, type HTTPResponse, PluginError } from '../src/index.js'
import { definePlugin, HTTPResponse as Response } from '../src/plugin.js'
import { type Apply, boom, culprit, settleCounter } from './support/culprits.js'
import {
  expectAtRest,
  expectNoConnections,
  failureOf,
  gatherWarnings,
  outcomeOf,
  poolFor,
  turn,
  turnsUntil,
} from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const promiseHooks = ['onRequest', 'onResponse', 'onError'] as const
const dead = (): Promise<RawOrigin> =>
  rawOrigin(async (connection) => {
    await connection.request()
    connection.end()
  })
/** An origin that makes a hook run: `onError` needs a failure. */
const originFor = (hook: (typeof promiseHooks)[number] | 'beforeConnect'): Promise<RawOrigin> =>
  hook === 'onError' ? dead() : answering(ok('x'.repeat(200_000)))

describe.each(promiseHooks)('a tap of %s', (hook) => {
  const faults: Record<string, Apply> = {
    'that throws': (host) =>
      host.hooks[hook].tap('t', () => {
        throw boom
      }),
    'that throws what is no error': (host) =>
      host.hooks[hook].tap('t', () => {
        throw 'boom'
      }),
    'that throws null': (host) =>
      host.hooks[hook].tap('t', () => {
        throw null
      }),
    'that rejects': (host) =>
      host.hooks[hook].tapPromise('t', async () => {
        throw boom
      }),
    'that throws instead of rejecting': (host) =>
      host.hooks[hook].tapPromise('t', () => {
        throw boom
      }),
    'that returns null': (host) => host.hooks[hook].tap('t', () => null as never),
    'that resolves to null': (host) => host.hooks[hook].tapPromise('t', async () => null as never),
    'that returns a promise from tap': (host) => host.hooks[hook].tap('t', (async () => undefined) as never),
    'that returns a rejecting promise from tap': (host) =>
      host.hooks[hook].tap('t', (async () => {
        throw boom
      }) as never),
    'that returns no promise from tapPromise': (host) =>
      host.hooks[hook].tapPromise('t', (() => undefined) as never),
    'that returns true': (host) => host.hooks[hook].tap('t', () => true as never),
    'that returns a plain object': (host) => host.hooks[hook].tap('t', () => ({ status: 200 }) as never),
    'that resolves to a string': (host) => host.hooks[hook].tapPromise('t', async () => 'close' as never),
  }
  for (const [what, apply] of Object.entries(faults)) {
    for (const preloadContent of [true, false]) {
      it(`${what} fails the call by its name, preloaded: ${preloadContent}`, async () => {
        const origin = await originFor(hook)
        const { plugin, settled } = settleCounter()
        const late = definePlugin({
          name: 'late',
          apply: (host) =>
            host.hooks[hook].tapPromise({ name: 'late', stage: -1 }, (async () => undefined) as never),
        })
        const pool = poolFor(origin, { plugins: [culprit(apply), plugin, late()], block: true, maxSize: 1 })
        const error = await failureOf(pool.request('GET', '/', { preloadContent }))
        expect(error).toBeInstanceOf(PluginError)
        expect(error).toMatchObject({ plugin: 'culprit', hook })
        await turnsUntil(() => pool.inspect().pools.every((each) => each.active === 0))
        expectNoConnections(pool)
        expect(settled).toEqual(['error'])
      })
    }
  }

  it('that never settles is bounded by the total time-out and by the signal', async () => {
    const pool = poolFor(await originFor(hook), {
      plugins: [
        culprit((host) => host.hooks[hook].tapPromise('t', (() => new Promise(() => undefined)) as never)),
      ],
      block: true,
      maxSize: 1,
    })
    await expect(pool.request('GET', '/', { timeout: { total: 250 } })).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringContaining('plugin'),
    })
    const controller = new AbortController()
    const call = failureOf(pool.request('GET', '/', { signal: controller.signal }))
    await turn()
    await turn()
    controller.abort(boom)
    expect(await call).toBe(boom)
    expectNoConnections(pool)
  })

  it('that answers after the call is over is not heard, and its response let go of', async () => {
    let answer: (response: HTTPResponse) => void = () => undefined
    let reached = false
    const promise = new Promise<HTTPResponse>((resolve) => {
      answer = resolve
    })
    const { plugin, settled } = settleCounter()
    const late = (): Promise<HTTPResponse> => {
      reached = true
      return promise
    }
    const pool = poolFor(await originFor(hook), {
      plugins: [plugin, culprit((host) => host.hooks[hook].tapPromise('t', late as never))],
    })
    const controller = new AbortController()
    const call = failureOf(pool.request('GET', '/', { signal: controller.signal }))
    await turnsUntil(() => reached)
    controller.abort(boom)
    expect(await call).toBe(boom)
    let closed = false
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('late')
      } finally {
        closed = true
      }
    }
    const chunks = body()
    await chunks.next()
    answer(new Response({ status: 200, body: chunks }))
    await turn()
    if (hook !== 'onResponse') expect(closed).toBe(true)
    expect(settled).toEqual(['aborted'])
    expectAtRest(pool)
  })

  it('may call the client again', async () => {
    let inner: string | undefined
    let pool: HTTPConnectionPool
    const origin = await rawOrigin(async (connection) => {
      for (
        let request = await connection.request();
        request !== undefined;
        request = await connection.request()
      ) {
        if (request.target === '/inner') connection.send(ok('inner'))
        else if (hook === 'onError') connection.end()
        else connection.send(ok('outer'))
      }
    })
    const plugin = culprit((host) =>
      host.hooks[hook].tapPromise('t', async (context: { baseRequest: { target: string } }) => {
        if (context.baseRequest.target !== '/inner')
          inner = await (await pool.request('GET', '/inner')).text()
        return undefined
      }),
    )
    pool = poolFor(origin, { plugins: [plugin], maxSize: 2 }) as unknown as HTTPConnectionPool
    const outcome = await outcomeOf(pool.request('GET', '/outer'))
    expect(inner).toBe('inner')
    expect('value' in outcome).toBe(hook !== 'onError')
    expectAtRest(pool)
  })
})

describe('onRelease and onSettle', () => {
  const faults: Record<string, (hook: 'onRelease' | 'onSettle') => Apply> = {
    throws: (hook) => (host) =>
      host.hooks[hook].tap('t', () => {
        throw boom
      }),
    'returns a promise': (hook) => (host) => host.hooks[hook].tap('t', (async () => undefined) as never),
    'returns a rejecting promise': (hook) => (host) =>
      host.hooks[hook].tap('t', (async () => {
        throw boom
      }) as never),
    'returns nonsense': (hook) => (host) => host.hooks[hook].tap('t', () => 7 as never),
  }
  for (const hook of ['onRelease', 'onSettle'] as const) {
    for (const [what, fault] of Object.entries(faults)) {
      // onSettle has no verdict: what a tap of it returns is nobody's business.
      if (hook === 'onSettle' && what === 'returns nonsense') continue
      it(`a tap of ${hook} that ${what} is reported, the call and the other taps go on`, async () => {
        const warnings = gatherWarnings()
        const seen: string[] = []
        const other = definePlugin({
          name: 'other',
          apply: (host) => host.hooks[hook].tap({ name: 'other', stage: 50 }, () => void seen.push('other')),
        })
        const { plugin, settled } = settleCounter()
        const pool = poolFor(await answering(ok()), { plugins: [culprit(fault(hook)), other(), plugin] })
        expect((await pool.request('GET', '/')).status).toBe(200)
        await turnsUntil(() => warnings.length > 0)
        expect(warnings[0]?.message).toMatch(new RegExp(`"culprit".*${hook}`))
        expect(seen).toEqual(['other'])
        expect(settled).toEqual(['response'])
        if (hook === 'onRelease') expectNoConnections(pool)
        else expect(pool.inspect().pools[0]).toMatchObject({ idle: 1 })
      })
    }
  }

  it('a tap that closes the pool while a connection comes back loses nothing', async () => {
    let pool: { close(): Promise<void> } | undefined
    const plugin = culprit((host) => host.hooks.onRelease.tap('t', () => void pool?.close()))
    const origin = await answering(ok())
    const own = poolFor(origin, { plugins: [plugin] })
    pool = own
    expect((await own.request('GET', '/')).status).toBe(200)
    await turn()
    expectNoConnections(own)
    await expect(own.request('GET', '/')).rejects.toMatchObject({ name: 'ClosedPoolError' })
  })
})

describe('a plugin that keeps what it was shown', () => {
  it('changes nothing by changing it later', async () => {
    const kept: { request: unknown; form: unknown; response?: unknown }[] = []
    const plugin = culprit((host) => {
      host.hooks.onRequest.tap('t', (context) => void kept.push(context as never))
      host.hooks.onResponse.tap('t', (context) => void kept.push(context as never))
    })
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [plugin], block: true, maxSize: 1 })
    const calls = [pool.request('GET', '/1'), pool.request('GET', '/2')]
    for (const context of kept as { request: { headers: { set(name: string, value: string): void } } }[]) {
      expect(() => context.request.headers.set('X-Late', '1')).toThrow(TypeError)
    }
    await Promise.all(calls)
    expect(origin.requests.map((request) => request.lines.length)).toEqual([3, 3])
    for (const context of kept) {
      for (const field of ['exchange', 'options', 'attempt', 'signal', 'baseRequest']) {
        outcomeOf(Promise.resolve().then(() => Object.assign(context, { [field]: 'mine' }))).catch(
          () => undefined,
        )
      }
    }
    expect((await pool.request('GET', '/3')).status).toBe(200)
  })
})
