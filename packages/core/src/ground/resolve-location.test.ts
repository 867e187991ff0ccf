import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocationValueError, URLSchemeUnknown } from './errors.js'
import { resolveLocation } from './url.js'

describe('resolveLocation', () => {
  const base = 'http://h:8080/a/b/c?q=1'
  it.each([
    ['http://other/x', 'http://other/x'],
    ['HTTPS://Other/x', 'https://other/x'],
    ['//other/x', 'http://other/x'],
    ['/x', 'http://h:8080/x'],
    ['x', 'http://h:8080/a/b/x'],
    ['./x', 'http://h:8080/a/b/x'],
    ['../x', 'http://h:8080/a/x'],
    ['../../../x', 'http://h:8080/x'],
    ['.', 'http://h:8080/a/b/'],
    ['?y', 'http://h:8080/a/b/c?y'],
    ['?', 'http://h:8080/a/b/c?'],
    ['', 'http://h:8080/a/b/c?q=1'],
    ['#frag', 'http://h:8080/a/b/c?q=1'],
    ['x#frag', 'http://h:8080/a/b/x'],
    ['./a:b', 'http://h:8080/a/b/a:b'],
    ['/a:b', 'http://h:8080/a:b'],
    [' /x ', 'http://h:8080/x'],
    ['/a b', 'http://h:8080/a%20b'],
    ['/\xc3\xbc', 'http://h:8080/%C3%BC'],
    ['/\xfc', 'http://h:8080/%FC'],
    ['/\u4e2d', 'http://h:8080/%E4%B8%AD'],
    ['http://b\xc3\xbccher.example/', 'http://xn--bcher-kva.example/'],
    ['http://u:p@other/', 'http://other/'],
    ['/%00', 'http://h:8080/%00'],
  ])('%j means %s', (location, url) => {
    expect(resolveLocation(location, base)).toBe(url)
  })

  it('a base without a path is asked at its root', () => {
    expect(resolveLocation('x', 'http://h')).toBe('http://h/x')
    expect(resolveLocation('?x', 'http://h')).toBe('http://h/?x')
  })

  it.each([
    '\\\\evil',
    '/\\evil',
    'http:h',
    'http:/h',
    '///h',
    'http:///h',
    'http://h:99999',
    '/a\0',
    '/a\r\nb',
    '/a\tb',
    'http://a b/',
    '//',
    'http://h\\@e/',
    `/${'a'.repeat(70_000)}`,
  ])('%j is refused', (location) => {
    expect(() => resolveLocation(location, base)).toThrow(LocationValueError)
  })

  it.each(['javascript:alert(1)', 'ftp://h/', 'data:,'])('%j leads to no pool', (location) => {
    expect(() => resolveLocation(location, base)).toThrow(URLSchemeUnknown)
  })

  it('agrees with the WHATWG parser on relative references', () => {
    const part = fc.constantFrom('a', '.', '..', '/', '?', '#', '=', '&', '%41', '-', 'x:', ':')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const location = parts.join('')
        if (/^(\/\/|[a-z][a-z0-9+.-]*:)/i.test(location)) return
        const standard = new URL(location, base)
        standard.hash = ''
        expect(resolveLocation(location, base)).toBe(standard.href)
      }),
      { numRuns: 2000 },
    )
  })
})
