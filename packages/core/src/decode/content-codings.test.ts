import { describe, expect, it } from 'vitest'
import { HAS_ZSTD } from '../../test/decode/encode.js'
import { DecodeError } from '../ground/errors.js'
import { ACCEPT_ENCODING, contentCodings } from './decode.js'

describe('the codings of a body', () => {
  it.each([
    { values: ['gzip'], codings: ['gzip'] },
    { values: ['x-gzip'], codings: ['gzip'] },
    { values: ['GZIP'], codings: ['gzip'] },
    { values: ['X-Gzip'], codings: ['gzip'] },
    { values: ['deflate'], codings: ['deflate'] },
    { values: ['br'], codings: ['br'] },
    { values: ['gzip, br'], codings: ['gzip', 'br'] },
    { values: ['gzip', 'br'], codings: ['gzip', 'br'] },
    { values: ['gzip,\tBR ,deflate', 'x-gzip'], codings: ['gzip', 'br', 'deflate', 'gzip'] },
    { values: ['gzip, identity'], codings: ['gzip'] },
    { values: ['identity', 'Identity, gzip'], codings: ['gzip'] },
    { values: [', gzip,, ', ''], codings: ['gzip'] },
  ])('$values are read as $codings', ({ values, codings }) => {
    expect(contentCodings(values, 5)).toEqual(codings)
  })

  it.each([
    [[]],
    [['']],
    [['identity']],
    [['identity, identity']],
    [['compress']],
    [['rot13']],
    [['gzip, rot13']],
    [['gzip;q=1']],
    [['"gzip"']],
    [['gzip gzip']],
    [['rot13, gzip, gzip, gzip, gzip, gzip, gzip']],
    [['__proto__']],
    [['constructor']],
  ])('%j leaves the body as it came', (values) => {
    expect(contentCodings(values, 5)).toBeUndefined()
  })

  it('knows zstd where node:zlib does, and asks for it only there', () => {
    expect(contentCodings(['zstd'], 5)).toEqual(HAS_ZSTD ? ['zstd'] : undefined)
    expect(ACCEPT_ENCODING).toBe(HAS_ZSTD ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br')
  })
})

describe('a chain that is too long', () => {
  it.each([
    { name: 'on one line', values: ['gzip, gzip, gzip, gzip, gzip, gzip'], numbers: '6 > 5' },
    { name: 'over twenty lines', values: Array.from({ length: 20 }, () => 'gzip'), numbers: '20 > 5' },
    { name: 'mixed', values: ['br, identity', 'gzip,deflate', 'br,,br', 'x-gzip'], numbers: '6 > 5' },
  ])('is refused $name', ({ values, numbers }) => {
    const refused = expect.objectContaining({
      code: 'ERR_DECODE',
      phase: 'decode',
      message: expect.stringContaining(numbers),
    })
    expect(() => contentCodings(values, 5)).toThrow(DecodeError)
    expect(() => contentCodings(values, 5)).toThrow(refused)
  })

  it('is counted without identity and empty elements', () => {
    const values = ['gzip, identity, gzip,,gzip', 'identity', 'gzip, gzip']
    expect(contentCodings(values, 5)).toHaveLength(5)
  })

  it('of length one is refused by a limit of zero', () => {
    expect(() => contentCodings(['gzip'], 0)).toThrow('1 > 0')
  })
})
