import { HTTPConnectionPool } from '@rockpool/core'
import { OptionsError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry, redirect, retry } from './index.js'
import { redirectSchema, retrySchema } from './options.js'

function refusal(make: () => unknown): OptionsError {
  try {
    make()
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('retry()', () => {
  it('takes nothing, a number, a boolean, options or a Retry', () => {
    for (const input of [
      undefined,
      0,
      5,
      Number.POSITIVE_INFINITY,
      true,
      false,
      {},
      { total: 5 },
      new Retry(),
    ]) {
      expect(retry(input).name).toBe('retry')
    }
    expect(retry({ policy: new Retry(), total: null, budget: null, bufferBody: null }).name).toBe('retry')
    expect(retry({ budget: { ratio: 0.1 }, bufferBody: 1024 }).name).toBe('retry')
  })

  it.each([
    [-1, ''],
    [1.5, ''],
    ['3', ''],
    [[], ''],
    [{ total: 'x' }, 'total'],
    [{ totals: 3 }, 'totals'],
    [{ statusForcelist: ['500'] }, 'statusForcelist'],
    [{ allowedMethods: [] }, 'allowedMethods'],
    [{ budget: true }, 'budget'],
    [{ budget: { ratio: 2 } }, 'budget.ratio'],
    [{ bufferBody: -1 }, 'bufferBody'],
    [{ policy: {} }, 'policy'],
  ])('refuses %j where it is written', (input, path) => {
    const error = refusal(() => retry(input as number))
    expect(error.message).toContain('retry()')
    expect(error.path).toBe(path)
    expect(error.stack).toContain('options.test.ts')
  })
})

it.each([
  ['a Map', new Map(), 'must be an object, not Map'],
  ['a Headers', new Headers(), 'must be an object, not Headers'],
])('refuses %s, whose entries nobody would read', (_, input, words) => {
  expect(refusal(() => retry(input as never)).message).toContain(words)
})

describe('what retry() was told', () => {
  it('is kept, with a default for the rest', () => {
    expect(retrySchema.parse({ bufferBody: 5, budget: { ratio: 0.5 } })).toMatchObject({
      bufferBody: 5,
      budget: { ratio: 0.5, minPerSecond: 100 },
    })
    expect(retrySchema.parse({})).toMatchObject({
      bufferBody: 0,
      budget: { ratio: 0.2, minPerSecond: 100 },
    })
    expect(retrySchema.parse({ budget: false }).budget).toBe(false)
  })

  it('and is none of its forms is refused with a list of them', () => {
    expect(refusal(() => retry(-1)).message).toContain(
      'must be a number of retries (a whole number of at least 0, or Infinity), a boolean, options or a Retry',
    )
  })
})

describe('redirect()', () => {
  it('takes nothing or options', () => {
    expect(redirect().name).toBe('redirect')
    expect(
      redirect({ max: 0, removeHeadersOnRedirect: [], allowDowngrade: true, raiseOnRedirect: false }).name,
    ).toBe('redirect')
    expect(redirect({ max: null, removeHeadersOnRedirect: null }).name).toBe('redirect')
  })

  it.each([
    [{ max: -1 }, 'max'],
    [{ maximum: 3 }, 'maximum'],
    [{ removeHeadersOnRedirect: 'cookie' }, 'removeHeadersOnRedirect'],
    [{ removeHeadersOnRedirect: 7 }, 'removeHeadersOnRedirect'],
    [{ removeHeadersOnRedirect: {} }, 'removeHeadersOnRedirect'],
    [{ removeHeadersOnRedirect: [''] }, 'removeHeadersOnRedirect'],
    [{ removeHeadersOnRedirect: ['cookie', 7] }, 'removeHeadersOnRedirect'],
    [{ removeHeadersOnRedirect: [null, 'cookie'] }, 'removeHeadersOnRedirect'],
    [{ allowDowngrade: 'yes' }, 'allowDowngrade'],
  ])('refuses %j where it is written', (input, path) => {
    expect(refusal(() => redirect(input as object)).path).toBe(path)
  })
})

describe('the options of a request', () => {
  const pool = new HTTPConnectionPool('localhost', 1, { plugins: [retry(), redirect()] })

  it.each([
    [{ retries: -1 }, 'retries'],
    [{ retries: '3' }, 'retries'],
    [{ retries: { total: -1 } }, 'retries.total'],
    [{ retries: { budget: false } }, 'retries.budget'],
    [{ redirect: -1 }, 'redirect'],
    [{ redirect: 'follow' }, 'redirect'],
  ])('are refused by name: %j', async (options, path) => {
    const error: unknown = await pool
      .request('GET', '/', options as object)
      .catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(OptionsError)
    expect((error as OptionsError).path).toBe(path)
  })
})

describe('inspect()', () => {
  it('shows the policy and the budget', () => {
    const show = (input?: Parameters<typeof retry>[0]): string =>
      JSON.stringify(new HTTPConnectionPool('localhost', 1, { plugins: [retry(input)] }).inspect())
    expect(show()).toContain('"minPerSecond":100')
    expect(show({ budget: false })).toContain('"budget":false')
  })
})

describe('a polluted Object.prototype', () => {
  it('permits no downgrade and keeps no credentials', () => {
    try {
      Object.assign(Object.prototype, { allowDowngrade: true, removeHeadersOnRedirect: [] })
      const { allowDowngrade, removeHeaders } = redirectSchema.parse(Object.create(null))
      expect(allowDowngrade).toBe(false)
      expect(removeHeaders).toContain('authorization')
    } finally {
      for (const name of ['allowDowngrade', 'removeHeadersOnRedirect'])
        Reflect.deleteProperty(Object.prototype, name)
    }
  })
})
