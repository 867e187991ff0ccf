import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { OptionsError, PluginError } from '../ground/errors.js'
import { systemClock } from '../transport/clock.js'
import { Hooks } from './hooks.js'
import { definePlugin, type Installation, installPlugins, type Plugin } from './plugin.js'

const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string().min(1), origins: z.array(z.url()).optional() }),
  requestOptions: { anonymous: z.boolean().optional() },
  apply: () => undefined,
})

const named = (name: string, more: object = {}): Plugin =>
  definePlugin({ name, apply: () => undefined, ...more })() as Plugin

function install(plugins: readonly unknown[], hooks = new Hooks()): Installation {
  return installPlugins(plugins as Plugin[], hooks, { clock: systemClock, origin: undefined })
}

function caught(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('the factory of a plugin', () => {
  it.each<[string, unknown, string]>([
    ['an option is missing', {}, 'token'],
    ['an option is of the wrong type', { token: 5 }, 'token'],
    ['an option is too short', { token: '' }, 'token'],
    ['a nested option is wrong', { token: 'x', origins: ['nowhere'] }, 'origins.0'],
    ['an option is unknown', { token: 'x', tokn: 'y' }, 'tokn'],
    ['there are no options', undefined, 'token'],
    ['the options are no object', 'token', ''],
    ['the options are null', null, ''],
  ])('throws an OptionsError with the path when %s', (_, input, path) => {
    const error = caught(() => bearer(input as never))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error).toMatchObject({ path, code: 'ERR_OPTIONS', phase: 'options' })
    expect((error as OptionsError).message).toContain('bearer()')
    expect((error as OptionsError).issues.length).toBeGreaterThan(0)
  })

  it('throws at the line that made the plugin', () => {
    const lineThatMadeThePlugin = (): unknown => bearer({ token: '' })
    const error = caught(lineThatMadeThePlugin) as OptionsError
    const [head, first] = (error.stack ?? '').split('\n')
    expect(head).toMatch(/^OptionsError: bearer\(\): option token: /)
    expect(first).toContain('lineThatMadeThePlugin')
  })

  it('takes no argument where nothing is asked for', () => {
    const plain = definePlugin({ name: 'plain', apply: () => undefined })
    expect(plain().name).toBe('plain')
    expect(() => plain({} as never)).toThrow('plain() takes no options')
  })

  it('may be called without an argument when every option has a default', () => {
    const seen: unknown[] = []
    const relaxed = definePlugin({
      name: 'relaxed',
      options: z.strictObject({ limit: z.number().default(3) }),
      apply: (_, options) => void seen.push(options.limit),
    })
    install([relaxed()])
    install([relaxed({ limit: 7 })])
    expect(seen).toEqual([3, 7])
  })

  it('gives the schema its own word on nothing at all', () => {
    const seen: unknown[] = []
    const free = definePlugin({
      name: 'free',
      options: z.union([z.number(), z.undefined().transform(() => 9)]),
      apply: (_, options) => void seen.push(options),
    })
    install([free()])
    expect(seen).toEqual([9])
  })

  it('reads what it is given once: a later change is none', () => {
    const seen: unknown[] = []
    const reader = definePlugin({
      name: 'reader',
      options: z.strictObject({ limit: z.number() }),
      apply: (_, options) => void seen.push(options.limit),
    })
    const options = { limit: 1 }
    const plugin = reader(options)
    options.limit = 2
    install([plugin])
    expect(seen).toEqual([1])
  })

  it('makes a value that cannot be changed', () => {
    const plugin = bearer({ token: 'x' })
    expect(Object.isFrozen(plugin)).toBe(true)
    expect(Object.isFrozen(plugin.requires)).toBe(true)
    expect(Object.isFrozen(plugin.requestOptions)).toBe(true)
  })

  it('leaves an instance that the schema accepts as it is', () => {
    class Ledger {}
    const seen: unknown[] = []
    const keeper = definePlugin({
      name: 'keeper',
      options: z.instanceof(Ledger),
      apply: (_, options) => void seen.push(options),
    })
    const ledger = new Ledger()
    install([keeper(ledger)])
    expect(seen[0]).toBe(ledger)
  })
})

