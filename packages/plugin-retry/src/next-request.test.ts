import {
  HostChangedError,
  HTTPHeaders,
  HTTPRequest,
  InsecureTransportError,
  InvalidHeader,
  LocationValueError,
  Origin,
  parseUrl,
  toBody,
  URLSchemeUnknown,
} from '@rockpool/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextRequest, type RedirectRule, redirectLocation } from './next-request.js'

const removeHeaders = new Set(['authorization', 'cookie', 'proxy-authorization'])
const rule: RedirectRule = { removeHeaders, allowDowngrade: false, boundTo: undefined }

function request(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): HTTPRequest {
  const { origin, target } = parseUrl(url)
  return new HTTPRequest({ method, origin, target, headers: new HTTPHeaders(headers), body: toBody(body) })
}

function follow(
  base: HTTPRequest,
  location: string,
  status = 302,
  changes: Partial<RedirectRule> = {},
): HTTPRequest {
  return nextRequest(base, { status, location, askedUrl: base.url }, { ...rule, ...changes })
}

describe('nextRequest', () => {
  it.each([
    ['/b?x', 'http://h/b?x'],
    ['next', 'http://h/a/next'],
    ['../x', 'http://h/x'],
    ['?q', 'http://h/a/c?q'],
    ['#frag', 'http://h/a/c?old'],
    ['/b#frag', 'http://h/b'],
    ['//other/x', 'http://other/x'],
    ['http://H:80/y', 'http://h/y'],
    ['HTTP://other:8080', 'http://other:8080/'],
    ['/caf\u00c3\u00a9', 'http://h/caf%C3%A9'],
    ['/a b', 'http://h/a%20b'],
    [' /trimmed ', 'http://h/trimmed'],
    ['http://user:secret@other/z', 'http://other/z'],
  ])('resolves %j against the url that was asked', (location, url) => {
    expect(follow(request('http://h/a/c?old'), location).url).toBe(url)
  })

  it.each([
    'http://[::1',
    'http://h:99999/',
    'http:h',
    '\\\\h',
    'http://h\\@e/',
    '/a\u0000b',
    '///',
    `/${'x'.repeat(70_000)}`,
  ])('refuses %j with an error about the location', (location) => {
    expect(() => follow(request('http://h/'), location)).toThrow(LocationValueError)
  })

  it.each([
    'ftp://h/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:,x',
    'unix:/run/x',
    'mailto:a@b',
    'ws://h/',
  ])('refuses the scheme of %j', (location) => {
    expect(() => follow(request('http://h/'), location)).toThrow(URLSchemeUnknown)
  })

  it.each([
    ['/b', 'http://h/b#old'],
    ['/b#new', 'http://h/b#new'],
    ['#new', 'http://h/a#new'],
    ['/b#', 'http://h/b#'],
    ['//o/#caf\u00c3\u00a9 x', 'http://o/#caf%C3%A9%20x'],
  ])('carries the fragment over to %j, or takes its own', (location, href) => {
    const { origin, target } = parseUrl('http://h/a')
    const base = new HTTPRequest({ method: 'GET', origin, target, fragment: 'old' })
    expect(follow(base, location).href).toBe(href)
    expect(follow(base, location).target).not.toContain('#')
  })

  it('leaves credentials and Host behind when scheme, host or port differ, whatever their case', () => {
    const headers = {
      AUTHORIZATION: 'a',
      cOOkie: 'b',
      'Proxy-authorization': 'c',
      Host: 'h',
      'X-Api-Key': 'k',
    }
    const base = request('http://h/', headers)
    expect([...follow(base, '/same').headers]).toEqual([...base.headers])
    for (const location of ['http://other/', 'http://h:81/', 'https://h/', 'http://sub.h/', 'http://h./']) {
      expect([...follow(base, location).headers]).toEqual([['X-Api-Key', 'k']])
    }
    expect(base.headers.size).toBe(5)
  })

  it('leaves behind exactly what the list names', () => {
    const base = request('http://h/', { Authorization: 'a', 'X-Api-Key': 'k' })
    const other = (names: string[]): string[] =>
      follow(base, '//o/', 302, { removeHeaders: new Set(names) }).headers.names
    expect(other(['x-api-key'])).toEqual(['authorization'])
    expect(other([])).toEqual(['authorization', 'x-api-key'])
  })

  it.each([301, 302, 307, 308])('keeps method, body and their fields on %i', (status) => {
    const next = follow(request('http://h/', { 'Content-Type': 'text/plain' }, 'POST', 'hello'), '/b', status)
    expect(next.method).toBe('POST')
    expect(next.body.length).toBe(5)
    expect(next.headers.get('content-type')).toBe('text/plain')
  })

  it('turns 303 into GET without content and whatever described it', () => {
    const describing = {
      'content-encoding': 'gzip',
      'Content-Language': 'de',
      'Content-Location': '/x',
      'CONTENT-TYPE': 'text/plain',
      'Content-Length': '5',
      Digest: 'x',
      'Last-Modified': 'y',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'get']) {
      const next = follow(request('http://h/', { ...describing, Accept: '*/*' }, method, 'hello'), '/b', 303)
      expect(next.method).toBe('GET')
      expect(next.body.kind).toBe('none')
      expect(next.headers.names).toEqual(['accept'])
    }
    expect(follow(request('http://h/', {}, 'HEAD'), '/b', 303).method).toBe('HEAD')
  })

  it('does not lead from https to http unless told to, nor from http to https without reason to refuse', () => {
    const secure = request('https://h/')
    expect(() => follow(secure, 'http://h/')).toThrow(InsecureTransportError)
    expect(follow(secure, 'http://h/', 302, { allowDowngrade: true }).url).toBe('http://h/')
    expect(follow(request('http://h/'), 'https://h/').url).toBe('https://h/')
    expect(follow(secure, 'https://h/next').url).toBe('https://h/next')
    expect(follow(secure, 'https://other/').url).toBe('https://other/')
  })

  it('does not lead out of a pool', () => {
    const bound = { boundTo: Origin.of('http', 'h') }
    expect(follow(request('http://h/'), 'http://h:80/x', 302, bound).url).toBe('http://h/x')
    for (const location of ['http://other/', '//other/', 'http://h:81/', 'https://h/', 'http://h./']) {
      expect(() => follow(request('http://h/'), location, 302, bound)).toThrow(HostChangedError)
    }
  })

  it('gives a base that no tap can change', () => {
    const next = follow(request('http://h/', { a: 'b' }), '//o/')
    expect(() => next.headers.set('authorization', 'x')).toThrow(TypeError)
  })

  it('follows every reference to http or https, or refuses it with an error of its own', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string()),
        (location) => {
          try {
            expect(follow(request('http://h/a'), location).url).toMatch(/^https?:\/\//)
          } catch (error) {
            expect(error).toBeInstanceOf(LocationValueError)
          }
        },
      ),
    )
  })
})

