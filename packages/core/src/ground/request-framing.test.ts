import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_BODY, toBody } from './body.js'
import { OptionsError } from './errors.js'
import { type HeadersInput, HTTPHeaders } from './headers.js'
import { checkFraming } from './request-framing.js'

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