describe('a polluted Object.prototype', () => {
  const pollute = (name: string, value: unknown): void => {
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  }
  afterEach(() => {
    for (const name of ['verify', 'token']) Reflect.deleteProperty(Object.prototype, name)
  })

  it('gives a plugin no options, neither unchecked nor checked', () => {
    const seen: unknown[] = []
    const strict = definePlugin({
      name: 'strict',
      options: z.strictObject({ verify: z.boolean().optional() }),
      apply: (_, options) => void seen.push(options.verify),
    })
    pollute('verify', false)
    install([strict()])
    install([strict({})])
    install([strict({ verify: true })])
    expect(seen).toEqual([undefined, undefined, true])
  })

  it('does not stand in for what is missing', () => {
    pollute('token', 'stolen')
    expect(() => bearer({} as never)).toThrow(OptionsError)
  })
})

describe('a definition', () => {
  const define = (more: object): unknown =>
    caught(() => definePlugin({ name: 'demo', apply: () => undefined, ...more } as never))

  it.each([
    '',
    'Demo',
    'demo_plugin',
    '-demo',
    'demo-',
    'de--mo',
    '4demo',
    'démo',
    'demo plugin',
    undefined,
    5,
  ])('is refused with the name %j', (name) =>
    expect(define({ name })).toMatchObject({ path: 'name', code: 'ERR_OPTIONS' }),
  )

  it.each<[string, object, string]>([
    ['no apply', { apply: undefined }, 'apply'],
    ['options that are no schema', { options: {} }, 'options'],
    ['a list of requirements that is none', { requires: 'tls' }, 'requires'],
    ['requirements that are no names', { requires: [{}] }, 'requires'],
    ['a request option that is no schema', { requestOptions: { flag: true } }, 'requestOptions.flag'],
    ['a request option that must be given', { requestOptions: { flag: z.boolean() } }, 'requestOptions.flag'],
    [
      'a request option whose check is asynchronous',
      { requestOptions: { flag: z.unknown().refine(async () => true) } },
      'requestOptions.flag',
    ],
  ])('is refused with %s', (_, more, path) => {
    expect(define(more)).toMatchObject({ constructor: OptionsError, path })
  })

  it('may have a request option with a default', () => {
    expect(() => named('demo', { requestOptions: { flag: z.boolean().default(false) } })).not.toThrow()
  })
})

