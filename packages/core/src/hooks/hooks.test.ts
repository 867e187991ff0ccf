import { describe, expect, it, vi } from 'vitest'
import { PluginError } from '../ground/errors.js'
import { HTTPResponse } from '../ground/response.js'
import type { Connector } from '../transport/connector.js'
import type { ErrorContext, ReleaseContext, RequestContext } from './contexts.js'
import { Hooks, type TapOnlyHooks } from './hooks.js'
import { stages } from './stages.js'

const context = {} as RequestContext
const NAMES = ['beforeConnect', 'onRequest', 'onResponse', 'onError', 'onRelease', 'onSettle'] as const

function frozen(register: (hooks: TapOnlyHooks) => void): Hooks {
  const hooks = new Hooks()
  register(hooks.tapOnly('test'))
  hooks.freeze()
  return hooks
}

describe('the hooks of a client', () => {
  it('are inactive until they freeze, and then active where somebody taps', () => {
    const hooks = new Hooks()
    hooks.tapOnly().onRequest.tap('test', () => undefined)
    expect(NAMES.filter((name) => hooks[name].active)).toEqual([])
    hooks.freeze()
    expect(NAMES.filter((name) => hooks[name].active)).toEqual(['onRequest'])
    expect(hooks.frozen).toBe(true)
  })

  it.each([undefined, null, 5])('refuse what says nothing about a tap: %j', (given) => {
    const { onRequest } = new Hooks().tapOnly('vague')
    expect(() => onRequest.tap(given as never, () => undefined)).toThrow('without a name')
    expect(() => onRequest.intercept(given as never)).toThrow('without a name')
    expect(() => onRequest.withOptions(given as never).tap('vague', () => undefined)).not.toThrow()
  })

  it('refuse an option of a stage that nobody knows', () => {
    const { onRequest } = new Hooks().tapOnly('vague')
    expect(() => onRequest.withOptions({ stge: 5 } as never)).toThrow(PluginError)
  })

  it.each(NAMES)('%s refuses a tap after the first request, by name', (name) => {
    const hooks = new Hooks()
    const { [name]: hook } = hooks.tapOnly('late') as unknown as Record<string, TapOnlyHooks['onRequest']>
    hooks.freeze()
    for (const register of [
      () => hook?.tap('tap', () => undefined),
      () => hook?.intercept({ name: 'tap', call: () => undefined }),
      () => hook?.withOptions({ stage: 5 }).tap('tap', () => undefined),
    ]) {
      expect(register).toThrow(PluginError)
      expect(register).toThrow(`plugin "late" tapped ${name} after the first request`)
      expect(register).toThrow(expect.objectContaining({ plugin: 'late', hook: name }))
    }
  })

  it('cannot be fired or rearranged by a plugin', () => {
    const hooks = new Hooks().tapOnly('test')
    expect(Object.isFrozen(hooks)).toBe(true)
    for (const name of NAMES) {
      expect(Object.isFrozen(hooks[name])).toBe(true)
      for (const forbidden of ['call', 'callAsync', 'promise', 'taps', 'interceptors', 'registry']) {
        expect(hooks[name]).not.toHaveProperty(forbidden)
      }
    }
  })
})

