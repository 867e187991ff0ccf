// What the compiler lets pass, and what not.
import { HTTPConnectionPool, PoolManager } from '@rockpool/core'
import { describe, expectTypeOf, it } from 'vitest'
import { type Retries, Retry, type RetryOptions, redirect, retry } from './index.js'

describe('the options of requests', () => {
  const pool = new HTTPConnectionPool('h', 80, { plugins: [retry(), redirect()] })
  const manager = new PoolManager({ plugins: [redirect()] })
  const bare = new HTTPConnectionPool('h', 80)

  it('are widened by the plugins that are installed, and by no others', () => {
    void pool.request('GET', '/', { retries: 3, redirect: false })
    void pool.request('GET', '/', { retries: new Retry(), redirect: 5 })
    void pool.request('GET', '/', { retries: { total: false, allowedMethods: ['GET'] }, redirect: null })
    void pool.request('GET', '/', { retries: undefined })
    void manager.request('GET', 'http://h/', { redirect: true })
    // @ts-expect-error retry() is not installed
    void manager.request('GET', 'http://h/', { retries: 3 })
    // @ts-expect-error neither is installed
    void bare.request('GET', '/', { redirect: false })
  })

  it('know their values', () => {
    // @ts-expect-error a string is no number of retries
    void pool.request('GET', '/', { retries: '3' })
    // @ts-expect-error a slip
    void pool.request('GET', '/', { retries: { totl: 3 } })
    // @ts-expect-error a word of fetch
    void pool.request('GET', '/', { redirect: 'follow' })
  })
})

describe('the options of plugins', () => {
  it('know their names and values', () => {
    retry({ total: 3, budget: { ratio: 0.1 }, bufferBody: 1000 })
    retry(false)
    retry(new Retry())
    // @ts-expect-error a slip
    retry({ totl: 3 })
    // @ts-expect-error budgets are off with false
    retry({ budget: true })
    // @ts-expect-error connect is a number or false
    retry({ connect: true })
    // @ts-expect-error a slip
    redirect({ maximum: 3 })
    expectTypeOf<RetryOptions>().toExtend<Retries>()
  })
})

describe('Retry', () => {
  it('stays of its class', () => {
    class Mine extends Retry {
      readonly mine: boolean = true
    }
    expectTypeOf(new Mine().increment({ method: 'GET', url: 'http://h/' })).toEqualTypeOf<Mine>()
    expectTypeOf(new Mine().with({ total: 1 })).toEqualTypeOf<Mine>()
    // @ts-expect-error a Retry is never changed
    new Retry().total = 3
  })
})
