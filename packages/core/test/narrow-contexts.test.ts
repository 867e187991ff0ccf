// A context shows what is true at that moment, and five of its fields can be assigned. A plugin in JavaScript that assigns to
// anything else is told so by name: neither is the slip lost in silence, nor does it change the call behind the loop's back.
import { describe, expect, it } from 'vitest'
import { PluginError } from '../src/index.js'
import { definePlugin, type ExchangeView, type PluginHost } from '../src/plugin.js'
import { expectAtRest, failureOf, gatherWarnings, outcomeOf, poolFor, turn } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

type Slip = (context: Record<string, never>) => unknown
type Shown = 'onRequest' | 'onResponse' | 'onError' | 'beforeConnect'

const slips: Record<string, Slip> = {
  'a property that nobody knows': (context) => Object.assign(context, { seen: true }),
  'the number of the attempt': (context) => Object.assign(context, { attempt: 7 }),
  'the signal': (context) => Object.assign(context, { signal: undefined }),
  'the base request': (context) => Object.assign(context, { baseRequest: undefined }),
  'the options': (context) => Object.assign(context, { options: {} }),
  'one of the options': ({ options }) => Object.assign(options ?? {}, { timeout: 1 }),
  'the exchange': (context) => Object.assign(context, { exchange: {} }),
  'the outcome of the exchange': ({ exchange }) => Object.assign(exchange ?? {}, { outcome: 'response' }),
  'the error of the exchange': ({ exchange }) => Object.assign(exchange ?? {}, { error: 'none' }),
  'what is under way': ({ exchange }) => Object.assign(exchange ?? {}, { step: undefined }),
}

const originFor = (hook: Shown): Promise<RawOrigin> =>
  hook === 'onError'
    ? rawOrigin(async (connection) => {
        await connection.request()
        connection.end()
      })
    : answering(ok('hello'))

function slipping(hook: Shown, slip: Slip): (host: PluginHost) => void {
  return (host) => {
    if (hook === 'beforeConnect') {
      host.hooks.beforeConnect.tap('slipping', (connector, context) => {
        slip(context as never)
        return connector
      })
    } else host.hooks[hook].tap('slipping', (context) => void slip(context as never))
  }
}

describe.each<Shown>(['onRequest', 'onResponse', 'onError'])('in %s', (hook) => {
  it.each(Object.keys(slips))('assigning to %s is a PluginError', async (what) => {
    const origin = await originFor(hook)
    const settled: string[] = []
    const slip = definePlugin({ name: 'slipping', apply: slipping(hook, slips[what] as Slip) })()
    const counter = definePlugin({
      name: 'counter',
      apply: (host) => host.hooks.onSettle.tap('counter', (exchange) => void settled.push(exchange.outcome)),
    })()
    const pool = poolFor(origin, { plugins: [slip, counter] })
    const error = await failureOf(pool.request('GET', '/', { timeout: { read: 5_000 } }))
    expect(error).toMatchObject({ constructor: PluginError, plugin: 'slipping', hook })
    expect(settled).toEqual(['error'])
    expectAtRest(pool)
  })
})

describe('in beforeConnect', () => {
  it.each(['a property that nobody knows', 'the signal'])(
    'assigning to %s is a PluginError',
    async (what) => {
      const origin = await originFor('beforeConnect')
      const slip = definePlugin({ name: 'slipping', apply: slipping('beforeConnect', slips[what] as Slip) })()
      const pool = poolFor(origin, { plugins: [slip] })
      expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
        constructor: PluginError,
        hook: 'beforeConnect',
      })
    },
  )

  it('the options of dialling, which all connections share, cannot be changed', async () => {
    const origin = await originFor('beforeConnect')
    const slip = slipping('beforeConnect', ({ dial }) => Object.assign(dial ?? {}, { noDelay: false }))
    const pool = poolFor(origin, { plugins: [definePlugin({ name: 'slipping', apply: slip })()] })
    expect(await failureOf(pool.request('GET', '/'))).toBeInstanceOf(PluginError)
  })
})

describe('in onRelease and onSettle', () => {
  it.each<[string, Slip]>([
    ['a property that nobody knows', (context) => Object.assign(context, { seen: true })],
    ['whether the connection can be used again', (context) => Object.assign(context, { reusable: true })],
    ['a property of the connection', ({ connection }) => Object.assign(connection ?? {}, { seen: 1 })],
    ['the outcome', (context) => Object.assign(context.exchange ?? context, { outcome: 'error' })],
  ])('assigning to %s is a warning, and the call is what it was', async (_, slip) => {
    const warnings = gatherWarnings()
    const origin = await answering(ok('hello'))
    const outcomes: string[] = []
    const slipper = definePlugin({
      name: 'slipping',
      apply: ({ hooks }) => {
        hooks.onRelease.tap('slipping', (context) => void slip(context as never))
        hooks.onSettle.tap('slipping', (exchange) => void slip(exchange as never))
      },
    })()
    const counter = definePlugin({
      name: 'counter',
      apply: ({ hooks }) => hooks.onSettle.tap('counter', (exchange) => void outcomes.push(exchange.outcome)),
    })()
    const pool = poolFor(origin, { plugins: [slipper, counter] })
    const response = await pool.request('GET', '/')
    expect(await response.text()).toBe('hello')
    await turn()
    expect(warnings.map((warning) => warning.message)).toContainEqual(
      expect.stringContaining('plugin "slipping" failed in onRelease'),
    )
    expect(outcomes).toEqual(['response'])
  })
})

describe('the exchange that plugins see', () => {
  it('cannot be changed in onSettle either', async () => {
    const warnings = gatherWarnings()
    const slip = definePlugin({
      name: 'slipping',
      apply: ({ hooks }) => {
        hooks.onSettle.tap('slipping', (exchange) => void Object.assign(exchange, { outcome: 'error' }))
      },
    })()
    await poolFor(await answering(ok('hello')), { plugins: [slip] }).request('GET', '/')
    await turn()
    expect(warnings.map((warning) => warning.message)).toContainEqual(
      expect.stringContaining('plugin "slipping" failed in onSettle'),
    )
  })

  it('is the same object in every hook and attempt, and has nothing that ends the call', async () => {
    const origin = await answering(ok('hello'))
    const views = new Set<ExchangeView>()
    const watcher = definePlugin({
      name: 'watcher',
      apply: ({ hooks }) => {
        for (const hook of [hooks.onRequest, hooks.onResponse, hooks.onRelease]) {
          hook.tap('watcher', ({ exchange }: { readonly exchange: ExchangeView }) => void views.add(exchange))
        }
        hooks.onSettle.tap('watcher', (exchange) => void views.add(exchange))
      },
    })()
    const pool = poolFor(origin, { plugins: [watcher] })
    expect(await outcomeOf(pool.request('GET', '/tides'))).toHaveProperty('value.status', 200)
    const [view] = [...views] as [ExchangeView]
    expect(views.size).toBe(1)
    expect(view).toMatchObject({ method: 'GET', attempt: 1, outcome: 'response', status: 200, history: [] })
    expect(view.url).toMatch(/\/tides$/)
    for (const name of ['settle', 'fail', 'cut', 'client', 'base', 'step']) expect(name in view).toBe(false)
  })
})
