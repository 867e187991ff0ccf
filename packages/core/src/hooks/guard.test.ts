/**
 * Every sharp edge of tapable (see tapable-edges.test.ts) as the guard leaves it.
 */
import { describe, expect, it, vi } from 'vitest'
import { PluginError, ReadTimeoutError } from '../ground/errors.js'
import { HTTPResponse } from '../ground/response.js'
import type { RequestContext } from './contexts.js'
import { Hooks, type TapOnlyHooks } from './hooks.js'
import { Resend } from './verdicts.js'

type Loose = (...args: unknown[]) => never

interface Outcome {
  readonly calls: number
  readonly error: unknown
  readonly verdict: unknown
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const context = {} as RequestContext
const trap = (): never => {
  throw new Error('a trap')
}

/** What `await` waits for without being a promise. */
const thenable = (then: unknown, target: object = {}): object =>
  Object.defineProperty(target, 'then', { value: then })

/** Fires our onRequest after `register` tapped it, as the loop does. */
async function fire(register: (hooks: TapOnlyHooks) => void): Promise<Outcome> {
  const hooks = new Hooks()
  register(hooks.tapOnly('culprit'))
  hooks.freeze()
  let outcome: Outcome = { calls: 0, error: undefined, verdict: undefined }
  hooks.onRequest.call(context, (error, verdict) => {
    outcome = { calls: outcome.calls + 1, error, verdict }
  })
  await turns()
  return outcome
}

function refusal(register: (hooks: TapOnlyHooks) => void): PluginError {
  try {
    register(new Hooks().tapOnly('culprit'))
  } catch (error) {
    if (error instanceof PluginError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a guarded tap', () => {
  const afterAsync =
    (tap: unknown) =>
    (hooks: TapOnlyHooks): void => {
      hooks.onRequest.tapPromise('first', async () => undefined)
      hooks.onRequest.tapPromise('second', tap as Loose)
    }

  it.each<[string, (hooks: TapOnlyHooks) => void, RegExp]>([
    [
      'that throws at once in tapPromise',
      afterAsync(() => {
        throw new Error('oops')
      }),
      /failed in onRequest: oops/,
    ],
    ['that rejects', afterAsync(() => Promise.reject(new Error('oops'))), /failed in onRequest: oops/],
    [
      'that returns no promise from tapPromise',
      afterAsync(() => 5),
      /returned no promise; register it with tap$/,
    ],
    [
      'that throws',
      (hooks) =>
        hooks.onRequest.tap('tap', () => {
          throw new Error('oops')
        }),
      /failed in onRequest: oops/,
    ],
    [
      'that is async but not registered as such',
      (hooks) => hooks.onRequest.tap('tap', (async () => undefined) as Loose),
      /tapPromise/,
    ],
    [
      'that is async, not registered as such, and rejects',
      (hooks) => hooks.onRequest.tap('tap', (() => Promise.reject(new Error('floats'))) as Loose),
      /returned a promise/,
    ],
    [
      'that returns a thenable function',
      (hooks) =>
        hooks.onRequest.tap('tap', (() =>
          thenable(
            () => undefined,
            () => 0,
          )) as Loose),
      /returned a promise/,
    ],
    ['that returns null', (hooks) => hooks.onRequest.tap('tap', (() => null) as Loose), /returned null/],
    ['that resolves to null', afterAsync(async () => null), /returned null/],
    ['that returns false', (hooks) => hooks.onRequest.tap('tap', (() => false) as Loose), /returned false/],
    [
      'that returns a string',
      (hooks) => hooks.onRequest.tap('tap', (() => 'close') as Loose),
      /returned 'close'/,
    ],
    [
      'that returns a Resend where none is admitted',
      (hooks) => hooks.onRequest.tap('tap', (() => new Resend({ reason: 'x' })) as Loose),
      /an HTTPResponse answers/,
    ],
    [
      'that throws undefined',
      (hooks) =>
        hooks.onRequest.tap('tap', () => {
          throw undefined
        }),
      /failed in onRequest: undefined/,
    ],
    [
      'that throws what cannot be made a string',
      (hooks) =>
        hooks.onRequest.tap('tap', () => {
          throw Object.create(null)
        }),
      /a thrown object that cannot be shown/,
    ],
    [
      'whose verdict throws when it is looked at',
      (hooks) =>
        hooks.onRequest.tap('tap', (() => Object.defineProperty({}, 'then', { get: trap })) as Loose),
      /failed in onRequest: a trap/,
    ],
  ])('%s fails the hook once, and the error names plugin and hook', async (_, register, message) => {
    const { calls, error, verdict } = await fire(register)
    expect(calls).toBe(1)
    expect(verdict).toBeUndefined()
    expect(error).toBeInstanceOf(PluginError)
    expect(error).toMatchObject({ plugin: 'culprit', hook: 'onRequest', code: 'ERR_PLUGIN' })
    expect((error as Error).message).toMatch(/^plugin "culprit"/)
    expect((error as Error).message).toMatch(message)
  })

  it('that throws keeps what was thrown as the cause', async () => {
    const thrown = new TypeError('oops')
    const { error } = await fire((hooks) =>
      hooks.onRequest.tap('tap', () => {
        throw thrown
      }),
    )
    expect((error as Error).cause).toBe(thrown)
  })

  it('that met the failure of another plugin, in a request of its own, is the culprit here', async () => {
    const inner = new PluginError('plugin "other" failed', { plugin: 'other', hook: 'onSettle' })
    const { error } = await fire((hooks) => hooks.onRequest.tapPromise('tap', () => Promise.reject(inner)))
    expect(error).toMatchObject({ plugin: 'culprit', hook: 'onRequest', cause: inner })
  })

  it('that throws an HTTPError is a failing plugin, not a failing request', async () => {
    const { error } = await fire((hooks) =>
      hooks.onRequest.tap('tap', () => {
        throw new ReadTimeoutError('of its own request')
      }),
    )
    expect(error).toBeInstanceOf(PluginError)
  })

  it('stops the taps behind it', async () => {
    const later = vi.fn()
    await fire((hooks) => {
      hooks.onRequest.tap('tap', (() => null) as Loose)
      hooks.onRequest.tap('later', later)
    })
    expect(later).not.toHaveBeenCalled()
  })

  it('that never settles never calls back, and nothing else happens', async () => {
    expect(
      (await fire((hooks) => hooks.onRequest.tapPromise('tap', () => new Promise(() => undefined)))).calls,
    ).toBe(0)
  })

  it('may be given a thenable that settles more than once', async () => {
    const response = new HTTPResponse({ status: 204 })
    const eager = thenable((resolve: (value: unknown) => void) => {
      resolve(response)
      resolve(null)
    })
    const { calls, verdict } = await fire((hooks) =>
      hooks.onRequest.tapPromise('tap', (() => eager) as Loose),
    )
    expect({ calls, verdict }).toEqual({ calls: 1, verdict: response })
  })
})

describe('registering', () => {
  it.each<[string, (hooks: TapOnlyHooks) => void, RegExp]>([
    [
      'tapAsync',
      (hooks) => (hooks.onRequest as unknown as { tapAsync: Loose }).tapAsync('tap', () => undefined),
      /tapAsync; return a promise and use tapPromise/,
    ],
    [
      'tapPromise on a synchronous hook',
      (hooks) =>
        (hooks.onRelease as unknown as { tapPromise: Loose }).tapPromise('tap', async () => undefined),
      /waits for nobody/,
    ],
    [
      'before',
      (hooks) => hooks.onRequest.tap({ name: 'tap', before: 'other' } as never, () => undefined),
      /the option before; order is said by `stage` alone/,
    ],
    [
      'a tap without a name',
      (hooks) => hooks.onRequest.tap({ stage: 1 } as never, () => undefined),
      /without a name/,
    ],
    ['an empty name', (hooks) => hooks.onRequest.tap('', () => undefined), /without a name/],
    [
      'a stage that is no number',
      (hooks) => hooks.onRequest.tap({ name: 'tap', stage: 'amend' } as never, () => undefined),
      /no number/,
    ],
    [
      'a stage that is NaN, as a misspelt stage times two is',
      (hooks) => hooks.onRequest.tap({ name: 'tap', stage: Number.NaN }, () => undefined),
      /no number/,
    ],
    [
      'what is no function',
      (hooks) => hooks.onRequest.tap('tap', {} as never),
      /with object instead of a function/,
    ],
    [
      'a listener that could replace taps',
      (hooks) => hooks.onRequest.intercept({ name: 'spy', register: () => undefined } as never),
      /with register; it can only listen/,
    ],
    [
      'a listener without a name',
      (hooks) => hooks.onRequest.intercept({ call: () => undefined } as never),
      /without a name/,
    ],
  ])('refuses %s', (_, register, message) => {
    const error = refusal(register)
    expect(error.message).toMatch(message)
    expect(error.plugin).toBe('culprit')
  })

  it('names a user without a plugin by the name of the tap', () => {
    expect(() =>
      new Hooks().tapOnly().onRequest.tap({ name: 'mine', before: 'x' } as never, () => undefined),
    ).toThrow(expect.objectContaining({ plugin: 'mine' }))
  })
})
