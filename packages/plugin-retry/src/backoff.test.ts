import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff, seededRandom } from './backoff.js'

const rule = { backoffFactor: 200, backoffMax: 120_000, backoffJitter: 0, random: () => 0.5 }

describe('backoff', () => {
  it('waits not before the first retry in a row, then twice as long each time', () => {
    expect([0, 1, 2, 3, 4].map((row) => backoff(row, rule))).toEqual([0, 0, 400, 800, 1600])
  })

  it('gives urllib3’s row for a factor of half a second', () => {
    const row = { ...rule, backoffFactor: 500 }
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => backoff(n, row))).toEqual([
      0, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000,
    ])
  })

  it('adds jitter before the cap, also when the factor is 0', () => {
    expect(backoff(2, { ...rule, backoffJitter: 100 })).toBe(450)
    expect(backoff(2, { ...rule, backoffFactor: 0, backoffJitter: 100 })).toBe(50)
    expect(backoff(1, { ...rule, backoffJitter: 100 })).toBe(0)
    expect(backoff(2, { ...rule, backoffMax: 420, backoffJitter: 100 })).toBe(420)
  })

  it('waits for nothing when the factor is 0, in rows too long for the doubling to be a number', () => {
    expect(backoff(1100, { ...rule, backoffFactor: 0 })).toBe(0)
    expect(backoff(1100, rule)).toBe(rule.backoffMax)
  })

  it('is a number between 0 and the cap for every row', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (row, backoffFactor, backoffMax, backoffJitter) => {
          const wait = backoff(row, { backoffFactor, backoffMax, backoffJitter, random: Math.random })
          return wait >= 0 && wait <= backoffMax
        },
      ),
    )
  })
})

describe('seededRandom', () => {
  it('repeats itself, and differs from another seed', () => {
    const take = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed))
    expect(take(7)).toEqual(take(7))
    expect(take(7)).not.toEqual(take(8))
  })

  it('stays in [0, 1) and is spread evenly', () => {
    const random = seededRandom(1)
    const buckets = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const n = random()
      expect(n >= 0 && n < 1).toBe(true)
      buckets[Math.floor(n * 10)] = (buckets[Math.floor(n * 10)] ?? 0) + 1
    }
    for (const count of buckets) expect(count).toBeGreaterThan(850)
  })
})
