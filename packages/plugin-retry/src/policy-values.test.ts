import { OptionsError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry } from './policy.js'

const get = { method: 'GET', url: 'http://h/' }

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('Retry.from', () => {
  const base = new Retry({ total: 7, statusForcelist: [500], backoffFactor: 10 })

  it('inherits for undefined and null, at every level', () => {
    expect(Retry.from(undefined, base)).toBe(base)
    expect(Retry.from(null, base)).toBe(base)
    expect(Retry.from({ total: null, connect: undefined, statusForcelist: null }, base)).toMatchObject({
      total: 7,
    })
    expect(Retry.from({ total: null, statusForcelist: undefined }, base).statusForcelist).toEqual(
      new Set([500]),
    )
  })

  it('lays a number, a boolean and options over the base', () => {
    expect(Retry.from(0, base)).toMatchObject({ total: 0, backoffFactor: 10 })
    expect(Retry.from(true, base).total).toBe(1)
    expect(Retry.from(false, base).total).toBe(false)
    expect(Retry.from({ read: 1 }, base)).toMatchObject({ total: 7, read: 1, backoffFactor: 10 })
  })

  it('takes a Retry as it is', () => {
    const own = new Retry()
    expect(Retry.from(own, base)).toBe(own)
  })
})

describe('the options of Retry', () => {
  it.each([
    [{ total: -1 }, 'total'],
    [{ total: 1.5 }, 'total'],
    [{ total: '3' }, 'total'],
    [{ connect: true }, 'connect'],
    [{ allowedMethods: [] }, 'allowedMethods'],
    [{ allowedMethods: 'GET' }, 'allowedMethods'],
    [{ allowedMethods: ['GE T'] }, 'allowedMethods'],
    [{ statusForcelist: ['500'] }, 'statusForcelist'],
    [{ statusForcelist: [42] }, 'statusForcelist'],
    [{ backoffFactor: -1 }, 'backoffFactor'],
    [{ backoffMax: Number.NaN }, 'backoffMax'],
    [{ random: 5 }, 'random'],
    [{ backofFactor: 1 }, 'backofFactor'],
  ])('refuses %j by name', (options, path) => {
    const error = thrownBy(() => new Retry(options as object))
    expect(error).toBeInstanceOf(OptionsError)
    expect((error as OptionsError).path).toBe(path)
  })
})

describe('a subclass of Retry', () => {
  class Polite extends Retry {
    readonly kind: string = 'polite'
    override isRetry(method: string, status: number, hasRetryAfter?: boolean): boolean {
      return status === 202 || super.isRetry(method, status, hasRetryAfter)
    }
    override backoffTime(): number {
      return 42
    }
  }

  it('stays of its class over events and changes', () => {
    const left = new Polite({ total: 5 }).increment({ ...get, status: 202 }).with({ read: 1 })
    expect(left).toBeInstanceOf(Polite)
    expect(left).toMatchObject({ total: 4, read: 1, kind: 'polite' })
    expect(left.history).toHaveLength(1)
    expect(left.isRetry('GET', 202)).toBe(true)
    expect(left.backoffTime()).toBe(42)
  })
})
