import { ManualClock } from '@rockpool/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RetryBudget } from './budget.js'

const origin = 'http://a:80'

describe('RetryBudget', () => {
  it('allows a share of the calls', () => {
    const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 0 }, new ManualClock())
    expect(budget.take(origin)).toBe(false)
    for (let i = 0; i < 10; i++) budget.payIn(origin)
    expect([budget.take(origin), budget.take(origin), budget.take(origin)]).toEqual([true, true, false])
    expect(budget.inspect()).toEqual({ [origin]: { calls: 10, retries: 2, available: 0, refused: 2 } })
  })

  it('has a floor for origins that are seldom asked, for ten seconds at once', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.5 }, clock)
    const taken = Array.from({ length: 7 }, () => budget.take(origin))
    expect(taken).toEqual([true, true, true, true, true, false, false])
    clock.advance(9_999)
    expect(budget.take(origin)).toBe(false)
    clock.advance(1)
    expect(budget.take(origin)).toBe(true)
  })

  it('forgets calls after ten seconds, so that a long healthy time pays for no storm', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, clock)
    for (let i = 0; i < 1000; i++) budget.payIn(origin)
    clock.advance(10_000)
    expect(budget.take(origin)).toBe(false)
  })

  it('keeps origins apart', () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, new ManualClock())
    budget.payIn('http://a:80')
    expect(budget.take('http://b:80')).toBe(false)
    expect(budget.take('http://a:80')).toBe(true)
  })

  it('counts the same at whatever time the clock stands', () => {
    const clock = new ManualClock({ now: 123_456 })
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 }, clock)
    budget.payIn(origin)
    budget.payIn(origin)
    clock.advance(5_000)
    expect([budget.take(origin), budget.inspect()[origin]?.calls]).toEqual([true, 2])
    clock.advance(5_000)
    expect([budget.take(origin), budget.inspect()[origin]?.calls]).toEqual([false, 0])
  })

  it('never allows more retries in ten seconds than the share and the floor', () => {
    const step = fc.oneof(fc.constant('call'), fc.constant('retry'), fc.nat(3000))
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 0, max: 10 }),
        fc.nat(3),
        (steps, tenths, floor) => {
          const clock = new ManualClock()
          const budget = new RetryBudget({ ratio: tenths / 10, minPerSecond: floor }, clock)
          const calls: number[] = []
          const retries: number[] = []
          for (const action of steps) {
            if (action === 'call') {
              budget.payIn(origin)
              calls.push(clock.now())
            } else if (action === 'retry') {
              if (budget.take(origin)) retries.push(clock.now())
            } else clock.advance(action as number)
            const since = clock.now() - 9000
            const recent = (times: number[]): number => times.filter((time) => time >= since).length
            // Slots are whole seconds: what is surely inside the window is bounded by what may be inside.
            const maybe = calls.filter((time) => time >= clock.now() - 20_000).length
            expect(recent(retries)).toBeLessThanOrEqual((tenths / 10) * maybe + floor * 20 + 1e-6)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})
