// The edges of what a policy takes, and what it says about the rest.
import { OptionsError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry } from './policy.js'
import type { RetryOptions } from './retry-options.js'

function refusalOf(options: unknown): OptionsError {
  try {
    new Retry(options as RetryOptions)
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('statusForcelist', () => {
  it('takes every status there can be, and an empty list', () => {
    expect([...new Retry({ statusForcelist: [100, 999] }).statusForcelist]).toEqual([100, 999])
    expect(new Retry({ statusForcelist: new Set<number>() }).statusForcelist.size).toBe(0)
    expect(new Retry({ statusForcelist: null }).statusForcelist.size).toBe(0)
  })

  it.each([[[99]], [[1000]], [[500.5]], [['500']], [[500, 99]], [500], ['500'], [{}]])(
    'refuses %j',
    (statusForcelist) => {
      expect(refusalOf({ statusForcelist })).toMatchObject({ path: 'statusForcelist' })
    },
  )
})

describe('allowedMethods', () => {
  it.each([[['GET', 'a b']], [['a b', 'GET']], [[]], [['GET', 1]], ['all'], [7], [{}], [['M'.repeat(33)]]])(
    'refuses %j',
    (allowedMethods) => {
      expect(refusalOf({ allowedMethods })).toMatchObject({ path: 'allowedMethods' })
    },
  )

  it('is "any", a list, or the idempotent ones for nothing', () => {
    expect(new Retry({ allowedMethods: 'any' }).isMethodAllowed('PATCH')).toBe(true)
    expect(new Retry({ allowedMethods: ['patch'] }).isMethodAllowed('PATCH')).toBe(true)
    expect(new Retry({ allowedMethods: ['M'.repeat(32)] }).isMethodAllowed('PATCH')).toBe(false)
    for (const nothing of [undefined, null]) {
      expect(new Retry({ allowedMethods: nothing }).isMethodAllowed('PATCH')).toBe(false)
      expect(new Retry({ allowedMethods: nothing }).isMethodAllowed('QUERY')).toBe(true)
    }
  })

  it('stays what it is in a copy', () => {
    expect(new Retry({ allowedMethods: 'any' }).with({ total: 9 }).isMethodAllowed('PATCH')).toBe(true)
    expect(new Retry({ allowedMethods: ['PATCH'] }).with({ total: 9 }).isMethodAllowed('GET')).toBe(false)
  })
})

it('a policy that is not told of Retry-After supposes that there was none', () => {
  expect(new Retry().isRetry('GET', 503)).toBe(false)
  expect(new Retry().isRetry('GET', 503, true)).toBe(true)
})

describe('counters', () => {
  it('of redirects: true has no limit but the total, like nothing at all', () => {
    expect(new Retry({ redirect: true }).redirect).toBeUndefined()
    expect(new Retry({ redirect: false }).redirect).toBe(false)
    expect(new Retry({ redirect: 2 }).redirect).toBe(2)
  })

  it('of answers and other failures: false is 0', () => {
    expect(new Retry({ status: false, other: false })).toMatchObject({ status: 0, other: 0 })
    expect(new Retry({ status: 2, other: 3 })).toMatchObject({ status: 2, other: 3 })
    expect(new Retry({ status: null, other: null })).toMatchObject({ status: undefined, other: undefined })
  })
})

describe('a refusal', () => {
  it('names the first unknown option, and only that', () => {
    const error = refusalOf({ totl: 3, bakoff: 1 })
    expect(error.path).toBe('totl')
    expect(error.message).toMatch(/^Retry: option totl /)
  })

  it('says which option it is about, and of lists what they must hold', () => {
    expect(refusalOf({ total: -1 }).message).toMatch(/^Retry: option total /)
    expect(refusalOf({ statusForcelist: [99] }).message).toBe(
      'Retry: option statusForcelist must list status codes, whole numbers from 100 to 999',
    )
    expect(refusalOf({ statusForcelist: [99], total: -1 }).issues).toHaveLength(2)
  })
})
