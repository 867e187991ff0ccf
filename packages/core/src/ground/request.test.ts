// The request value, the fields that frame it, and credentials as a field.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { basicAuthorization } from './basic-auth.js'
import { NO_BODY, toBody } from './body.js'
import { LocationParseError, OptionsError } from './errors.js'
import { type HeadersInput, HTTPHeaders } from './headers.js'
import { Origin } from './origin.js'
import { HTTPRequest, type RequestChanges } from './request.js'
import { checkFraming } from './request-framing.js'

const origin = Origin.of('http', 'h', 8080)
const get = (parts: Partial<ConstructorParameters<typeof HTTPRequest>[0]> = {}): HTTPRequest =>
  new HTTPRequest({ method: 'GET', origin, target: '/a?b', ...parts })

describe('HTTPRequest', () => {
  it('has a url, no headers and no body by default', () => {
    const request = get()
    expect([
      request.url,
      request.headers.size,
      request.headers.frozen,
      request.body,
      request.removedHeaders.size,
    ]).toEqual(['http://h:8080/a?b', 0, true, NO_BODY, 0])
    expect(get({ method: 'OPTIONS', target: '*' }).url).toBe('http://h:8080')
  })

  it.each(['GET', 'get', 'PATCH', 'FOO-BAR', 'M-SEARCH', '!#$', 'A'.repeat(32)])(
    'the method %s is sent as given',
    (method) => {
      expect(get({ method }).method).toBe(method)
    },
  )

  it.each([
    '',
    'GE T',
    'GET / HTTP/1.1\r\nX: y',
    'GÉT',
    'GET\0',
    'GET\n',
    'A'.repeat(33),
    'A'.repeat(10_000),
    'CONNECT',
    'connect',
    undefined,
    5,
  ])('the method %j is refused', (method) => {
    expect(() => get({ method: method as string })).toThrow(expect.objectContaining({ path: 'method' }))
  })

  it('TRACE carries neither content nor credentials', () => {
    expect(get({ method: 'TRACE' }).method).toBe('TRACE')
    expect(() => get({ method: 'TRACE', body: toBody('x') })).toThrow(
      expect.objectContaining({ path: 'body' }),
    )
    for (const name of ['Authorization', 'COOKIE', 'Proxy-Authorization']) {
      expect(() => get({ method: 'TRACE', headers: new HTTPHeaders({ [name]: 'x' }) })).toThrow(
        expect.objectContaining({ path: `headers.${name.toLowerCase()}` }),
      )
      expect(() => get({ method: 'TRACE' }).with({ headers: { [name]: 'x' } })).toThrow(OptionsError)
    }
  })

  it('headers given to it cannot be changed through it, nor from outside', () => {
    const headers = new HTTPHeaders({ A: 1 })
    const request = get({ headers })
    headers.set('A', 2)
    expect(request.headers.get('a')).toBe('1')
    expect(() => request.headers.set('A', 3)).toThrow(TypeError)
    const frozen = new HTTPHeaders({ A: 1 }).freeze()
    expect(get({ headers: frozen }).headers).toBe(frozen)
  })

  it('with() changes a copy only', () => {
    const request = get({
      headers: new HTTPHeaders({ A: 1 }),
      body: toBody('x'),
      removedHeaders: new Set(['host']),
    })
    const copy = request.with({ method: 'PUT', target: '/ü', body: 'y' })
    expect([copy.method, copy.url, copy.body.length, copy.headers, copy.removedHeaders]).toEqual([
      'PUT',
      'http://h:8080/%C3%BC',
      1,
      request.headers,
      request.removedHeaders,
    ])
    expect([request.method, request.target]).toEqual(['GET', '/a?b'])
    expect(request.with({ body: null }).body).toBe(NO_BODY)
    expect(request.with({}).body).toBe(request.body)
    expect(request.with({ origin: Origin.of('https', 'i') }).url).toBe('https://i/a?b')
    expect(request.with({ url: 'https://u:p@i/x#f' }).url).toBe('https://i/x')
    expect(request.with({ method: 'OPTIONS', target: '*' }).target).toBe('*')
  })

  it('with({ headers }) replaces them by a fresh list that may be changed', () => {
    const headers = new HTTPHeaders({ B: 2 })
    const copy = get({ headers: new HTTPHeaders({ A: 1 }) }).with({ headers })
    expect(copy.headers.wire()).toBe('B: 2\r\n')
    copy.headers.set('B', 3)
    expect(headers.get('B')).toBe('2')
    expect([...get({ removedHeaders: new Set(['b', 'c']) }).with({ headers }).removedHeaders]).toEqual(['c'])
    const later = copy.with({ method: 'PUT' })
    copy.headers.set('B', 4)
    expect(later.headers.get('B')).toBe('3')
  })

  it('withHeaders() lays fields over the present ones and remembers what was removed', () => {
    const request = get({ headers: new HTTPHeaders({ A: 1, B: 2 }), removedHeaders: new Set(['host']) })
    const copy = request.withHeaders({ a: 'x', b: null, 'User-Agent': null })
    expect([...copy.headers]).toEqual([['a', 'x']])
    expect([...copy.removedHeaders]).toEqual(['host', 'b', 'user-agent'])
    expect([...copy.withHeaders({ B: 3, HOST: 'h' }).removedHeaders]).toEqual(['user-agent'])
    expect(request.headers.size).toBe(2)
  })

  it.each<RequestChanges>([
    { url: 'http://h/', target: '/' },
    { url: 'http://h/', origin },
  ])('with(%o) is contradictory', (changes) => {
    expect(() => get().with(changes)).toThrow(expect.objectContaining({ path: 'url' }))
  })

  it('bad parts are refused', () => {
    expect(() => get().with({ target: 'x' })).toThrow(LocationParseError)
    expect(() => get().with({ target: '*' })).toThrow(LocationParseError)
    expect(() => get({ method: 'OPTIONS', target: '*' }).with({ method: 'GET' })).toThrow(LocationParseError)
    expect(() => get().with({ url: '/x' })).toThrow(LocationParseError)
    expect(() => get().with({ headers: { 'a b': 'x' } })).toThrow(OptionsError)
    expect(() => get().with({ body: 5 as unknown as string })).toThrow(OptionsError)
  })
})

