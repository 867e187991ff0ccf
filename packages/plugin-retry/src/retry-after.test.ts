import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { longestRetryAfter, parseRetryAfter } from './retry-after.js'

const now = Date.UTC(2030, 0, 1, 12, 0, 0)
const inTenSeconds = [
  'Tue, 01 Jan 2030 12:00:10 GMT',
  'Tue, 1 Jan 2030 12:00:10 GMT',
  'Tuesday, 01-Jan-30 12:00:10 GMT',
  'Tue Jan  1 12:00:10 2030',
  'Tue, 01 Jan 2030 12:00:10',
  'Tue, 01 Jan 2030 12:00:10 UTC',
  'Tue, 01 Jan 2030 14:00:10 +0200',
  'Tue, 01 Jan 2030 06:30:10 -0530',
]

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    [' 120 ', 120_000],
    ['0003600', 3_600_000],
    ['1000000000', 1e12],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
  ])('reads %j as seconds', (value, wait) => {
    expect(parseRetryAfter(value, now)).toBe(wait)
  })

  it.each(inTenSeconds)('reads the date %j', (value) => {
    expect(parseRetryAfter(value, now)).toBe(10_000)
  })

  it.each(['Mon, 31 Dec 2029 23:59:59 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
    'takes %j, which has passed, for now',
    (value) => {
      expect(parseRetryAfter(value, now)).toBe(0)
    },
  )

  it('reads a leap second, and a zone that is behind or ahead of GMT', () => {
    const noon = Date.UTC(2030, 0, 1, 12) - now
    expect(parseRetryAfter('Tue, 01 Jan 2030 12:00:60 GMT', now)).toBe(noon + 60_000)
    expect(parseRetryAfter('Tue, 01 Jan 2030 12:00:00 +0130', now)).toBe(Math.max(0, noon - 5_400_000))
    expect(parseRetryAfter('Tue, 01 Jan 2030 12:00:00 -0130', now)).toBe(noon + 5_400_000)
  })

  it('takes a two-digit year more than 50 years ahead for one in the past', () => {
    expect(parseRetryAfter('Friday, 01-Jan-80 00:00:00 GMT', now)).toBe(Date.UTC(2080, 0, 1) - now)
    expect(parseRetryAfter('Friday, 01-Jan-81 00:00:00 GMT', now)).toBe(0)
  })

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1.0',
    '1e9',
    '¹',
    '٣',
    '0x10',
    'abc',
    '1, 2',
    'Tue, 31 Feb 2030 12:00:10 GMT',
    'Tue, 01 Foo 2030 12:00:10 GMT',
    'Tue, 01 Jan 2030 24:00:10 GMT',
    'Tue, 01 Jan 2030 12:60:10 GMT',
    'Tue, 01 Jan 2030 12:00:61 GMT',
    'Tue, 01 Jan 2030 12:00:10 CEST',
    '2030-01-01T12:00:10Z',
    'Tue, 01 Jan 2030 12:00:10 GMT '.repeat(100),
  ])('ignores %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined()
  })

  it('gives a wait of at least 0, or nothing, for every text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d$/)),
        (text) => {
          const wait = parseRetryAfter(text, now)
          return wait === undefined || wait >= 0
        },
      ),
    )
  })
})

describe('parseRetryAfter in another time zone', () => {
  const zone = process.env.TZ
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })

  it.each(['UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati'])(
    'reads dates alike in %s',
    (name) => {
      process.env.TZ = name
      expect(inTenSeconds.map((value) => parseRetryAfter(value, now))).toEqual(inTenSeconds.map(() => 10_000))
    },
  )
})

describe('longestRetryAfter', () => {
  it('takes the longest of several lines and leaves out what cannot be read', () => {
    expect(longestRetryAfter(['5', 'x', '7', 'Tue, 01 Jan 2030 12:00:06 GMT'], now)).toBe(7000)
    expect(longestRetryAfter(['x'], now)).toBeUndefined()
    expect(longestRetryAfter([], now)).toBeUndefined()
  })
})
