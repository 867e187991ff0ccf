import { beforeEach, describe, expect, it, vi } from 'vitest'
import { HTTPError, PluginError, ReadTimeoutError } from '../ground/errors.js'
import type { Connector } from '../transport/connector.js'
import type { ErrorContext, ReleaseContext } from './contexts.js'
import { Hooks, type TapOnlyHooks } from './hooks.js'

type Loose = (...args: unknown[]) => never

const causesOf = (error: PluginError | undefined): unknown[] =>
  error?.cause instanceof AggregateError ? error.cause.errors : []

describe('a tap of onError that fails', () => {
  it('tells both failures', async () => {
    const hooks = new Hooks()
    const thrown = new Error('oops')
    const failure = new ReadTimeoutError('too slow')
    hooks.tapOnly('culprit').onError.tap('tap', () => {
      throw thrown
    })
    hooks.freeze()
    let error: PluginError | undefined
    hooks.onError.call({ error: failure } as ErrorContext, (fault) => {
      error = fault
    })
    expect(error).toMatchObject({
      plugin: 'culprit',
      hook: 'onError',
      message: 'plugin "culprit" failed in onError: oops',
    })
    expect(error?.cause).toBeInstanceOf(AggregateError)
    expect(causesOf(error)).toEqual([thrown, failure])
  })

  it('tells both when the verdict is not one', async () => {
    const hooks = new Hooks()
    const failure = new ReadTimeoutError('too slow')
    hooks.tapOnly('culprit').onError.tapPromise('tap', (async () => true) as Loose)
    hooks.freeze()
    const error = await new Promise<PluginError | undefined>((resolve) =>
      hooks.onError.call({ error: failure } as ErrorContext, resolve),
    )
    const [mistake, original] = causesOf(error)
    expect(mistake).toBeInstanceOf(PluginError)
    expect(original).toBe(failure)
  })
})

describe('a tap of beforeConnect', () => {
  const base = (() => undefined) as unknown as Connector
  const wrap = (register: (hooks: TapOnlyHooks) => void): Promise<Connector> => {
    const hooks = new Hooks()
    register(hooks.tapOnly('culprit'))
    hooks.freeze()
    return hooks.beforeConnect.call(base, {} as never)
  }

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an object', {}],
  ])('must return a connector, not %s', async (_, returned) => {
    await expect(
      wrap((hooks) => hooks.beforeConnect.tap('tap', (() => returned) as Loose)),
    ).rejects.toMatchObject({
      plugin: 'culprit',
      hook: 'beforeConnect',
      message: expect.stringMatching(/return a connector/),
    })
  })

  it('that throws at once after an asynchronous one rejects the connect', async () => {
    const connect = wrap((hooks) => {
      hooks.beforeConnect.tapPromise('first', async (next) => next)
      hooks.beforeConnect.tapPromise('second', () => {
        throw new Error('oops')
      })
    })
    await expect(connect).rejects.toThrow('plugin "culprit" failed in beforeConnect: oops')
  })

  it('may return the connector it was given', async () => {
    expect(await wrap((hooks) => hooks.beforeConnect.tap('tap', (next) => next))).toBe(base)
  })
})

describe('taps of onRelease and onSettle', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const warnings = (): unknown[] => emitWarning.mock.calls.map(([message]) => message)
  const release = {} as ReleaseContext

  beforeEach(() => emitWarning.mockClear())

  it('do not stop each other: a throw closes the connection and is reported', () => {
    const hooks = new Hooks()
    const later = vi.fn()
    hooks.tapOnly('culprit').onRelease.tap('tap', () => {
      throw new Error('oops')
    })
    hooks.tapOnly('bystander').onRelease.tap('later', later)
    hooks.freeze()
    expect(hooks.onRelease.call(release)).toBe('close')
    expect(later).toHaveBeenCalledOnce()
    expect(emitWarning).toHaveBeenCalledWith(
      'plugin "culprit" failed in onRelease: oops',
      expect.objectContaining({ code: 'ROCKPOOL_PLUGIN', type: 'RockpoolWarning' }),
    )
  })

  it('close for the connection of that call only', () => {
    const hooks = new Hooks()
    let fails = true
    hooks.tapOnly('culprit').onRelease.tap('tap', () => {
      if (fails) throw new Error('oops')
    })
    hooks.freeze()
    expect(hooks.onRelease.call(release)).toBe('close')
    fails = false
    expect(hooks.onRelease.call(release)).toBeUndefined()
  })

  it('still close when a later tap gives another connection back meanwhile', () => {
    const hooks = new Hooks()
    let depth = 0
    hooks.tapOnly('culprit').onRelease.tap('tap', () => {
      if (depth === 0) throw new Error('oops')
    })
    hooks.tapOnly('nested').onRelease.tap('tap', () => {
      if (depth > 0) return
      depth += 1
      expect(hooks.onRelease.call(release)).toBeUndefined()
    })
    hooks.freeze()
    expect(hooks.onRelease.call(release)).toBe('close')
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['true', true],
    ['a promise', Promise.resolve('close')],
  ])('close, with a warning, when the verdict is %s', (_, verdict) => {
    const hooks = new Hooks()
    hooks.tapOnly('culprit').onRelease.tap('tap', (() => verdict) as Loose)
    hooks.freeze()
    expect(hooks.onRelease.call(release)).toBe('close')
    expect(warnings()).toHaveLength(1)
  })

  it('report a throw at settling, and all run', () => {
    const hooks = new Hooks()
    const later = vi.fn(() => true)
    hooks.tapOnly('culprit').onSettle.tap('tap', () => {
      throw new HTTPError('oops')
    })
    hooks.tapOnly('bystander').onSettle.tap('later', later as unknown as Loose)
    hooks.freeze()
    hooks.onSettle.call({} as never)
    expect(later).toHaveBeenCalledOnce()
    expect(warnings()).toEqual(['plugin "culprit" failed in onSettle: oops'])
  })
})
