// Absolute urls, redirects' locations, and which urls belong to a pool.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cachedAuthorities } from './authority.js'
import { LocationParseError, LocationValueError, URLSchemeUnknown } from './errors.js'
import { isRequestTarget } from './grammar.js'
import { MAX_CACHED_AUTHORITIES } from './limits.js'
import { parseUrl } from './url.js'

describe('parseUrl', () => {
  it.each([
    ['http://h', 'http://h:80', '/'],
    ['HTTP://H/', 'http://h:80', '/'],
    ['http://h:/', 'http://h:80', '/'],
    ['http://h:0/', 'http://h:0', '/'],
    ['http://h:00080/a', 'http://h:80', '/a'],
    ['https://h:443/a', 'https://h:443', '/a'],
    ['http://h?q', 'http://h:80', '/?q'],
    ['http://h#f', 'http://h:80', '/'],
    ['http://h/?', 'http://h:80', '/?'],
    ['http://h/a?b?c#d?e', 'http://h:80', '/a?b?c'],
    ['http://h/a/../b', 'http://h:80', '/b'],
    ['http://h/a/./b/.', 'http://h:80', '/a/b/'],
    ['http://h/a/b/..', 'http://h:80', '/a/'],
    ['http://h/..//../x', 'http://h:80', '/x'],
    ['http://h/%2e%2E/%2E/x', 'http://h:80', '/x'],
    ['http://h/a//b', 'http://h:80', '/a//b'],
    ['http://h/...', 'http://h:80', '/...'],
    ['http://h/.well-known/x', 'http://h:80', '/.well-known/x'],
    ['http://h/a.b/c..d', 'http://h:80', '/a.b/c..d'],
    ['http://h/a?x=/../y', 'http://h:80', '/a?x=/../y'],
    ['http://h/%3f?%3f', 'http://h:80', '/%3F?%3F'],
    ['http://h/a?[]', 'http://h:80', '/a?%5B%5D'],
    ['http://h/ü?ü', 'http://h:80', '/%C3%BC?%C3%BC'],
    ['http://h/%', 'http://h:80', '/%25'],
    ['http://h/a%0d%0aX:y', 'http://h:80', '/a%0D%0AX:y'],
    ['http://[::1]:8080/', 'http://[::1]:8080', '/'],
    ['http://[fe80::1%25eth0]/', 'http://[fe80::1%eth0]:80', '/'],
    ['http://[fe80::1%eth0]/', 'http://[fe80::1%eth0]:80', '/'],
    ['http://straße.de/', 'http://xn--strae-oqa.de:80', '/'],
    ['http://localhost./', 'http://localhost.:80', '/'],
    ['http://0x7f.1/', 'http://127.0.0.1:80', '/'],
    ['http://h/a@b:c', 'http://h:80', '/a@b:c'],
  ])('%s is %s and %s', (url, key, target) => {
    for (let pass = 0; pass < 2; pass++) {
      const parsed = parseUrl(url)
      expect([parsed.origin.key, parsed.target]).toEqual([key, target])
      expect(parsed.url).toBe(parsed.origin.prefix + target)
      expect(parseUrl(parsed.url)).toMatchObject({ origin: parsed.origin, target })
    }
  })

  it('a URL is the text it prints; what is neither is refused', () => {
    expect(parseUrl(new URL('http://u:p@h/a?b#c'))).toEqual(parseUrl('http://u:p@h/a?b#c'))
    for (const input of [5, null, undefined, {}, { href: 'http://h/' }])
      expect(() => parseUrl(input as never)).toThrow(LocationParseError)
  })

  it('the fragment and whether a port was named are told apart', () => {
    expect(parseUrl('http://h/#a#b')).toMatchObject({ fragment: 'a#b', explicitPort: false })
    expect(parseUrl('http://h:80/#')).toMatchObject({ fragment: '', explicitPort: true })
    expect(parseUrl('http://h:/')).toMatchObject({ fragment: undefined, explicitPort: false })
  })

  it.each([
    ['http://u:p@h/', { username: 'u', password: 'p' }],
    ['http://u:p@@h/', { username: 'u', password: 'p@' }],
    ['http://u@h/', { username: 'u', password: '' }],
    ['http://u:a:b@h/', { username: 'u', password: 'a:b' }],
    ['http://:p@h/', { username: '', password: 'p' }],
    ['http://%C3%BC:%40%2F@h/', { username: 'ü', password: '@/' }],
    ['http://u:50%@h/', { username: 'u', password: '50%' }],
    ['http://@h/', undefined],
    ['http://:@h/', undefined],
    ['http://h/', undefined],
  ])('the userinfo of %s is handed out decoded and is in no other part', (url, credentials) => {
    const parsed = parseUrl(url)
    expect(parsed.credentials).toEqual(credentials)
    expect([parsed.url, parsed.origin.key, parsed.target]).toEqual(['http://h/', 'http://h:80', '/'])
  })

  it.each([
    'h',
    'example.com',
    '/a',
    '//h/p',
    '?q',
    '#f',
    'http',
    'http:',
    'http:a',
    'http:/a',
    'http:\\\\a\\b',
    '://h',
    '1http://h',
    ':',
    'http://a b/',
    'http://a\0b/',
    'http://a\r\nb/',
    'http://a/\r\nX: y',
    'http://a/\tb',
    'http://h/ ',
    ' http://h/',
    'http://h/#a b',
    'http://h/\x7f',
    'http://e\\@h/',
    'http://a\\b/',
    'http://h/a\\b',
    'http://h/?a\\b',
    'http://a%2Fb/',
    'http://a%00b/',
    'http://[v1.x]/',
    'http://[127.0.0.1]/',
    'http://[::1/',
    'http://[::1]x/',
    'http://[::1]:x/',
    'http://1.2.3.4.5/',
    'http://256.1.1.1/',
    'http://h:65536/',
    'http://h:-1/',
    'http://h:+80/',
    'http://h:80a/',
    'http://h:٨٠/',
    'http://h:1e1/',
    'http://h:80:80/',
    'http://h:999999999999999999999/',
    'http://a..b/',
    'http://.a/',
    `http://${'a'.repeat(64)}/`,
    `http://${'a.'.repeat(130)}/`,
    'http://xn--/',
    'http://xn--example-.com/',
    `http://h/${'a'.repeat(65_536)}`,
    `http://h/${'ü'.repeat(20_000)}`,
    'http://%FF:p@h/',
  ])('%j is refused', (url) => {
    for (let pass = 0; pass < 2; pass++) expect(() => parseUrl(url)).toThrow(LocationParseError)
  })

  it.each([
    '',
    'http://',
    'http:///a',
    'https://?q',
    'http://#',
    'http://:80/',
    'http://u:p@/',
    'http://u:p@:80/',
    'http://::1/',
    'http://::1]/',
  ])('%j has no host', (url) => {
    expect(() => parseUrl(url)).toThrow(LocationValueError)
  })

  it.each([
    'ws://h/',
    'ftp://h/',
    'javascript:alert(1)',
    'data:,x',
    'file:///etc/passwd',
    'unix:/s',
    'blob:http://h/',
    'localhost:8080',
    'HTTPS+UNIX://x',
  ])('%j has a scheme nobody speaks', (url) => {
    expect(() => parseUrl(url)).toThrow(URLSchemeUnknown)
    expect(() => parseUrl(url)).toThrow(
      expect.objectContaining({ scheme: url.slice(0, url.indexOf(':')).toLowerCase() }),
    )
  })

  it.each([
    'http://user:hunter2/x@h/',
    'http://user:80hunter2?@h/',
    'http://us er:hunter2@h/',
    'http://u:hunter2@h:x/',
    'http://u:hunter2@a b/',
    'http://u:hunter2@/',
    'u:hunter2@h',
    'http:u:hunter2@h',
    'http://hunter2[/@h/',
  ])('the error for %j holds no password', (url) => {
    let error: unknown
    try {
      parseUrl(url)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(LocationValueError)
    expect(JSON.stringify(error) + (error as Error).stack).not.toContain('hunter2')
  })

  it('a name seen before gives the same origin object, and the memory of names is bounded', () => {
    expect(parseUrl('http://again.example/a').origin).toBe(parseUrl('http://again.example/b').origin)
    for (let i = 0; i < MAX_CACHED_AUTHORITIES + 100; i++) parseUrl(`http://h${i}.example/`)
    expect(cachedAuthorities()).toBe(MAX_CACHED_AUTHORITIES)
    expect(parseUrl('http://again.example/a').origin.key).toBe('http://again.example:80')
  })

  it('credentials and overlong urls are not remembered', () => {
    const one = parseUrl('http://u:p@secret.example/').origin
    expect(parseUrl('http://u:p@secret.example/').origin).not.toBe(one)
    const url = `http://long.example/${'a'.repeat(3000)}`
    expect(parseUrl(url).origin).not.toBe(parseUrl(url).origin)
  })

  it('agrees with the WHATWG parser wherever both accept', () => {
    const part = fc.constantFrom(
      'a',
      'B',
      '.',
      '..',
      '/',
      '//',
      '?',
      '=',
      '&',
      '%41',
      '%2e',
      '%C3%A4',
      'ä',
      '-',
      '_',
      '~',
      ':',
      '@',
      '1',
    )
    fc.assert(
      fc.property(
        fc.constantFrom('http://h', 'https://a.b:8443', 'http://127.1', 'http://Ä.de:80', 'http://[::1]:1'),
        fc.array(part, { maxLength: 12 }),
        (authority, parts) => {
          const input = `${authority}/${parts.join('')}`
          const standard = new URL(input)
          // The parser of Node 20 leaves dot segments standing in some paths with empty ones: `http://h//.a/.`
          fc.pre(!/\/\.\.?(\/|$)/.test(standard.pathname))
          const parsed = parseUrl(input)
          // WHATWG keeps the case of escapes in a path; RFC 3986 §6.2.2.1 writes them in upper case.
          const upper = standard.href.replace(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase())
          expect(parsed.url).toBe(upper)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('no input gets a control, a blank or a fragment into the request line', () => {
    const unit = fc.oneof(
      fc.constantFrom('http://', 'h', '/', '@', ':', '?', '#', '%', '%0d', '\r\n', '\\', '..'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), (parts) => {
        for (const url of [parts.join(''), `http://h/${parts.join('')}`]) {
          try {
            const parsed = parseUrl(url)
            expect(isRequestTarget(parsed.target) && parsed.target.startsWith('/')).toBe(true)
            expect(parseUrl(parsed.url).url).toBe(parsed.url)
          } catch (error) {
            expect(error).toBeInstanceOf(LocationValueError)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })
})
