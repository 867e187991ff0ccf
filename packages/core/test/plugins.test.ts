/**
 * What a plugin can do wrong in a pool that works, and what a caller can: every mistake has a name, fails no more than
 * the call that met it, and leaves nothing behind. The types refuse most of it too: see types/public-interface.test-d.ts.
 */
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import {
  connectionFromUrl,
  HTTPResponse,
  InsecureTransportError,
  OptionsError,
  PluginError,
} from '../src/index.js'
import { definePlugin, type Plugin, type PluginHost, Resend } from '../src/plugin.js'
import { expectAtRest, failureOf, gatherWarnings, poolFor, turnsUntil } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

/** A plugin written in JavaScript: whatever the types think of it. */
const careless = (apply: (hooks: Record<string, CarelessHook>) => void): Plugin =>
  definePlugin({
    name: 'careless',
    apply: (host: PluginHost) => apply(host.hooks as unknown as Record<string, CarelessHook>),
  })()

interface CarelessHook {
  tap(options: unknown, tap: (...args: never[]) => unknown): void
  tapPromise(options: unknown, tap: (...args: never[]) => unknown): void
}

const traced = definePlugin({
  name: 'traced',
  options: z.strictObject({ header: z.string().min(1) }),
  requestOptions: { traceId: z.string().optional() },
  apply(host, { header }) {
    host.hooks.onRequest.tap('traced', ({ request, options }) => {
      if (options.traceId !== undefined) request.headers.set(header, String(options.traceId))
    })
  },
})

describe('an option that is not one', () => {
  it.each<[string, object, string, RegExp]>([
    ['a typo', { preloadcontent: false }, 'preloadcontent', /did you mean "preloadContent"\?/],
    ['nobody knows', { colour: 'red' }, 'colour', /unknown request option "colour"/],
    [
      'of a plugin of ours that is not installed',
      { retries: 3 },
      'retries',
      /@rockpool\/plugin-retry accepts it/,
    ],
    ['of another type', { preloadContent: 'no' }, 'preloadContent', /boolean/],
    ['of another type inside', { timeout: { connect: 'soon' } }, 'timeout.connect', /./],
    ["a plugin's, of another type", { traceId: 7 }, 'traceId', /string/],
    ["a plugin's, misspelt", { traceID: 'x' }, 'traceID', /did you mean "traceId"\?/],
  ])('is refused by name before anything is sent: %s', async (_, options, path, message) => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [traced({ header: 'X-Trace' })] })
    const error = await failureOf(pool.request('GET', '/', options))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error).toMatchObject({ path, phase: 'options', message: expect.stringMatching(message) })
    expect(origin.requests).toHaveLength(0)
    expect((await pool.request('GET', '/', { traceId: 'x' })).status).toBe(200)
    expect(origin.requests[0]?.lines).toContain('X-Trace: x')
  })

  it('in urlopen names request, which takes it', async () => {
    const origin = await answering(ok())
    const error = await failureOf(poolFor(origin).urlopen('POST', '/', { json: {} } as object))
    expect(error).toMatchObject({
      name: 'OptionsError',
      path: 'json',
      message: expect.stringContaining('request'),
    })
  })

  it('of a plugin fails where the plugin is made', () => {
    const make = traced as (options?: unknown) => Plugin
    for (const [options, path] of [
      [undefined, 'header'],
      [{}, 'header'],
      [{ header: '' }, 'header'],
      [{ header: 'X', other: 1 }, 'other'],
    ] as const) {
      expect(() => make(options)).toThrow(OptionsError)
      expect(() => make(options)).toThrow(expect.objectContaining({ path }))
    }
  })
})

describe('a set of plugins that cannot work', () => {
  const needy = definePlugin({ name: 'needy', requires: ['traced'], apply: () => undefined })
  const rival = definePlugin({
    name: 'rival',
    requestOptions: { traceId: z.number().optional() },
    apply: () => undefined,
  })

  it.each<[string, readonly unknown[], RegExp]>([
    ['two of one name', [traced({ header: 'A' }), traced({ header: 'B' })], /two plugins are named "traced"/],
    ['one without what it requires', [needy()], /"needy" needs "traced"/],
    ['a factory that nobody called', [traced], /plugins\[0\]/],
    ['two that declare one request option', [traced({ header: 'A' }), rival()], /"traceId"/],
    [
      'one whose apply throws',
      [
        careless(() => {
          throw new Error('not today')
        }),
      ],
      /"careless" could not be installed: not today/,
    ],
  ])('is refused when the pool is made: %s', async (_, plugins, message) => {
    const origin = await answering(ok())
    expect(() => poolFor(origin, { plugins: plugins as readonly Plugin[] })).toThrow(message)
  })

  it('works in either order when it is complete', async () => {
    const origin = await answering(ok())
    expect(
      (await poolFor(origin, { plugins: [needy(), traced({ header: 'A' })] }).request('GET', '/')).status,
    ).toBe(200)
  })
})

