// Results that were measured in parts are one result for whoever reads them, and no part can take another's figures away.
import { describe, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { byArea } from './results.mjs'

interface Result {
  readonly area: string
  readonly part?: string
  readonly at: string
  readonly command: string
  readonly counts: Record<string, number>
  readonly failures: readonly string[]
  readonly ok: boolean
}
const merge = byArea as (results: readonly Result[]) => ReadonlyMap<string, Result>

const part = (name: string, day: number, failures: string[] = []): Result => ({
  area: 'mutation',
  part: name,
  at: `2026-01-0${day}T00:00:00.000Z`,
  command: `npm run mutation -- --area ${name}`,
  counts: { [`${name} score`]: day },
  failures,
  ok: failures.length === 0,
})

describe('results by area', () => {
  it('have the counts of all parts, and are as old as the oldest', () => {
    const results = [part('pool', 3), part('codec', 2), part('retry', 4)]
    expect(merge(results).get('mutation')).toMatchObject({
      at: '2026-01-02T00:00:00.000Z',
      counts: { 'codec score': 2, 'pool score': 3, 'retry score': 4 },
      command:
        'npm run mutation -- --area codec; npm run mutation -- --area pool; npm run mutation -- --area retry',
      ok: true,
      failures: [],
    })
  })

  it('hold only when every part holds', () => {
    for (const results of [
      [part('pool', 1, ['lost']), part('codec', 2)],
      [part('pool', 1), part('codec', 2, ['lost'])],
    ])
      expect(merge(results).get('mutation')).toMatchObject({ ok: false, failures: ['lost'] })
  })

  it('prefer parts to an earlier result of the whole, and leave other areas alone', () => {
    const { part: _, ...whole } = part('old', 9, ['stale'])
    const soak = { ...whole, area: 'soak' }
    const merged = merge([whole, part('pool', 1), soak])
    expect(merged.get('mutation')?.counts).toEqual({ 'pool score': 1 })
    expect(merged.get('soak')).toBe(soak)
  })
})
