// How many origins a budget remembers, and whom it forgets when they become too many.
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { RetryBudget } from './budget.js'

const MOST = 1000
const names = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `http://${what}-${index}:80`)

describe('the origins of a budget', () => {
  it('are all remembered while they are no more than the bound, quiet or not', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, clock)
    budget.take('http://refused:80')
    clock.advance(11_000)
    for (const name of names('new', MOST - 1)) budget.payIn(name)
    expect(Object.keys(budget.inspect())).toHaveLength(MOST)
    expect(budget.inspect()['http://refused:80']).toMatchObject({ calls: 0, retries: 0, refused: 1 })
  })

  it('that were quiet for ten seconds make room, those with a call or a retry do not', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 1 }, clock)
    for (const name of names('quiet', MOST - 200)) budget.payIn(name)
    clock.advance(11_000)
    for (const name of names('called', 100)) budget.payIn(name)
    for (const name of names('retried', 100)) budget.take(name)
    expect(Object.keys(budget.inspect())).toHaveLength(MOST)
    budget.payIn('http://last:80')
    expect(Object.keys(budget.inspect())).toEqual([
      ...names('called', 100),
      ...names('retried', 100),
      'http://last:80',
    ])
    expect(budget.inspect()['http://retried-0:80']).toMatchObject({ calls: 0, retries: 1 })
  })

  it('that are all busy lose the oldest, one for each that comes', () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 }, new ManualClock())
    const busy = names('busy', MOST + 500)
    for (const name of busy) budget.payIn(name)
    expect(Object.keys(budget.inspect())).toEqual(busy.slice(500))
  })
})
