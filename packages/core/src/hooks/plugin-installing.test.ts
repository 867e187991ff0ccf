import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it, vi } from 'vitest'
import { bearer, caught, install, named } from '../../test/support/sample-plugins.js'
import { OptionsError, PluginError } from '../ground/errors.js'
import { type Clock, systemClock } from '../transport/clock.js'
import { Hooks } from './hooks.js'
import { definePlugin, installPlugins } from './plugin.js'

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
    ['what only looks like one', { name: 'x', install: () => undefined }, /plugins\[0\] is not a plugin/],
    ['what cannot be shown', Object.create(null), /plugins\[0\] is not a plugin/],
  ])('refuses %s', (_, given, message) => {
    expect(() => install([given])).toThrow(message)
    expect(() => install([given])).toThrow(OptionsError)
  })

  it('refuses a section of inspect() that is no function, by name', () => {
    const wrong = definePlugin({ name: 'wrong', apply: (host) => host.inspect({} as never) })()
    expect(caught(() => install([wrong]))).toMatchObject({ constructor: PluginError, plugin: 'wrong' })
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

  it('goes on after a disposer that does not end within ten seconds, and reports it', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const clock = new ManualClock()
    const dispose = vi.fn()
    let fail = (_error: Error): void => undefined
    const hanging = () => () =>
      new Promise<void>((_, reject) => {
        fail = reject
      })
    const plugins = [named('a', { apply: () => dispose }), named('b', { apply: hanging })]
    const disposed = installPlugins(plugins, new Hooks(), { clock, origin: undefined }).dispose()
    await clock.armed()
    clock.advance(9_999)
    expect([dispose.mock.calls.length, emitWarning.mock.calls.length]).toEqual([0, 0])
    clock.advance(1)
    await disposed
    expect([dispose.mock.calls.length, clock.pending]).toEqual([1, 0])
    // What it comes to later is nobody's: no second warning, and no unhandled rejection.
    fail(new Error('late'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(emitWarning.mock.calls).toEqual([
      [
        'the disposer of plugin "b" did not end within 10000 ms; close() goes on without it',
        expect.objectContaining({ code: 'ROCKPOOL_PLUGIN' }),
      ],
    ])
    emitWarning.mockRestore()
  })

  it('leaves no timer, and sets none for a disposer that is done when it returns', async () => {
    const clock = new ManualClock()
    const timer = vi.spyOn<Clock, 'timer'>(clock, 'timer')
    const place = { clock, origin: undefined }
    await installPlugins([named('a', { apply: () => () => undefined })], new Hooks(), place).dispose()
    expect(timer).not.toHaveBeenCalled()
    await installPlugins([named('a', { apply: () => async () => undefined })], new Hooks(), place).dispose()
    expect([timer.mock.calls.length, clock.pending]).toEqual([1, 0])
    // It holds the process: the promise of close() depends on it.
    expect(timer.mock.calls[0]?.[1]).toBe(true)
  })
})
