// Putting plugins into a pool: what is refused and how, in which order they run, and how often a call is told to be over.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { HTTPConnectionPool, PluginError } from '../src/index.js'
import { definePlugin, type ExchangeView, type Plugin, type PluginHost, stages } from '../src/plugin.js'
import { boom, culprit } from './support/culprits.js'
import { expectAtRest, gatherWarnings, outcomeOf, poolFor, turn, turnsUntil } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'

const dead = (): Promise<RawOrigin> =>
  rawOrigin(async (connection) => {
    await connection.request()
    connection.end()
  })

describe('installing', () => {
  const origin = { port: 9 }
  const plain = (name: string, more: object = {}): Plugin =>
    definePlugin({ name, apply: () => undefined, ...more })()

  it('two plugins of one name is an error that names it', () => {
    expect(() => poolFor(origin, { plugins: [plain('twin'), plain('twin')] })).toThrow(
      expect.objectContaining({ name: 'PluginError', plugin: 'twin' }),
    )
  })

  it('a plugin without the one it requires is an error that names both', () => {
    expect(() => poolFor(origin, { plugins: [plain('needy', { requires: ['other'] })] })).toThrow(
      /"needy".*"other"/,
    )
    expect(() =>
      poolFor(origin, { plugins: [plain('needy', { requires: ['other'] }), plain('other')] }),
    ).not.toThrow()
  })

  it('a Map is no set of options, unless a plugin asks for one', () => {
    const made = <Schema extends z.ZodType>(options: Schema): ((input: never) => Plugin) =>
      definePlugin({ name: 'tested', options, apply: () => undefined }) as (input: never) => Plugin
    const input = new Map([['token', 'x']]) as never
    const shape = z.object({ token: z.string().optional() })
    for (const options of [shape, shape.transform(String), z.preprocess((value) => value, shape)])
      expect(() => made(options)(input)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTIONS', phase: 'options' }),
      )
    for (const options of [z.map(z.string(), z.string()), z.unknown(), z.instanceof(Map)])
      expect(made(options)(input).name).toBe('tested')
  })

  it('a factory in place of a plugin, and anything else, is refused', () => {
    const factory = definePlugin({ name: 'plain', apply: () => undefined })
    for (const plugins of [[factory], [undefined], [null], ['retry'], [{}], 'retry', {}]) {
      expect(() => new HTTPConnectionPool('h', 80, { plugins: plugins as never })).toThrow(
        expect.objectContaining({ name: 'OptionsError' }),
      )
    }
  })

  it('two plugins that declare one request option, or one of core’s, are refused', () => {
    const option = { requestOptions: { twice: z.boolean().optional() } }
    expect(() => poolFor(origin, { plugins: [plain('a', option), plain('b', option)] })).toThrow(
      /twice.*"b".*"a"/,
    )
    expect(() =>
      poolFor(origin, { plugins: [plain('a', { requestOptions: { body: z.string().optional() } })] }),
    ).toThrow(/body.*core/)
  })

  it('apply that throws, rejects or returns nonsense fails the pool, and what was installed before is disposed of', async () => {
    const warnings = gatherWarnings()
    for (const apply of [
      () => {
        throw boom
      },
      async () => {
        throw boom
      },
      async () => undefined,
      () => 7,
      () => null,
    ]) {
      const disposed: string[] = []
      const first = definePlugin({ name: 'first', apply: () => () => void disposed.push('first') })
      expect(() => poolFor(origin, { plugins: [first(), culprit(apply as never)] })).toThrow(
        expect.objectContaining({ name: 'PluginError', plugin: 'culprit' }),
      )
      expect(disposed).toEqual(['first'])
    }
    await turn()
    expect(warnings).toEqual([])
  })

  it('a tap after the first request is an error that names plugin and hook', async () => {
    let hooks: PluginHost['hooks'] | undefined
    const plugin = culprit((host) => {
      hooks = host.hooks
    })
    const pool = poolFor(await answering(ok()), { plugins: [plugin] })
    await pool.request('GET', '/')
    for (const hook of [
      'beforeConnect',
      'onRequest',
      'onResponse',
      'onError',
      'onRelease',
      'onSettle',
    ] as const) {
      expect(() => hooks?.[hook].tap('late', (() => undefined) as never)).toThrow(
        expect.objectContaining({ name: 'PluginError', plugin: 'culprit', hook }),
      )
      expect(() => pool.hooks[hook].tap('user', (() => undefined) as never)).toThrow(/"user"/)
    }
  })

  it('a tap that is no function, has no name, an order by name or a stage that is none, is refused', () => {
    const { hooks } = poolFor(origin)
    const noop = (() => undefined) as never
    expect(() => hooks.onRequest.tap('t', 7 as never)).toThrow(PluginError)
    expect(() => hooks.onRequest.tap('', noop)).toThrow(PluginError)
    expect(() => hooks.onRequest.tap({ name: 't', before: 'x' } as never, noop)).toThrow(/before/)
    expect(() => hooks.onRequest.tap({ name: 't', stage: Number.NaN }, noop)).toThrow(/stage/)
    expect('call' in hooks.onRequest || 'callAsync' in hooks.onRequest || 'promise' in hooks.onRequest).toBe(
      false,
    )
  })
})