describe('taps', () => {
  it('run by stage, and within a stage as they were registered', () => {
    const ran: string[] = []
    const hooks = frozen(({ onRequest }) => {
      const { answer, sign, amend, route, admit, observe } = stages.onRequest
      for (const [name, stage] of Object.entries({ answer, sign, amend, route, admit, observe })) {
        onRequest.tap({ name, stage }, () => void ran.push(name))
        onRequest.tap({ name, stage }, () => void ran.push(`${name} again`))
      }
      onRequest.tap('no stage is amend', () => void ran.push('no stage'))
    })
    hooks.onRequest.call(context, () => undefined)
    const twice = (name: string): string[] => [name, `${name} again`]
    expect(ran).toEqual([
      ...['observe', 'admit', 'route', 'amend'].flatMap(twice),
      'no stage',
      ...['sign', 'answer'].flatMap(twice),
    ])
  })

  it('may share a default stage', () => {
    const ran: string[] = []
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap('middle', () => void ran.push('middle'))
      const early = onRequest.withOptions({ stage: stages.onRequest.observe })
      early.tap('early', () => void ran.push('early'))
      early.tap({ name: 'own', stage: 50 }, () => void ran.push('own'))
    })
    hooks.onRequest.call(context, () => undefined)
    expect(ran).toEqual(['early', 'middle', 'own'])
  })

  it('that are synchronous end in the turn that fires them', () => {
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap('one', () => undefined)
      onRequest.tap('two', () => undefined)
    })
    const done = vi.fn()
    hooks.onRequest.call(context, done)
    expect(done).toHaveBeenCalledExactlyOnceWith(undefined, undefined)
  })

  it('that are mixed run one after the other', async () => {
    const ran: string[] = []
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap('one', () => void ran.push('one'))
      onRequest.tapPromise('two', async () => {
        await Promise.resolve()
        ran.push('two')
      })
      onRequest.tap('three', () => void ran.push('three'))
    })
    await new Promise<void>((resolve) => hooks.onRequest.call(context, () => resolve()))
    expect(ran).toEqual(['one', 'two', 'three'])
  })

  it('end with the first verdict', async () => {
    const response = new HTTPResponse({ status: 418 })
    const later = vi.fn()
    const hooks = frozen(({ onRequest }) => {
      onRequest.tapPromise('silent', async () => undefined)
      onRequest.tapPromise('answers', async () => response)
      onRequest.tap('later', later)
    })
    expect(
      await new Promise((resolve) => hooks.onRequest.call(context, (_, verdict) => resolve(verdict))),
    ).toBe(response)
    expect(later).not.toHaveBeenCalled()
  })

  it('may run again while they run: a tap that makes a request of its own', () => {
    const depths: number[] = []
    const hooks: Hooks = frozen(({ onRequest }) => {
      onRequest.tap('nested', (given) => {
        const depth = given.attempt
        depths.push(depth)
        if (depth < 3)
          hooks.onRequest.call({ attempt: depth + 1 } as RequestContext, () => depths.push(-depth - 1))
      })
    })
    hooks.onRequest.call({ attempt: 1 } as RequestContext, () => depths.push(-1))
    expect(depths).toEqual([1, 2, 3, -3, -2, -1])
  })

  it('of onError are given through to the loop', () => {
    const response = new HTTPResponse({ status: 200 })
    const hooks = frozen(({ onError }) => onError.tap('stand-in', () => response))
    const done = vi.fn()
    hooks.onError.call({} as ErrorContext, done)
    expect(done).toHaveBeenCalledExactlyOnceWith(undefined, response)
  })

  it('of onRelease may close', () => {
    const hooks = frozen(({ onRelease }) =>
      onRelease.tap('test', ({ reusable }) => (reusable ? 'close' : undefined)),
    )
    expect(hooks.onRelease.call({ reusable: true } as ReleaseContext)).toBe('close')
    expect(hooks.onRelease.call({ reusable: false } as ReleaseContext)).toBeUndefined()
  })

  it('of beforeConnect wrap from the inside out, by stage', async () => {
    const wrapped: string[] = []
    const wrap =
      (name: string) =>
      (next: Connector): Connector => {
        return (target, given) => {
          wrapped.push(name)
          return next(target, given)
        }
      }
    const hooks = frozen(({ beforeConnect }) => {
      beforeConnect.tap({ name: 'tls', stage: stages.beforeConnect.secure }, wrap('tls'))
      beforeConnect.tapPromise({ name: 'proxy', stage: stages.beforeConnect.tunnel }, async (next) =>
        wrap('proxy')(next),
      )
    })
    const dial = (() => {
      wrapped.push('dial')
    }) as unknown as Connector
    const connector = await hooks.beforeConnect.call(dial, {} as never)
    void connector({ host: 'localhost', port: 80 }, {} as never)
    expect(wrapped).toEqual(['tls', 'proxy', 'dial'])
  })
})

describe('a listener', () => {
  it('hears calls, taps and what came of them', async () => {
    const heard: unknown[] = []
    const response = new HTTPResponse({ status: 204 })
    let answer: HTTPResponse | undefined
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap({ name: 'one', stage: 3 }, () => undefined)
      onRequest.tapPromise({ name: 'two', stage: 4 }, async () => answer)
      onRequest.intercept({
        name: 'spy',
        call: (given) => heard.push(given),
        tap: (tap) => heard.push(tap),
        result: (verdict) => heard.push(verdict),
        done: () => heard.push('done'),
      })
    })
    const fire = (): Promise<void> => new Promise((resolve) => hooks.onRequest.call(context, () => resolve()))
    await fire()
    expect(heard).toEqual([context, { name: 'one', stage: 3 }, { name: 'two', stage: 4 }, 'done'])
    heard.length = 0
    answer = response
    await fire()
    expect(heard).toEqual([context, { name: 'one', stage: 3 }, { name: 'two', stage: 4 }, response])
  })

  it('hears a failure', () => {
    const heard = vi.fn()
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap('fails', () => {
        throw new Error('oops')
      })
      onRequest.intercept({ name: 'spy', error: heard })
    })
    hooks.onRequest.call(context, () => undefined)
    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.any(PluginError))
  })

  it('that throws, or is async, is reported and changes nothing', () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const oops = (): never => {
      throw new Error('oops')
    }
    const hooks = frozen(({ onRequest }) => {
      onRequest.tap('tap', () => undefined)
      onRequest.intercept({ name: 'spy', call: oops, tap: oops, done: oops })
      onRequest.intercept({ name: 'async', call: (async () => oops()) as never })
    })
    const done = vi.fn()
    hooks.onRequest.call(context, done)
    expect(done).toHaveBeenCalledExactlyOnceWith(undefined, undefined)
    expect(emitWarning).toHaveBeenCalledTimes(4)
    emitWarning.mockRestore()
  })

  it('alone does not make a hook active', () => {
    const hooks = frozen(({ onRequest }) => onRequest.intercept({ name: 'spy', call: () => undefined }))
    expect(hooks.onRequest.active).toBe(false)
  })
})

describe('where code generation is forbidden', () => {
  it('tapping fails with an error that says why, and a client without taps works', () => {
    const { Function: original } = globalThis
    // What --disallow-code-generation-from-strings does to `new Function`; the flag is read once, at the start.
    const forbidden = function forbidden(): never {
      throw new EvalError('Code generation from strings disallowed for this context')
    }
    try {
      globalThis.Function = forbidden as never
      const hooks = new Hooks()
      expect(() => hooks.tapOnly('demo').onRequest.tap('tap', () => undefined)).toThrow(
        'plugin "demo" cannot tap onRequest: hooks are compiled with new Function, which this process forbids',
      )
      hooks.freeze()
      expect(hooks.onRequest.active).toBe(false)
    } finally {
      globalThis.Function = original
    }
  })
})