describe('checkFraming', () => {
  const check = (headers: HeadersInput, body = NO_BODY): ReturnType<typeof checkFraming> =>
    checkFraming(new HTTPHeaders(headers), body)
  const nothing = {
    contentLength: undefined,
    chunked: false,
    close: false,
    upgrade: undefined,
    host: undefined,
    expectContinue: false,
  }
  const stream = toBody(['x'])

  it.each<[string, HeadersInput, Partial<ReturnType<typeof check>>]>([
    ['no fields', {}, {}],
    [
      'fields that frame nothing',
      { Accept: '*/*', Cook: 'x', 'X-Host-Name': 'y', aaaaaaaaaaaaaaaaa: 'z' },
      {},
    ],
    ['a length', { 'CONTENT-length': '12' }, { contentLength: 12 }],
    ['a length with leading zeros', { 'Content-Length': '0012' }, { contentLength: 12 }],
    ['a number as length', { 'Content-Length': 0 }, { contentLength: 0 }],
    ['chunked', { 'transfer-encoding': 'Chunked' }, { chunked: true }],
    ['close', { Connection: 'Close' }, { close: true }],
    ['keep-alive', { Connection: 'keep-alive' }, {}],
    [
      'close among others',
      [
        ['Connection', 'keep-alive'],
        ['connection', ' , close'],
      ],
      { close: true },
    ],
    ['an upgrade', { Connection: 'Upgrade', Upgrade: 'websocket' }, { upgrade: 'websocket' }],
    [
      'upgrades with versions',
      [
        ['Upgrade', 'a/1, b'],
        ['Connection', 'upgrade'],
        ['upgrade', 'c'],
      ],
      { upgrade: 'a/1, b, c' },
    ],
    ['te', { TE: 'trailers', Connection: 'te' }, {}],
    ['te without its connection option', { TE: 'Trailers' }, {}],
    ['expect', { Expect: '100-Continue' }, { expectContinue: true }],
    ['a host', { Host: 'Example.com' }, { host: 'Example.com' }],
    ['a host with port', { Host: 'a_b:0' }, { host: 'a_b:0' }],
    ['an IPv6 host', { Host: '[::1]' }, { host: '[::1]' }],
    ['an IPv6 host with port', { Host: '[::1]:80' }, { host: '[::1]:80' }],
  ])('%s', (_, headers, expected) => {
    expect(check(headers, stream)).toEqual({ ...nothing, ...expected })
  })

  it.each<[string, HeadersInput]>([
    [
      'host',
      [
        ['Host', 'a'],
        ['hOST', 'a'],
      ],
    ],
    ...[
      'a b',
      'a/b',
      'a@b',
      'a:99999',
      '[::1',
      '',
      'a,b',
      '::1',
      '::1:80',
      'a:',
      'a:b',
      '[::1%25eth0]',
      '[fe80::1%eth0]:80',
      'a:80:80',
      '.',
      'http://a',
      ':80',
      'a\u00ff',
    ].map((host): [string, HeadersInput] => ['host', { Host: host }]),
    [
      'content-length',
      [
        ['Content-Length', '1'],
        ['content-length', '1'],
      ],
    ],
    ...['1e0', '+1', '-1', '0x1', '1.0', '1,1', '', '1 1', '9007199254740992', '1'.repeat(400)].map(
      (length): [string, HeadersInput] => ['content-length', { 'Content-Length': length }],
    ),
    ['content-length', { 'Content-Length': -1 }],
    ['content-length', { 'Content-Length': 1.5 }],
    ['content-length', { 'Content-Length': '1', 'Transfer-Encoding': 'chunked' }],
    ['content-length', { 'Transfer-Encoding': 'chunked', 'Content-Length': '1' }],
    ...[
      'gzip',
      'chunked, identity',
      'gzip, chunked',
      'identity',
      '',
      'chunked;x',
      'xchunked',
      'chunked,',
    ].map((coding): [string, HeadersInput] => ['transfer-encoding', { 'Transfer-Encoding': coding }]),
    [
      'transfer-encoding',
      [
        ['Transfer-Encoding', 'chunked'],
        ['transfer-encoding', 'chunked'],
      ],
    ],
    ...[
      'x, close',
      'host',
      'content-length',
      'transfer-encoding',
      'te',
      '"close"',
      'close;q=1',
      'upgrade',
    ].map((options): [string, HeadersInput] => ['connection', { Connection: options }]),
    ['upgrade', { Upgrade: 'websocket' }],
    ['upgrade', { Upgrade: 'websocket', Connection: 'close' }],
    ...['', ',', 'a b', 'a/b/c', '/1', 'a/', 'a@'].map((token): [string, HeadersInput] => [
      'upgrade',
      { Upgrade: token, Connection: 'upgrade' },
    ]),
    ['keep-alive', { 'Keep-Alive': 'timeout=5' }],
    ['te', { TE: 'gzip' }],
    ['te', { TE: 'trailers, deflate' }],
    ['trailer', { Trailer: 'X' }],
    ['proxy-connection', { 'Proxy-Connection': 'close' }],
    ['http2-settings', { 'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA' }],
    ...['foo', '', '100-continue, x'].map((value): [string, HeadersInput] => ['expect', { Expect: value }]),
  ])('a bad %s is refused: %j', (field, headers) => {
    expect(() => check(headers, stream)).toThrow(
      expect.objectContaining({ path: `headers.${field}`, code: 'ERR_OPTIONS' }),
    )
  })

  it('a declared length must be that of a body whose length is known', () => {
    expect(check({ 'Content-Length': '3' }, toBody('abc')).contentLength).toBe(3)
    for (const [length, body] of [
      ['1', toBody('abc')],
      ['5', toBody('abc')],
      ['1', NO_BODY],
      ['3', toBody(new Blob(['ab']))],
    ] as const) {
      expect(() => check({ 'Content-Length': length }, body)).toThrow(
        expect.objectContaining({ path: 'headers.content-length' }),
      )
    }
    expect(check({ 'Content-Length': '3' }, stream).contentLength).toBe(3)
    expect(check({ 'Transfer-Encoding': 'chunked' }, toBody('abc')).chunked).toBe(true)
  })

  it('too many lines and too long lines are refused', () => {
    const lines = (count: number): [string, string][] =>
      Array.from({ length: count }, (_, i) => [`X-${i}`, 'v'])
    expect(check(lines(1000))).toEqual(nothing)
    expect(() => check(lines(1001))).toThrow(expect.objectContaining({ path: 'headers' }))
    expect(() => check({ A: 'x'.repeat(262_144) })).toThrow(expect.objectContaining({ path: 'headers' }))
    expect(check({ A: 'x'.repeat(262_144 - 5) })).toEqual(nothing)
  })

  it('whatever it lets through has at most one length, one coding and one host', () => {
    const name = fc.constantFrom(
      'Content-Length',
      'content-length',
      'Transfer-Encoding',
      'TRANSFER-ENCODING',
      'Host',
      'Connection',
      'X',
    )
    const value = fc.constantFrom('1', 'chunked', 'h', 'close', 'chunked, chunked', '1, 1', '+1', 'h:80', '')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (pairs) => {
        const headers = new HTTPHeaders(pairs)
        let framing: ReturnType<typeof check>
        try {
          framing = checkFraming(headers, stream)
        } catch (error) {
          expect(error).toBeInstanceOf(OptionsError)
          return
        }
        expect(
          headers.getAll('content-length').length + headers.getAll('transfer-encoding').length,
        ).toBeLessThanOrEqual(1)
        expect(headers.getAll('host').length).toBeLessThanOrEqual(1)
        expect(headers.get('content-length')).toBe(framing.contentLength?.toString())
        expect(headers.has('transfer-encoding')).toBe(framing.chunked)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('basicAuthorization', () => {
  it.each([
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    ['', '', 'Basic Og=='],
    ['u', 'a:b', 'Basic dTphOmI='],
  ])('%s and %s', (username, password, expected) => {
    expect(basicAuthorization({ username, password })).toBe(expected)
  })

  it.each([
    ['a:b', 'p'],
    ['a\r\nb', 'p'],
    ['a', 'p\0'],
    ['a', '\x7f'],
    ['a', '\n'],
  ])('%j and %j are refused without being quoted', (username, password) => {
    expect(() => basicAuthorization({ username, password })).toThrow(
      expect.objectContaining({ path: 'credentials' }),
    )
  })
})
