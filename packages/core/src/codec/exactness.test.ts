// Exact places, exact words: each fixed byte of a status line, the edges of every bound, and what errors say of themselves.
import { describe, expect, it } from 'vitest'
import { requestLog, responseLog, whole } from '../../test/codec/event-log.js'
import { HTTPHeaders } from '../ground/headers.js'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import { ClientCodec, type CodecSink } from './codec.js'
import { ServerCodec, type ServerSink } from './server-codec.js'
import { chunkHeader, framingLine, lastChunk, writeRequestHead } from './write-head.js'

const quiet: CodecSink = { onInformational() {}, onHead() {}, onBody() {}, onEnd() {}, onSwitch() {} }
const deaf: ServerSink = { onHead() {}, onBody() {}, onEnd() {}, onLeave() {} }

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function client(text: string, method = 'GET'): ClientCodec {
  const codec = new ClientCodec(quiet, DEFAULT_LIMITS)
  codec.begin(method)
  codec.receive(Buffer.from(text, 'latin1'), 0, text.length)
  return codec
}

function server(text: string): ServerCodec {
  const codec = new ServerCodec(deaf, DEFAULT_LIMITS)
  codec.receive(Buffer.from(text, 'latin1'), 0, text.length)
  return codec
}

describe('a status line', () => {
  const line = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
  it.each(Array.from('HTTP/1.1 200 ', (_, at) => at))('with another byte at place %d is refused', (at) => {
    for (const byte of ['X', '\x2f', '\x3a', '\0', '\xff']) {
      if (line[at] === byte) continue
      const log = responseLog({ bytes: line.slice(0, at) + byte + line.slice(at + 1) }, whole)
      expect(log).toEqual([expect.stringMatching(/^error ProtocolError in head: malformed response head/)])
    }
  })

  it.each(Array.from('HTTP/1.1 200', (_, at) => at))(
    'that ends at place %d waits, and is cut short there',
    (at) => {
      const codec = client(line.slice(0, at))
      expect(codec.state).toBe('head')
      expect(errorOf(() => codec.receiveEof())).toMatchObject({
        name: 'ProtocolError',
        phase: at === 0 ? 'wait' : 'head',
        message: expect.stringContaining(
          at === 0 ? 'closed before any response' : 'closed inside a response head',
        ),
      })
    },
  )

  it.each([
    ['\x2f', false],
    ['0', true],
    ['9', true],
    ['\x3a', false],
  ])('takes %j for a digit: %s', (digit, isDigit) => {
    for (const code of [`2${digit}0`, `20${digit}`]) {
      const log = responseLog({ bytes: `HTTP/1.1 ${code} OK\r\nContent-Length: 0\r\n\r\n` }, whole)
      expect(log.at(-1)?.startsWith('error')).toBe(!(isDigit && code !== '204'))
    }
  })
})