describe('installing', () => {
  it('refuses two plugins of one name', () => {
    expect(caught(() => install([named('twin'), named('other'), named('twin')]))).toMatchObject({
      constructor: PluginError,
      plugin: 'twin',
      message: expect.stringMatching(/two plugins are named "twin"/),
    })
  })

  it('refuses a plugin without those it requires, whatever the order', () => {
    const needy = named('needy', { requires: ['base', 'other'] })
    expect(caught(() => install([needy, named('base')]))).toMatchObject({
      plugin: 'needy',
      message: 'plugin "needy" needs "other" in the same pool',
    })
    expect(() => install([needy, named('base'), named('other')])).not.toThrow()
  })

  it.each<[string, unknown, RegExp]>([
    ['a factory that was not called', bearer, /plugins\[0\] is not a plugin but a factory; call it/],
    ['null', null, /plugins\[0\] is not a plugin/],
    ['a string', 'retry', /plugins\[0\] is not a plugin/],
  ])('refuses %s', (_, given, message) => {
    expect(() => install([given])).toThrow(message)
    expect(() => install([given])).toThrow(OptionsError)
  })

  it('runs apply once in each pool', () => {
    const apply = vi.fn()
    const plugin = definePlugin({ name: 'shared', apply: () => apply() })()
    install([plugin])
    install([plugin])
    expect(apply).toHaveBeenCalledTimes(2)
  })

  it('shows a plugin its surroundings', () => {
    expect.assertions(3)
    const curious = definePlugin({
      name: 'curious',
      apply(host) {
        expect(host.has('other')).toBe(true)
        expect(host.has('nobody')).toBe(false)
        expect(host.clock).toBe(systemClock)
      },
    })
    install([curious(), named('other')])
  })

  it('puts the name of the plugin on the errors of its taps', () => {
    const hooks = new Hooks()
    const clumsy = definePlugin({
      name: 'clumsy',
      apply(host) {
        host.hooks.onRequest.tap('another name', () => {
          throw new Error('oops')
        })
      },
    })
    install([clumsy()], hooks)
    hooks.freeze()
    const done = vi.fn()
    hooks.onRequest.call({} as never, done)
    expect(done).toHaveBeenCalledWith(expect.objectContaining({ plugin: 'clumsy' }), undefined)
  })

  it.each<[string, () => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
      /"culprit" could not be installed: oops/,
    ],
    ['is async', async () => undefined, /it must tap before it returns/],
    ['is async and rejects', () => Promise.reject(new Error('floats')), /it must tap before it returns/],
    ['returns null', () => null, /returned null instead of a disposer/],
    ['returns a value', () => 5, /returned number instead of a disposer/],
  ])('undoes the rest when an apply %s, and names the plugin', async (_, apply, message) => {
    const dispose = vi.fn()
    const error = caught(() =>
      install([named('first', { apply: () => dispose }), named('culprit', { apply }), named('third')]),
    )
    expect(error).toMatchObject({
      constructor: PluginError,
      plugin: 'culprit',
      message: expect.stringMatching(message),
    })
    await Promise.resolve()
    expect(dispose).toHaveBeenCalledOnce()
  })

  it('lets the error of a refused tap speak for itself', () => {
    const error = caught(() =>
      install([
        definePlugin({
          name: 'late',
          apply: (host) => host.hooks.onRequest.tap({ name: 'x', before: 'y' } as never, () => undefined),
        })(),
      ]),
    )
    expect(error).toMatchObject({ plugin: 'late', hook: 'onRequest' })
  })

  it('tells whether a plugin secures the transport', () => {
    expect(install([named('plain')]).secured).toBe(false)
    expect(install([named('plain'), named('safe', { securesTransport: true })]).secured).toBe(true)
  })

  it('keeps inspect() working when the section of a plugin fails', () => {
    const { sections } = install([
      definePlugin({ name: 'good', apply: (host) => host.inspect(() => ({ count: 1 })) })(),
      definePlugin({
        name: 'bad',
        apply: (host) =>
          host.inspect(() => {
            throw new Error('oops')
          }),
      })(),
    ])
    expect(sections.get('good')?.()).toEqual({ count: 1 })
    expect(sections.get('bad')?.()).toEqual({ failed: 'oops' })
  })
})

describe('disposing', () => {
  it('runs every disposer once, the last installed first, one after the other', async () => {
    const ran: string[] = []
    const slow = (name: string) => async (): Promise<void> => {
      ran.push(`${name} begins`)
      await Promise.resolve()
      ran.push(`${name} ends`)
    }
    const installation = install([
      named('a', { apply: () => slow('a') }),
      named('b', { apply: () => slow('b') }),
    ])
    await installation.dispose()
    await installation.dispose()
    expect(ran).toEqual(['b begins', 'b ends', 'a begins', 'a ends'])
  })

  it('goes on after a disposer that fails, and reports it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const dispose = vi.fn()
    const failing = () => (): never => {
      throw new Error('oops')
    }
    await install([named('a', { apply: () => dispose }), named('b', { apply: failing })]).dispose()
    expect(dispose).toHaveBeenCalledOnce()
    expect(emitWarning).toHaveBeenCalledWith(
      'the disposer of plugin "b" failed: oops',
      expect.objectContaining({ code: 'ROCKPOOL_PLUGIN' }),
    )
    emitWarning.mockRestore()
  })
})
