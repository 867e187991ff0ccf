// Targets a caller gives to a bound pool, and parameters merged into them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LocationParseError, OptionsError } from './errors.js'
import { isRequestTarget } from './grammar.js'
import { encodeQuery, type QueryInit, withQuery } from './query.js'
import { encodeTarget } from './target.js'

describe('encodeTarget', () => {
  it.each([
    ['/', '/'],
    ['/a/../b/./c', '/a/../b/./c'],
    ['//v:h', '//v:h'],
    ['//host:8080/path', '//host:8080/path'],
    ['/a b', '/a%20b'],
    ['/a\tb', '/a%09b'],
    ['/ü', '/%C3%BC'],
    ['/\u560a\u560d', '/%E5%98%8A%E5%98%8D'],
    ['/č', '/%C4%8D'],
    ['/😀', '/%F0%9F%98%80'],
    ['/\ud800', '/%EF%BF%BD'],
    ['/\x7f\0', '/%7F%00'],
    ['/a\r\nX: y', '/a%0D%0AX:%20y'],
    ['/echo?q=\r&k=\n \n', '/echo?q=%0D&k=%0A%20%0A'],
    ['/a#b', '/a'],
    ['/a?#b', '/a?'],
    ['/a?', '/a?'],
    ['/a??b', '/a??b'],
    ['/a?x=[]', '/a?x=%5B%5D'],
    ['/[]', '/%5B%5D'],
    ['/\\evil', '/%5Cevil'],
    ['/%3f%c3%BC', '/%3F%C3%BC'],
    ['/%', '/%25'],
    ['/%2', '/%252'],
    ['/%zz', '/%25zz'],
    ['/%41%zz?%3f', '/%2541%25zz?%3F'],
    ['/a"<>`{}|^', '/a%22%3C%3E%60%7B%7D%7C%5E'],
    ["/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"],
  ])('%j becomes %s', (path, target) => {
    expect(encodeTarget(path)).toBe(target)
  })

  it.each(['', '?q', 'a', '*', 'http://evil/', '\\evil', '@evil/', ' /', '#'])(
    '%j does not start with a slash and is refused',
    (path) => {
      expect(() => encodeTarget(path)).toThrow(LocationParseError)
    },
  )

  it('a target is at most 65 536 characters, before and after encoding', () => {
    const longest = `/${'a'.repeat(65_535)}`
    expect(encodeTarget(longest)).toBe(longest)
    expect(() => encodeTarget(`${longest}a`)).toThrow(LocationParseError)
    expect(() => encodeTarget(`/${' '.repeat(30_000)}`)).toThrow(LocationParseError)
  })

  it('the error does not carry a password out of a wrong url', () => {
    expect(() => encodeTarget('http://u:hunter2@h/')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    )
  })

  it('encoding twice is encoding once, and the result always fits a request line', () => {
    const unit = fc.oneof(
      fc.constantFrom('%', '/', '?', '..', '%2', '%2f', '%C3', ' ', '\r\n'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (parts) => {
        const target = encodeTarget(`/${parts.join('')}`)
        expect(isRequestTarget(target)).toBe(true)
        expect(encodeTarget(target)).toBe(target)
      }),
      { numRuns: 2000 },
    )
  })

  it('a path that says something keeps saying it', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const given = `/${path}?${query}`
        expect(decodeURIComponent(encodeTarget(given).replace(/%25/g, '%2525'))).toBe(
          decodeURIComponent(given.replace(/%25/g, '%2525')),
        )
      }),
    )
  })
})

describe('withQuery', () => {
  it.each<[string, QueryInit, string]>([
    ['/a', { b: 1 }, '/a?b=1'],
    ['/a?', { b: 1 }, '/a?b=1'],
    ['/a?x=1', { b: 1 }, '/a?x=1&b=1'],
    ['/a?x=1&', { b: 1 }, '/a?x=1&b=1'],
    ['/a?x=1#top', { b: 1 }, '/a?x=1&b=1#top'],
    ['/a#top', { b: 1 }, '/a?b=1#top'],
    ['/a#top?no', { b: 1 }, '/a?b=1#top?no'],
    ['http://h', { b: 1 }, 'http://h?b=1'],
    ['/a', {}, '/a'],
    ['/a?', {}, '/a?'],
    ['/a', '?b=1', '/a?b=1'],
    ['/a', 'b=1', '/a?b=1'],
    ['/a', new URLSearchParams('b=1&b=2'), '/a?b=1&b=2'],
    [
      '/a',
      [
        ['b', 1],
        ['b', 2],
      ],
      '/a?b=1&b=2',
    ],
    ['/a', { b: [1, '2', true, 3n] }, '/a?b=1&b=2&b=true&b=3'],
    ['/a', { b: undefined, c: null, d: '' }, '/a?d='],
    ['/a', { 'ä b': '&=+ \r\n#' }, '/a?%C3%A4+b=%26%3D%2B+%0D%0A%23'],
    ['/a', { b: '\ud800' }, '/a?b=%EF%BF%BD'],
  ])('%j with %o becomes %s', (target, params, result) => {
    expect(withQuery(target, params)).toBe(result)
  })

  it.each([{ a: {} }, { a: Number.NaN }, { a: () => 1 }, { a: [[]] }, { a: new Date() }])(
    '%o is refused by name',
    (params) => {
      expect(() => withQuery('/', params as unknown as QueryInit)).toThrow(
        expect.objectContaining({ path: 'query.a' }),
      )
    },
  )

  it.each([['ab'], [['a']], [[1, 'b']], 5])('%o is refused', (params) => {
    expect(() => withQuery('/', params as unknown as QueryInit)).toThrow(OptionsError)
  })

  it('what is merged can be read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))),
        (pairs) => {
          const url = new URL(withQuery('http://h/a?first=1', pairs))
          expect([...url.searchParams]).toEqual([['first', '1'], ...pairs])
          expect(encodeQuery(pairs)).toBe(new URLSearchParams(pairs).toString())
        },
      ),
    )
  })
})
