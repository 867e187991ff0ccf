// The suite finds what it is there for: one small plugin per fault, and the check that must notice it.
import { definePlugin, type Plugin, Resend, stages } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { conformanceChecks, describePlugin } from '../src/index.js'
import { checksOf, checksOfPlugin } from './support/planted-faults.js'

const amend = { name: 'amend', stage: stages.onRequest.amend }
const decide = { name: 'decide', stage: stages.onResponse.decide }
const ordinary = 'works in an ordinary exchange'
const end = 'is disposed of once, at close, and leaves no timer and no listener'

describe('a planted fault', () => {
  it('that leaves a timer of Node armed is found', async () => {
    const timers: NodeJS.Timeout[] = []
    const check = checksOf(() => {
      timers.push(setInterval(() => undefined, 60_000).unref())
      return undefined
    })
    const failure = await check(end)
    for (const timer of timers) clearInterval(timer)
    expect(String(failure)).toContain('a timer made at')
  })

  it('that leaves a timer of the clock armed is found', async () => {
    const check = checksOf(({ clock }) => {
      clock.timer(() => undefined).arm(60_000)
      return undefined
    })
    expect(String(await check(end))).toContain('timers of the pool')
  })

  it('that goes on waiting after an abort is found', async () => {
    const check = checksOf(({ hooks, clock }) => {
      hooks.onRequest.tapPromise(amend, () => {
        return new Promise<undefined>((resolve) => {
          clock.timer(() => resolve(undefined)).arm(60_000)
        })
      })
      return undefined
    })
    expect(String(await check('leaves nothing when a call is aborted in onRequest'))).toContain('timers')
    expect(await check(ordinary)).toBeUndefined()
  })

  it('that throws in a hook is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onResponse.tap(decide, () => {
        throw new Error('boom')
      })
      return undefined
    })
    expect(String(await check(ordinary))).toContain('boom')
  })

  it('that throws only after a failure is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onSettle.tap('end', (exchange) => {
        if (exchange.outcome === 'aborted') throw new Error('boom')
      })
      return undefined
    })
    expect(String(await check('leaves nothing when a call is aborted queued'))).toContain('boom')
  })

  it('that swallows the body is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onResponse.tapPromise(decide, async ({ response }) => {
        for await (const _chunk of response);
        return undefined
      })
      return undefined
    })
    expect(await check(ordinary)).toBeInstanceOf(Error)
    expect(await check('gives the slot back when a streamed response is read to its end')).toBeInstanceOf(
      Error,
    )
  })

  it('that returns nonsense is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, (() => ({ status: 200 })) as never)
      return undefined
    })
    expect(String(await check(ordinary))).toContain('PluginError')
  })

  it('that keeps a listener on the signal is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, ({ signal }) => signal?.addEventListener('abort', () => undefined))
      return undefined
    })
    expect(String(await check('leaves nothing when a call is aborted queued'))).toContain('abort listeners')
  })

  it('that keeps a listener on the process is found', async () => {
    const listener = (): void => undefined
    const check = checksOf(() => void process.on('SIGWINCH', listener))
    const failure = await check(end)
    process.removeAllListeners('SIGWINCH')
    expect(String(failure)).toContain('listeners on process')
  })

  it('that forces connections to close is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRelease.tap('shut', () => 'close')
      return undefined
    })
    expect(String(await check('lets a connection be used again'))).toContain('5 connections for 5 calls')
  })

  it('that never settles is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tapPromise(amend, () => new Promise<undefined>(() => undefined))
      return undefined
    })
    expect(String(await check(ordinary))).toContain('did not come true')
  })

  it('that resends what it has amended, so that header lines pile up, is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, ({ request }) => void request.headers.add('X-Mark', 'again'))
      hooks.onResponse.tap(decide, ({ response, request }) =>
        response.status === 503 ? new Resend({ reason: 'faulty', request }) : undefined,
      )
      return undefined
    })
    expect(String(await check('does not pile up header lines over the attempts of a call'))).toContain(
      'x-mark',
    )
    expect(await check(ordinary)).toBeUndefined()
  })

  it('that adds to the base request is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, ({ baseRequest }) => void baseRequest.headers.add('X-Mark', 'again'))
      return undefined
    })
    expect(await check('does not pile up header lines over the attempts of a call')).toBeInstanceOf(Error)
  })

  it('that drops a body without replacing it in one order only is found', async () => {
    const check = checksOf(({ hooks }) => {
      // Of the same stage as the probe that replaces bodies: whoever comes second sees the other's.
      hooks.onResponse.tapPromise(
        { name: 'measure', stage: stages.onResponse.transform },
        async (context) => {
          if (context.response.connection === undefined) await context.response.bytes()
          return undefined
        },
      )
      return undefined
    })
    expect(await check('gives the same bytes in every order of installation')).toBeInstanceOf(Error)
    expect(await check(ordinary)).toBeUndefined()
  })

  it('that shares its state between pools is found', async () => {
    let closed = false
    const shared = definePlugin({
      name: 'faulty',
      apply({ hooks }) {
        hooks.onRequest.tap(amend, () => {
          if (closed) throw new Error('closed')
        })
        return () => {
          closed = true
        }
      },
    })
    const check = checksOfPlugin(shared)
    expect(String(await check('does not disturb itself when one instance is in two pools'))).toContain(
      'closed',
    )
  })

  it('that shows a password is found', async () => {
    const check = checksOf((host) => void host.inspect(() => ({ token: 'hush' })), { secrets: ['hush'] })
    expect(String(await check('leaves nothing when the server refuses'))).toContain('credential')
  })

  it('that takes any option is found', async () => {
    const anything = ((): Plugin =>
      definePlugin({ name: 'faulty', apply: () => undefined })()) as () => Plugin
    const check = checksOfPlugin(anything, { invalidOptions: [[{ max: -1 }, 'max']] })
    expect(await check('refuses bad options where the plugin is made, with a path')).toBeInstanceOf(Error)
    expect(await check('refuses an option that it does not know')).toBeInstanceOf(Error)
  })

  it('that does not declare its request options is found', async () => {
    const check = checksOf(() => undefined, { requestOptions: { colour: 'red' } })
    expect(String(await check('takes the request options that it declares'))).toContain('colour')
  })
})

describe('describePlugin', () => {
  it('refuses to skip what is not a check', () => {
    const factory = definePlugin({ name: 'plain', apply: () => undefined })
    expect(() => describePlugin(factory, { describe, it, skip: ['nothing'] })).toThrow(
      'not a conformance check',
    )
  })

  it('says so when there is no test runner', () => {
    const factory = definePlugin({ name: 'plain', apply: () => undefined })
    expect(() => describePlugin(factory)).toThrow('no global "describe"')
  })

  it('reports a skipped check as skipped', () => {
    const skipped: string[] = []
    const collect = Object.assign(() => undefined, { skip: (name: string) => void skipped.push(name) })
    const [first = ''] = conformanceChecks
    const factory = definePlugin({ name: 'plain', apply: () => undefined })
    describePlugin(factory, { describe: (_name, body) => body(), it: collect, skip: [first] })
    expect(skipped).toEqual([first])
  })
})
