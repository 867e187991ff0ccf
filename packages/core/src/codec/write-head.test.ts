import { describe, expect, it } from 'vitest'
import { requestLog, whole } from '../../test/codec/event-log.js'
import { LocationParseError, OptionsError } from '../ground/errors.js'
import { HTTPHeaders } from '../ground/headers.js'
import { isTargetFor } from './request-target.js'
import { CHUNK_END, chunkHeader, framingLine, lastChunk, writeRequestHead } from './write-head.js'

describe('a request head', () => {
  it('is its line, its fields and an empty line', () => {
    expect(writeRequestHead('GET', '/a?b', 'Host: example.com\r\n')).toBe(
      'GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n',
    )
    expect(writeRequestHead('GET', '/', '')).toBe('GET / HTTP/1.1\r\n\r\n')
  })

  it.each(['', 'GE T', 'GET\r\n', 'GET:', 'G\0', 'GÉT', 'X'.repeat(33)])(
    'is not written with the method %j',
    (method) => {
      expect(() => writeRequestHead(method, '/', '')).toThrow(OptionsError)
    },
  )

  it.each([
    '',
    ' ',
    '/a b',
    '/a\r\nHost: evil',
    '/a\n',
    '/a\0',
    '/a#b',
    '/é',
    'a',
    'a/b',
    '*',
    '?a',
    '//'.replace('//', 'http:/a'),
  ])('is not written with the target %j', (target) => {
    expect(() => writeRequestHead('GET', target, '')).toThrow(LocationParseError)
  })

  it('is not written with fields that do not end their line', () => {
    expect(() => writeRequestHead('GET', '/', 'Host: a')).toThrow('final CRLF')
  })

  it('is what a strict server reads', () => {
    const head = writeRequestHead('PUT', '/x', `Host: a\r\n${framingLine('chunked')}`)
    const body = `${chunkHeader(26)}${'z'.repeat(26)}${CHUNK_END}${lastChunk(new HTTPHeaders({ digest: 'abc' }))}`
    expect(requestLog(head + body, whole)).toEqual([
      'head PUT /x 1.1; chunked; keep-alive',
      'field Host: a',
      'field Transfer-Encoding: chunked',
      `body ${'z'.repeat(26)}`,
      'end',
      'trailer digest: abc',
      'then head',
    ])
    expect(
      requestLog(`${writeRequestHead('POST', '/', `Host: a\r\n${framingLine(2)}`)}ok`, whole).at(-3),
    ).toBe('body ok')
  })
})

describe('the forms of a request target', () => {
  it.each([
    ['GET', '/', true],
    ['GET', '//a', true],
    ['GET', 'http://a/', true],
    ['GET', 'coap+tcp://a', true],
    ['GET', '1a://b', false],
    ['GET', 'a_b://b', false],
    ['GET', 'http://', false],
    ['GET', '://a', false],
    ['OPTIONS', '*', true],
    ['CONNECT', 'a:443', true],
    ['CONNECT', '[::1]:443', true],
    ['CONNECT', '::1:443', false],
    ['CONNECT', 'a', false],
    ['CONNECT', 'a:', false],
    ['CONNECT', ':1', false],
    ['CONNECT', 'a:x', false],
    ['CONNECT', 'u@a:1', false],
    ['CONNECT', '/', false],
    ['CONNECT', 'a/b:1', false],
    ['CONNECT', 'a?b:1', false],
    ['CONNECT', '[::1:1', false],
  ])('%s %s: %s', (method, target, allowed) => {
    expect(isTargetFor(method, target)).toBe(allowed)
  })
})

describe('chunk framing', () => {
  it('never writes a chunk that would end the body', () => {
    expect(chunkHeader(255)).toBe('ff\r\n')
    for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53]) expect(() => chunkHeader(size)).toThrow(RangeError)
  })

  it('names a length exactly', () => {
    expect(framingLine(0)).toBe('Content-Length: 0\r\n')
    for (const length of [-1, 0.5, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => framingLine(length)).toThrow(RangeError)
  })

  it('ends with trailers that do not frame the message', () => {
    expect(lastChunk()).toBe('0\r\n\r\n')
    expect(lastChunk(new HTTPHeaders({ a: 'b' }))).toBe('0\r\na: b\r\n\r\n')
    for (const name of ['Content-Length', 'transfer-encoding', 'HOST'])
      expect(() => lastChunk(new HTTPHeaders({ [name]: '1' }))).toThrow(OptionsError)
  })
})