describe('stages', () => {
  it('decide the order, whatever the order of installation; the lowest wraps the dial most tightly', async () => {
    const order: string[] = []
    const staged = (
      name: string,
      offset: keyof typeof stages.onRequest,
      wrapping: keyof typeof stages.beforeConnect,
    ): Plugin =>
      definePlugin({
        name,
        apply(host) {
          host.hooks.onRequest.tap(
            { name, stage: stages.onRequest[offset] },
            () => void order.push(`${name}:request`),
          )
          host.hooks.beforeConnect.tap(
            { name, stage: stages.beforeConnect[wrapping] },
            (connector) => async (target, context) => {
              order.push(`${name}>`)
              const transport = await connector(target, context)
              order.push(`<${name}`)
              return transport
            },
          )
        },
      })()
    const plugins = [
      staged('sign', 'sign', 'secure'),
      staged('watch', 'observe', 'observe'),
      staged('route', 'route', 'tunnel'),
    ]
    for (const list of [plugins, [...plugins].reverse()]) {
      order.length = 0
      await poolFor(await answering(ok()), { plugins: list }).request('GET', '/')
      expect(order).toEqual([
        'watch:request',
        'route:request',
        'sign:request',
        'watch>',
        'sign>',
        'route>',
        '<route',
        '<sign',
        '<watch',
      ])
    }
  })
})

describe('onSettle', () => {
  async function settledBy(
    call: (pool: HTTPConnectionPool) => Promise<unknown>,
    origin: RawOrigin,
  ): Promise<ExchangeView[]> {
    const settled: ExchangeView[] = []
    const plugin = definePlugin({
      name: 'watch',
      apply: (host) => host.hooks.onSettle.tap('watch', (view) => void settled.push(view)),
    })
    const pool = poolFor(origin, {
      plugins: [plugin()],
      block: true,
      maxSize: 1,
    }) as unknown as HTTPConnectionPool
    await outcomeOf(call(pool))
    await turnsUntil(() => settled.length > 0)
    await turn()
    expectAtRest(pool)
    return settled
  }

  it('comes once for a success, a streamed one when its body has ended', async () => {
    const origin = await answering(ok('x'.repeat(300_000)))
    expect(await settledBy((pool) => pool.request('GET', '/'), origin)).toMatchObject([
      { outcome: 'response', status: 200 },
    ])
    let open = true
    const views = await settledBy(async (pool) => {
      const response = await pool.request('GET', '/', { preloadContent: false })
      await turn()
      await response.bytes()
      open = false
    }, origin)
    expect(open).toBe(false)
    expect(views).toMatchObject([{ outcome: 'response', status: 200 }])
  })

  it('comes once for a failure, a deadline and a streamed body that breaks', async () => {
    expect(await settledBy((pool) => pool.request('GET', '/'), await dead())).toMatchObject([
      { outcome: 'error', error: { name: 'ProtocolError' } },
    ])
    const silent = await rawOrigin(() => undefined)
    expect(
      await settledBy((pool) => pool.request('GET', '/', { timeout: { total: 10 } }), silent),
    ).toMatchObject([{ outcome: 'error', error: { name: 'DeadlineError' } }])
    const breaking = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
    })
    expect(
      await settledBy(
        async (pool) => (await pool.request('GET', '/', { preloadContent: false })).bytes(),
        breaking,
      ),
    ).toMatchObject([{ outcome: 'error', error: { name: 'IncompleteRead' } }])
  })

  it('comes once for an abort, at whatever moment', async () => {
    for (let moment = 0; moment < 30; moment += 1) {
      const controller = new AbortController()
      const origin = await answering(ok('x'.repeat(300_000)))
      const views = await settledBy(async (pool) => {
        const call = outcomeOf(
          pool
            .request('POST', '/', {
              body: 'x'.repeat(100_000),
              signal: controller.signal,
              preloadContent: moment % 2 === 0,
            })
            .then((response) => response.bytes()),
        )
        for (let count = 0; count < moment / 2; count += 1) await turn()
        controller.abort(boom)
        await call
      }, origin)
      expect(views).toHaveLength(1)
      expect(views[0]?.outcome).toMatch(/^(aborted|response)$/)
    }
  })
})
