import { describe, expect, it } from 'vitest'
import { nearestName } from './nearest-name.js'

const known = ['maxSize', 'maxQueue', 'timeout', 'assertFingerprint']

describe('nearestName', () => {
  it.each([
    ['max_size', 'maxSize'],
    ['MAXSIZE', 'maxSize'],
    ['timeot', 'timeout'],
    ['asertFingerprints', 'assertFingerprint'],
  ])('finds what was meant by %s', (written, meant) => {
    expect(nearestName(written, known)).toBe(meant)
  })

  it('says nothing when nothing is near', () => {
    expect(nearestName('colour', known)).toBeUndefined()
    expect(nearestName('', known)).toBeUndefined()
    expect(nearestName('x'.repeat(100_000), known)).toBeUndefined()
  })
})