describe('the words of an error', () => {
  it('quote a long line up to a hundred characters, and the line only', () => {
    const error = errorOf(() => client(`HTTP/1.1 200 OK\r\nA: b\r\n${'x'.repeat(300)}@\r\n\r\n`)) as Error
    expect(error.message).toContain(`"${'x'.repeat(100)}`)
    expect(error.message).not.toContain('x'.repeat(101))
    expect(error.message).not.toContain('A: b')
  })

  it('quote what stands where a chunk size should, to the end of its line', () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
    expect(errorOf(() => client(`${head}12x\r\nmore`))).toMatchObject({
      name: 'InvalidChunkLength',
      chunk: '"12x"',
      message: expect.stringContaining('chunk size is not a hexadecimal number: "12x"'),
    })
    expect(errorOf(() => client(`${head}${'1'.repeat(14)}z`))).toMatchObject({
      chunk: `"${'1'.repeat(14)}z"`,
    })
    const long = errorOf(() => client(`${head}x${'y'.repeat(300)}`)) as Error & { chunk: string }
    expect(long.chunk).toMatch(/^"xy{99}[^y]/)
    expect(errorOf(() => client(`${head}2\r\nokAB`))).toMatchObject({
      message: expect.stringContaining('chunk data is not followed by CRLF: "AB"'),
    })
  })

  it('of a server that is left say where', () => {
    expect(errorOf(() => server('GET / HTTP/1.1\r\nHo').receiveEof())).toMatchObject({
      name: 'ProtocolError',
      phase: 'head',
      message: expect.stringContaining('closed inside a request head'),
    })
    const head = 'POST / HTTP/1.1\r\nHost: a\r\n'
    expect(errorOf(() => server(`${head}Content-Length: 5\r\n\r\nab`).receiveEof())).toMatchObject({
      name: 'IncompleteRead',
      phase: 'body',
      message: expect.stringContaining('closed inside a request body'),
      received: 2,
      expected: 3,
    })
    expect(
      errorOf(() => server(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`).receiveEof()),
    ).toMatchObject({ received: 3, expected: undefined })
  })

  it('of a request that nobody may write say what and where', () => {
    expect(errorOf(() => writeRequestHead('G T', '/', ''))).toMatchObject({
      name: 'OptionsError',
      path: 'method',
      message: expect.stringMatching('method is not a token of at most 32 characters'),
    })
    expect(errorOf(() => writeRequestHead('x'.repeat(33), '/', ''))).toMatchObject({ path: 'method' })
    expect(writeRequestHead('x'.repeat(32), '/', '')).toBe(`${'x'.repeat(32)} / HTTP/1.1\r\n\r\n`)
    expect(errorOf(() => writeRequestHead('GET', '*', ''))).toMatchObject({
      name: 'LocationParseError',
      location: '*',
      message: 'request target does not fit its method',
    })
    expect(errorOf(() => framingLine(-1))).toMatchObject({ message: 'codec: impossible body length -1' })
    expect(() => framingLine(1.5)).toThrow(RangeError)
    expect(framingLine(0)).toBe('Content-Length: 0\r\n')
    expect(() => chunkHeader(0)).toThrow(RangeError)
    expect(() => chunkHeader(2 ** 53)).toThrow(RangeError)
    expect(chunkHeader(26)).toBe('1a\r\n')
    expect(errorOf(() => lastChunk(new HTTPHeaders({ 'content-length': '1' })))).toMatchObject({
      name: 'OptionsError',
      path: 'trailers.content-length',
      message: expect.stringMatching('field content-length is not allowed in a trailer section'),
    })
  })
})

describe('the edges', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
  const isRefused = (bytes: string): boolean =>
    responseLog({ bytes }, whole).some((line) => line.startsWith('error'))

  it('of a chunk-size line are exact', () => {
    const line = (bytes: number): string => `${chunked}1;${'x'.repeat(bytes - 2)}\r\nz\r\n0\r\n\r\n`
    expect([
      isRefused(line(DEFAULT_LIMITS.maxChunkLineBytes)),
      isRefused(line(DEFAULT_LIMITS.maxChunkLineBytes + 1)),
    ]).toEqual([false, true])
  })

  it('of a status line are exact: one that fills the limit without its end is refused at once', () => {
    const { maxStatusLineBytes } = DEFAULT_LIMITS
    const line = `HTTP/1.1 200 ${'x'.repeat(maxStatusLineBytes - 15)}\r\n`
    expect([isRefused(line), isRefused(line.slice(0, -1)), isRefused(`${line.slice(0, -2)}xx`)]).toEqual([
      false,
      false,
      true,
    ])
    expect(isRefused(`${line.slice(0, -2)}x\r\n`)).toBe(true)
  })

  it('of all extensions are exact', () => {
    const { maxChunkExtensionBytes } = DEFAULT_LIMITS
    const one = `1;${'x'.repeat(1_023)}\r\nz\r\n`
    const many = (more: string): string =>
      `${chunked}${one.repeat(maxChunkExtensionBytes / 1_024)}${more}0\r\n\r\n`
    expect([isRefused(many('')), isRefused(many('1;x\r\nz\r\n'))]).toEqual([false, true])
  })

  it('of a request line are exact', () => {
    const request = (method: string): string =>
      requestLog(`${method} /x HTTP/1.1\r\nHost: a\r\n\r\n`, whole)[0] ?? ''
    expect([request('x'.repeat(32)), request('x'.repeat(33))]).toEqual([
      expect.stringMatching(/^head /),
      'error ProtocolError in head: malformed request head: method is too long:',
    ])
    for (const line of [
      'GET  HTTP/1.1',
      ' / HTTP/1.1',
      'GET /\x7f HTTP/1.1',
      'GET / HTTP/1.2',
      'GET / HTTP/1.1 ',
    ])
      expect(requestLog(`${line}\r\nHost: a\r\n\r\n`, whole)[0]).toMatch(
        /^error ProtocolError in head: malformed request head: /,
      )
  })

  it('of a port in a CONNECT target are digits', () => {
    for (const port of ['\x2f', ':', 'a', '']) {
      const log = requestLog(`CONNECT a:1${port === '' ? '' : port}x HTTP/1.1\r\nHost: a\r\n\r\n`, whole)
      expect(log[0]).toMatch(
        /^error ProtocolError in head: malformed request head: target does not fit its method/,
      )
    }
    expect(requestLog('CONNECT a:09 HTTP/1.1\r\nHost: a\r\n\r\n', whole)[0]).toMatch(/^head CONNECT a:09/)
  })

  it.each([
    ['a+b', true],
    ['a-b', true],
    ['a.b', true],
    ['a0', true],
    ['a9', true],
    ['a/b', false],
    ['a:b', false],
    ['a,b', false],
    ['0a', false],
    ['+a', false],
  ])('of a scheme: %s is one: %s', (scheme, isOne) => {
    const log = requestLog(`GET ${scheme}://h/ HTTP/1.1\r\nHost: h\r\n\r\n`, whole)
    expect(log[0]?.startsWith('head')).toBe(isOne)
  })

  it('of persistence: options in any place of a list count', () => {
    const state = (field: string): boolean =>
      client(`HTTP/1.0 200 OK\r\n${field}\r\nContent-Length: 0\r\n\r\n`).reusable
    expect([
      state('Connection: keep-alive'),
      state('Connection: a, Keep-Alive'),
      state('Connection: a, close, keep-alive'),
    ]).toEqual([true, true, false])
    const limit = (value: string): string | undefined =>
      responseLog({ bytes: `HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n` }, whole)[0]
    expect(limit('timeout=7, timeout=3')).toMatch(/ for 3000 ms$/)
    expect(limit('timeout=3, timeout=7')).toMatch(/ for 3000 ms$/)
    expect(limit('time-out=3')).toMatch(/keep-alive$/)
    expect(
      responseLog(
        { bytes: 'HTTP/1.1 200 OK\r\nXeep-Alive: timeout=3\r\nContent-Length: 0\r\n\r\n' },
        whole,
      )[0],
    ).toMatch(/keep-alive$/)
  })

  it('of a switch: another option of Connection is none, and 300 opens no tunnel', () => {
    const switching = (connection: string): string =>
      `HTTP/1.1 101 Switching\r\nConnection: ${connection}\r\nUpgrade: h2c\r\n\r\n`
    const begin = { upgrade: 'h2c' }
    expect(responseLog({ bytes: switching('keep-alive, x'), begin }, whole)[0]).toMatch(
      /^error ProtocolError in head/,
    )
    expect(responseLog({ bytes: switching('x, UPGRADE'), begin }, whole)[0]).toMatch(/^switch 1\.1 101/)
    const redirect = 'HTTP/1.1 300 X\r\nContent-Length: 0\r\n\r\n'
    expect(responseLog({ bytes: redirect, method: 'CONNECT' }, whole)[0]).toMatch(
      /^head 1\.1 300 X; length 0/,
    )
  })

  it('of what is counted: bytes from the middle of a buffer', () => {
    const codec = new ClientCodec(quiet, DEFAULT_LIMITS)
    codec.begin('GET')
    codec.receive(Buffer.from('....HTTP/1.1....'), 4, 12)
    expect(codec.receivedBytes).toBe(8)
  })

  it('of a reason that looks like OK', () => {
    for (const reason of ['OK', 'KO', 'Ok', 'oK', 'O', 'OKK', 'XK', 'OX'])
      expect(
        responseLog({ bytes: `HTTP/1.1 200 ${reason}\r\nContent-Length: 0\r\n\r\n` }, whole)[0],
      ).toContain(` ${reason};`)
  })

  it('of what is read: a value that ends in white space, one that is all white space, one that is long', () => {
    const bytes = `HTTP/1.1 200 OK\r\nA:  b \t \r\nB: \t\r\nC:${' '.repeat(200)}c${' '.repeat(200)}\r\nContent-Length: 0\r\n\r\n`
    expect(responseLog({ bytes }, whole).slice(1, 4)).toEqual(['field A: b', 'field B: ', 'field C: c'])
  })

  it('of the table of lines: more lines than it was made for', () => {
    const limits = { maxHeaderCount: 1_000, maxHeaderBytes: 100_000 }
    const lines = Array.from({ length: 700 }, (_, index) => `X-${index}: ${index}`)
    const log = responseLog(
      { bytes: `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`, limits, serverEnds: true },
      whole,
    )
    expect(log.filter((line) => line.startsWith('field '))).toEqual(lines.map((line) => `field ${line}`))
  })
})