describe('redirectLocation', () => {
  it('is nothing when there is none or an empty one', () => {
    expect(redirectLocation(new HTTPHeaders())).toBeUndefined()
    expect(redirectLocation(new HTTPHeaders({ Location: '' }))).toBeUndefined()
    expect(redirectLocation(new HTTPHeaders({ location: '/x' }))).toBe('/x')
  })

  it('refuses two, even equal ones', () => {
    expect(() => redirectLocation(new HTTPHeaders({ Location: ['/a', '/b'] }))).toThrow(InvalidHeader)
    expect(() => redirectLocation(new HTTPHeaders({ Location: ['/a', '/a'] }))).toThrow(/"\/a"/)
  })
})

describe('a refusal to follow', () => {
  const refusal = (run: () => unknown): unknown => {
    try {
      run()
    } catch (error) {
      return error
    }
    return undefined
  }
  const facts = { phase: 'head', sent: 'all' }

  it('says where the call stood, and what leads where', () => {
    const base = request('https://a.test/x')
    expect(refusal(() => follow(base, 'http://a.test/'))).toMatchObject({
      ...facts,
      message:
        'the redirect from https://a.test/x to http://a.test/ would give up TLS; allowDowngrade: true permits it',
    })
    const boundTo = Origin.of('https', 'a.test')
    expect(refusal(() => follow(base, 'https://b.test/', 302, { boundTo }))).toMatchObject({
      ...facts,
      message: expect.stringMatching(
        /^the redirect to https:\/\/b.test\/ leaves https:\/\/a.test.*, the only origin/,
      ),
    })
    const two = new HTTPHeaders([
      ['location', '/a'],
      ['location', '/b'],
    ])
    const error = refusal(() => redirectLocation(two))
    expect(error).toMatchObject(facts)
    expect(String(error)).toMatch(/2 Location fields: .*\/a.* and .*\/b/)
  })

  it('is none from http to http', () => {
    expect(follow(request('http://a.test/'), 'http://b.test/').origin.host).toBe('b.test')
  })
})

describe('the fragment of a Location', () => {
  it('is written in ASCII, a character of a byte as that byte and every other as UTF-8', () => {
    const base = request('http://a.test/')
    expect(follow(base, '/b#\u00e9').fragment).toBe('%E9')
    expect(follow(base, '/b#\u00ff').fragment).toBe('%FF')
    expect(follow(base, '/b#\u0100').fragment).toBe('%C4%80')
    expect(follow(base, '/b# x ').fragment).toBe('x')
  })

  it('alone leads to where the answer came from', () => {
    expect(redirectLocation(new HTTPHeaders({ location: '  ' }))).toBeUndefined()
    expect(redirectLocation(new HTTPHeaders({ location: '#x' }))).toBe('#x')
  })
})
