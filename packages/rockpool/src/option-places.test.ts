import { describe, expect, it } from 'vitest'
import { COMPOUND_NAMES, knownNames, PLACES } from './option-places.js'

describe('the names of options', () => {
  it('belong to one owner each', () => {
    const names = [...PLACES.map(([name]) => name), ...COMPOUND_NAMES]
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(names.length).toBeGreaterThan(60)
  })

  it('lead to one place each', () => {
    const places = PLACES.map(([, { part, name }]) => `${part} ${name}`)
    expect(new Set(places).size).toBe(places.length)
  })

  it('are all known to a manager, and but one to a pool', () => {
    const forPool = knownNames('pool')
    expect(knownNames('manager').filter((name) => !forPool.includes(name))).toEqual(['numPools'])
  })
})