describe('a tap that answers nonsense', () => {
  const verdicts: [string, string, (hooks: Record<string, CarelessHook>) => void][] = [
    ['onRequest', 'null', (hooks) => hooks.onRequest?.tap('x', () => null)],
    ['onRequest', 'a Resend', (hooks) => hooks.onRequest?.tap('x', () => new Resend({ reason: 'x' }))],
    ['onRequest', 'a promise', (hooks) => hooks.onRequest?.tap('x', async () => undefined)],
    ['onRequest', 'no promise', (hooks) => hooks.onRequest?.tapPromise('x', () => undefined)],
    ['onResponse', 'true', (hooks) => hooks.onResponse?.tap('x', () => true)],
    [
      'onResponse',
      'a response',
      (hooks) => hooks.onResponse?.tap('x', () => new HTTPResponse({ status: 200 })),
    ],
    ['onResponse', 'a promise of null', (hooks) => hooks.onResponse?.tapPromise('x', async () => null)],
    ['beforeConnect', 'nothing', (hooks) => hooks.beforeConnect?.tap('x', () => undefined)],
  ]

  it.each(verdicts)('%s: %s is a PluginError, and nothing stays behind', async (hook, _, apply) => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [careless(apply)], maxSize: 1, block: true })
    for (let call = 0; call < 2; call += 1) {
      const error = await failureOf(pool.request('GET', '/'))
      expect(error).toBeInstanceOf(PluginError)
      expect(error).toMatchObject({ plugin: 'careless', hook, method: 'GET', url: `${origin.url}/` })
      expectAtRest(pool)
    }
  })

  it('onError: a string is a PluginError that also has the failure it was asked about', async () => {
    const origin = await rawOrigin((connection) => connection.reset())
    const pool = poolFor(origin, { plugins: [careless((hooks) => hooks.onError?.tap('x', () => 'again'))] })
    const error = await failureOf(pool.request('GET', '/'))
    expect(error).toMatchObject({ name: 'PluginError', plugin: 'careless', hook: 'onError' })
    expectAtRest(pool)
  })

  it('onRelease: anything but close closes the connection and is reported', async () => {
    const warnings = gatherWarnings()
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [careless((hooks) => hooks.onRelease?.tap('x', () => 'keep'))] })
    await pool.request('GET', '/')
    await turnsUntil(() => warnings.length > 0)
    expect(warnings[0]?.message).toContain('plugin "careless"')
    expectAtRest(pool)
  })
})

describe('a tap that throws', () => {
  it.each(['onRequest', 'onResponse', 'beforeConnect'])('%s: fails its call and no other', async (hook) => {
    const origin = await answering(ok())
    let bad = true
    const pool = poolFor(origin, {
      maxSize: 1,
      block: true,
      plugins: [
        careless((hooks) =>
          hooks[hook]?.tap('x', (first: unknown) => {
            if (bad) throw new TypeError('of the plugin')
            return hook === 'beforeConnect' ? first : undefined
          }),
        ),
      ],
    })
    const error = await failureOf(pool.request('GET', '/'))
    expect(error).toMatchObject({
      name: 'PluginError',
      plugin: 'careless',
      hook,
      message: expect.stringContaining('of the plugin'),
    })
    expect(error.cause).toBeInstanceOf(TypeError)
    expectAtRest(pool)
    bad = false
    expect((await pool.request('GET', '/')).status).toBe(200)
    expectAtRest(pool)
  })

  it('is not offered to onError: a bug of a plugin is no fault of the network', async () => {
    const origin = await answering(ok())
    const asked = vi.fn()
    const pool = poolFor(origin, {
      plugins: [
        careless((hooks) => {
          hooks.onRequest?.tap('x', () => {
            throw new Error('a bug')
          })
          hooks.onError?.tap('x', asked)
        }),
      ],
    })
    expect(await failureOf(pool.request('GET', '/'))).toBeInstanceOf(PluginError)
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('a tap that never settles', () => {
  it.each(['onRequest', 'onResponse'])(
    '%s: the call can be aborted, and nothing stays behind',
    async (hook) => {
      const origin = await answering(ok())
      let enter: () => void = () => undefined
      const entered = new Promise<void>((resolve) => {
        enter = resolve
      })
      const pool = poolFor(origin, {
        maxSize: 1,
        block: true,
        plugins: [
          careless((hooks) =>
            hooks[hook]?.tapPromise('x', () => {
              enter()
              return new Promise(() => undefined)
            }),
          ),
        ],
      })
      const controller = new AbortController()
      const reason = new Error('enough')
      const failure = failureOf(pool.request('GET', '/', { signal: controller.signal }))
      await entered
      controller.abort(reason)
      expect(await failure).toBe(reason)
      expectAtRest(pool)
    },
  )
})

describe('a pool for https', () => {
  it('is refused without a plugin that secures the transport', () => {
    const plugins = [traced({ header: 'A' })]
    expect(() => connectionFromUrl('https://localhost')).toThrow(InsecureTransportError)
    expect(() => connectionFromUrl('https://localhost', { plugins })).toThrow('@rockpool/plugin-tls')
  })

  it('sends nothing when the plugin that says so does not secure it', async () => {
    const origin = await answering(ok())
    const liar = definePlugin({ name: 'liar', securesTransport: true, apply: () => undefined })
    const pool = connectionFromUrl(`https://127.0.0.1:${origin.port}`, { plugins: [liar()] })
    expect(await failureOf(pool.request('GET', '/'))).toBeInstanceOf(InsecureTransportError)
    expect(origin.requests).toHaveLength(0)
    await pool.close()
  })
})
