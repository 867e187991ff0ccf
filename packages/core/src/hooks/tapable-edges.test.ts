/**
 * The sharp edges of tapable as it has them: the reasons for the rules of guard.ts. When a new tapable makes one of
 * these fail, the rule may go. guard.test.ts shows each blunted.
 */
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook } from 'tapable'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

type Loose = (...args: unknown[]) => never

interface Outcome {
  readonly calls: number
  readonly error: unknown
  readonly verdict: unknown
}

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function fireRaw(hook: AsyncSeriesBailHook<[object], unknown>): Promise<Outcome> {
  let outcome: Outcome = { calls: 0, error: undefined, verdict: undefined }
  hook.callAsync({}, (error, verdict) => {
    outcome = { calls: outcome.calls + 1, error, verdict }
  })
  await turns()
  return outcome
}

describe('tapable itself', () => {
  const unhandled: unknown[] = []
  const keep = (error: unknown): void => void unhandled.push(error)
  let others: NodeJS.UnhandledRejectionListener[]

  // The edges float rejections: they are heard here in the place of the test runner, which would fail.
  beforeEach(() => {
    unhandled.length = 0
    others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', keep)
  })
  afterEach(async () => {
    await turns()
    process.off('unhandledRejection', keep)
    for (const listener of others) process.on('unhandledRejection', listener)
  })

  it('never settles when a promise tap throws at once after an asynchronous one', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tapPromise('first', async () => undefined)
    hook.tapPromise('second', () => {
      throw new Error('at once')
    })
    expect((await fireRaw(hook)).calls).toBe(0)
    expect(unhandled).toHaveLength(1)
  })

  it('never settles when a promise tap returns no promise after an asynchronous one', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tapPromise('first', async () => undefined)
    hook.tapPromise('second', (() => 5) as Loose)
    expect((await fireRaw(hook)).calls).toBe(0)
    expect(unhandled).toHaveLength(1)
  })

  it('never settles when tapAsync throws after an asynchronous tap', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tapPromise('first', async () => undefined)
    hook.tapAsync('second', () => {
      throw new Error('at once')
    })
    expect((await fireRaw(hook)).calls).toBe(0)
  })

  it('runs later taps twice when a tapAsync callback is called twice', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    let runs = 0
    hook.tapAsync('twice', (_, callback) => {
      callback()
      callback()
    })
    hook.tap('later', () => {
      runs += 1
    })
    expect((await fireRaw(hook)).calls).toBe(2)
    expect(runs).toBe(2)
  })

  it('takes the promise of an async function for a verdict and floats its rejection', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tap('async', async () => {
      throw new Error('floats')
    })
    const { error, verdict } = await fireRaw(hook)
    expect(error).toBeNull()
    expect(verdict).toBeInstanceOf(Promise)
    expect(unhandled).toHaveLength(1)
  })

  it('takes null for a verdict', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    const later = vi.fn()
    hook.tap('null', () => null)
    hook.tap('later', later)
    expect((await fireRaw(hook)).verdict).toBeNull()
    expect(later).not.toHaveBeenCalled()
  })

  it('takes a thrown undefined for success', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tap('throws', () => {
      throw undefined
    })
    expect(await fireRaw(hook)).toEqual({ calls: 1, error: undefined, verdict: undefined })
  })

  it('moves a tap to the front when it should run before an unknown one', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    const ran: string[] = []
    hook.tap('first', () => void ran.push('first'))
    hook.tap({ name: 'second', before: 'nobody' }, () => void ran.push('second'))
    await fireRaw(hook)
    expect(ran).toEqual(['second', 'first'])
  })

  it('says nothing about whose tap failed', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    const thrown = new Error('oops')
    hook.tap('culprit', () => {
      throw thrown
    })
    expect((await fireRaw(hook)).error).toBe(thrown)
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain('culprit')
  })

  it('counts a mere interceptor as use', () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.intercept({ call: () => undefined })
    expect(hook.isUsed()).toBe(true)
    expect(hook.taps).toHaveLength(0)
  })

  it('throws what an interceptor throws at whoever fires', () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.tap('tap', () => undefined)
    hook.intercept({
      call: () => {
        throw new Error('listener')
      },
    })
    expect(() => hook.callAsync({}, () => undefined)).toThrow('listener')
  })

  it('lets an interceptor replace a tap', async () => {
    const hook = new AsyncSeriesBailHook<[object], unknown>(['context'])
    hook.intercept({ register: (tap) => ({ ...tap, fn: () => 'replaced' }) })
    hook.tap('tap', () => 'own')
    expect((await fireRaw(hook)).verdict).toBe('replaced')
  })

  it('lets a waterfall tap return nothing', async () => {
    const hook = new AsyncSeriesWaterfallHook<[string]>(['value'])
    hook.tap('forgot', (() => undefined) as Loose)
    expect(await hook.promise('given')).toBe('given')
  })
})
