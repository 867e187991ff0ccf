// The grammar tables against a plain reading of the RFCs, over every character code.

import { describe, expect, it } from 'vitest'
import {
  equalsIgnoreCase,
  FIELD_VALUE,
  isDigits,
  isFieldValue,
  isRequestTarget,
  isToken,
  listMembers,
  TARGET,
  TOKEN,
  trimOws,
} from './grammar.js'

const codes = Array.from({ length: 0x180 }, (_, code) => code)

describe('the tables', () => {
  it('a token consists of exactly the tchars of RFC 9110', () => {
    const tchar = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/
    for (const code of codes) {
      const c = String.fromCharCode(code)
      expect([code, isToken(c)]).toEqual([code, tchar.test(c)])
      expect(TOKEN[code] === 1).toBe(tchar.test(c))
    }
  })

  it('a field value has no control but the tab and nothing above U+00FF', () => {
    for (const code of codes) {
      const fits = code === 9 || (code >= 0x20 && code <= 0x7e) || (code >= 0x80 && code <= 0xff)
      expect([code, isFieldValue(String.fromCharCode(code))]).toEqual([code, fits])
      expect(FIELD_VALUE[code] === 1).toBe(fits)
    }
  })

  it('a path or query may hold exactly the pchars, the slash and the question mark', () => {
    const pchar = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]$/
    for (const code of codes)
      expect([code, TARGET[code] === 1]).toEqual([code, pchar.test(String.fromCharCode(code))])
  })

  it('a request target is visible ASCII without a fragment', () => {
    for (const code of codes) {
      const fits = code > 0x20 && code < 0x7f && code !== 0x23
      expect([code, isRequestTarget(`/${String.fromCharCode(code)}`)]).toEqual([code, fits])
    }
  })
})

describe('the checks', () => {
  it('the empty text is no token, no target and no number, but a field value', () => {
    expect([isToken(''), isRequestTarget(''), isDigits(''), isFieldValue('')]).toEqual([
      false,
      false,
      false,
      true,
    ])
  })

  it.each(['+1', '-1', ' 1', '1 ', '0x1', '1.0', '1e0', '１', '1,1'])('%j is not decimal digits', (text) => {
    expect(isDigits(text)).toBe(false)
  })

  it('white space at the ends is trimmed, other blanks are not', () => {
    expect(trimOws(' \t a b \t')).toBe('a b')
    expect(trimOws('\u00a0a\u00a0')).toBe('\u00a0a\u00a0')
    expect(trimOws(' \t ')).toBe('')
    const clean = 'a b'
    expect(trimOws(clean)).toBe(clean)
  })

  it('names are equal without regard to ASCII case only', () => {
    expect(equalsIgnoreCase('Content-Type', 'cONTENT-tYPE')).toBe(true)
    expect(equalsIgnoreCase('a', 'ab')).toBe(false)
    expect(equalsIgnoreCase('@', '`')).toBe(false)
    expect(equalsIgnoreCase('[', '{')).toBe(false)
    expect(equalsIgnoreCase('\u212a', 'k')).toBe(false)
    expect(equalsIgnoreCase('É', 'é')).toBe(false)
  })

  it('a list is split at commas and empty members are dropped', () => {
    expect(listMembers(' a ,, b,\tc ,')).toEqual(['a', 'b', 'c'])
    expect(listMembers('')).toEqual([])
  })
})
