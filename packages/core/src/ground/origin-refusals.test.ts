import { describe, expect, it } from 'vitest'
import { LocationParseError, LocationValueError } from './errors.js'
import { Origin } from './origin.js'

const long = (length: number): string => `${`${'a'.repeat(60)}.`.repeat(10).slice(0, length - 1)}a`

describe('what is refused', () => {
  it.each([
    'a b',
    'a\0b',
    'localhost\0.evil.example',
    'a\tb',
    'a\r\nb',
    '\n',
    'a\x7fb',
    'a/b',
    'a\\b',
    'a?b',
    'a#b',
    'a@b',
    'a:80',
    '[::1',
    '::1]',
    '[::1]x',
    '[]',
    '[',
    ':',
    'a%2Fb',
    'a%00b',
    'a%',
    'a%zz',
    'a<b',
    'a>b',
    'a|b',
    'a^b',
    'a"b',
    'a`b',
    'a{b',
    'a,b',
    'a;b',
    'a*b',
    'a!b',
    "a'b",
    'a+b',
    'a=b',
    'a&b',
    'a~b',
    '*',
    'a..b',
    '.a',
    '.',
    '..',
    'a..',
    'a'.repeat(64),
    `${'a'.repeat(64)}.b`,
    long(254),
    'a'.repeat(5000),
    '256.1.1.1',
    '1.2.3.4.5',
    '0x100000000',
    '1.2.3.08',
    '[v1.x]',
    '[127.0.0.1]',
    '[1::2::3]',
    '[12345::]',
    '[::1%]',
    '[::1%25]',
    '[::1%a b]',
    '[::1%25a/b]',
    '[::1%25é]',
    ':::',
    'xn--',
    'xn--.com',
    'xn--example-.com',
    'a.xn--a',
    '\u00ad',
    'a\u2028b',
    'a\ud800b',
    '٨:٠',
  ])('%j as a host', (host) => {
    expect(() => Origin.of('http', host)).toThrow(LocationParseError)
  })

  it('an empty host is a missing value', () => {
    expect(() => Origin.of('http', '')).toThrow(LocationValueError)
    expect(() => Origin.of('http', '')).not.toThrow(LocationParseError)
    expect(() => Origin.of('http', undefined as unknown as string)).toThrow(LocationValueError)
  })

  it.each([-1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '80' as unknown as number])(
    'port %s',
    (port) => {
      expect(() => Origin.of('http', 'h', port)).toThrow(LocationParseError)
    },
  )

  it('another scheme', () => {
    expect(() => Origin.of('ftp' as 'http', 'h')).toThrow(LocationParseError)
  })
})
