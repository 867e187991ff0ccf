import { describe, expect, it } from 'vitest'
import { IncompleteRead, InvalidChunkLength, InvalidHeader, ProtocolError } from '../ground/errors.js'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import { ClientCodec, type CodecSink, type ResponseHead } from './codec.js'

const quiet: CodecSink = { onInformational() {}, onHead() {}, onBody() {}, onEnd() {}, onSwitch() {} }
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'

function feed(codec: ClientCodec, text: string): void {
  codec.receive(Buffer.from(text, 'latin1'), 0, text.length)
}

function begun(sink: Partial<CodecSink> = {}, method = 'GET'): ClientCodec {
  const codec = new ClientCodec({ ...quiet, ...sink }, DEFAULT_LIMITS)
  codec.begin(method)
  return codec
}

function failure(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('what the connection can ask', () => {
  it('counts the bytes of the message, without those behind it', () => {
    const codec = begun()
    expect(codec.receivedBytes).toBe(0)
    feed(codec, 'HTTP/1.1 100 Continue\r\n\r\nHT')
    expect(codec.receivedBytes).toBe(27)
    feed(codec, `${OK.slice(2)}o`)
    expect(codec.receivedBytes).toBe(25 + OK.length + 1)
    feed(codec, 'kEVIL')
    expect(codec.receivedBytes).toBe(25 + OK.length + 2)
    expect(codec.dirty).toBe(true)
  })

  it('knows what is left of a body of known length only', () => {
    const codec = begun()
    feed(codec, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')
    expect(codec.bodyRemaining).toBe(3)
    feed(codec, 'cde')
    expect(codec.bodyRemaining).toBe(0)
    for (const head of ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n']) {
      const other = begun()
      feed(other, head)
      expect(other.bodyRemaining).toBeUndefined()
    }
  })

  it('tells of left-over bytes before it tells of the end', () => {
    const seen: unknown[] = []
    const codec: ClientCodec = begun({ onEnd: () => seen.push(codec.state, codec.dirty, codec.reusable) })
    feed(codec, `${OK}okEVIL`)
    expect(seen).toEqual(['done', true, false])
  })

  it('can go on to the next request from within the end', () => {
    const statuses: number[] = []
    const codec: ClientCodec = new ClientCodec(
      {
        ...quiet,
        onHead: (head) => statuses.push(head.status),
        onEnd() {
          codec.reset()
          codec.begin('GET')
        },
      },
      DEFAULT_LIMITS,
    )
    codec.begin('GET')
    for (let i = 0; i < 3; i++) feed(codec, `${OK}ok`)
    expect(statuses).toEqual([200, 200, 200])
    expect(codec.state).toBe('head')
    expect(codec.receivedBytes).toBe(0)
  })

  it('takes bytes behind a response as dirt, and bytes on an idle connection as a fault', () => {
    const codec = begun()
    feed(codec, `${OK}ok`)
    expect(codec.reusable).toBe(true)
    feed(codec, '\r\n')
    expect([codec.dirty, codec.reusable, codec.state]).toEqual([true, false, 'done'])
    const idle = new ClientCodec(quiet, DEFAULT_LIMITS)
    expect(() => feed(idle, OK)).toThrow('unsolicited bytes')
    expect(idle.state).toBe('failed')
  })

  it('takes an empty piece, and the end of an idle or finished connection, for nothing', () => {
    const codec = new ClientCodec(quiet, DEFAULT_LIMITS)
    codec.receive(Buffer.alloc(0), 0, 0)
    codec.receiveEof()
    expect(codec.state).toBe('idle')
    codec.begin('GET')
    feed(codec, `${OK}ok`)
    codec.receiveEof()
    expect(codec.state).toBe('done')
  })
})

describe('the sink', () => {
  it('gets body bytes where they lie, not a copy', () => {
    const chunk = Buffer.from(`${OK}ok`)
    const seen: unknown[] = []
    const codec = begun({ onBody: (bytes, start, end) => seen.push(bytes === chunk, start, end) })
    codec.receive(chunk, 0, chunk.length)
    expect(seen).toEqual([true, OK.length, OK.length + 2])
  })

  it('gets what lies behind a switch as its own copy', () => {
    const chunk = Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello')
    let leftover: Buffer = Buffer.alloc(0)
    const codec = begun(
      {
        onSwitch: (_, bytes) => {
          leftover = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        },
      },
      'CONNECT',
    )
    codec.receive(chunk, 0, chunk.length)
    chunk.fill(0)
    expect(leftover.toString()).toBe('hello')
    expect([codec.state, codec.reusable, codec.receivedBytes]).toEqual(['switched', false, 19])
    expect(() => feed(codec, 'more')).toThrow('left HTTP')
  })

  it('fails the codec when it throws, and sees nothing afterwards', () => {
    const seen: string[] = []
    const codec = begun({
      onHead() {
        throw new RangeError('of the sink')
      },
      onBody: () => seen.push('body'),
      onEnd: () => seen.push('end'),
    })
    expect(() => feed(codec, `${OK}ok`)).toThrow(RangeError)
    feed(codec, 'ok')
    expect([codec.state, seen]).toEqual(['failed', []])
  })

  it('gets heads whose parts are all there', () => {
    let head: ResponseHead | undefined
    feed(
      begun({
        onHead: (value) => {
          head = value
        },
      }),
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nkeep-alive: timeout=3\r\n\r\n',
    )
    expect(head?.fields.raw).toEqual(['Content-Length', '2', 'keep-alive', 'timeout=3'])
    expect(head).toMatchObject({
      httpVersion: '1.1',
      status: 200,
      reason: 'OK',
      framing: { kind: 'length', length: 2 },
      keepAlive: true,
      keepAliveTimeout: 3_000,
    })
  })
})

describe('limits above the default', () => {
  it('hold: three thousand field lines are read where they are allowed', () => {
    const text = `HTTP/1.1 200 OK\r\n${Array.from({ length: 3_000 }, (_, i) => `X-${i}: ${i}\r\n`).join('')}\r\n`
    for (const step of [text.length, 1]) {
      let raw: readonly string[] = []
      const codec = new ClientCodec(
        {
          ...quiet,
          onHead: (head) => {
            raw = head.fields.raw
          },
        },
        { ...DEFAULT_LIMITS, maxHeaderCount: Number.POSITIVE_INFINITY },
      )
      codec.begin('GET')
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; at += step) codec.receive(bytes, at, at + step)
      expect(raw).toHaveLength(6_000)
      expect(raw.slice(-2)).toEqual(['X-2999', '2999'])
    }
  })
})

describe('errors', () => {
  it('tell a connection that closed before it answered from one that broke off', () => {
    const silent = begun()
    const error = failure(() => silent.receiveEof())
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ message: 'closed before any response byte', phase: 'wait' })
    expect(silent.receivedBytes).toBe(0)
    const broken = begun()
    feed(broken, 'HTTP/1.1 200')
    expect(failure(() => broken.receiveEof())).toMatchObject({
      message: 'closed inside a response head',
      phase: 'head',
    })
  })

  it('count what was read and what is missing', () => {
    const codec = begun()
    feed(codec, 'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nhello, world')
    const error = failure(() => codec.receiveEof())
    expect(error).toBeInstanceOf(IncompleteRead)
    expect(error).toMatchObject({ received: 12, expected: 10, phase: 'body' })
    expect((error as Error).message).toContain('12 bytes read, 10 more expected')
    const chunked = begun()
    feed(chunked, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel')
    expect(failure(() => chunked.receiveEof())).toMatchObject({
      received: 3,
      expected: undefined,
      phase: 'body',
    })
  })

  it('quote what the peer sent, escaped and cut', () => {
    const quoted = (text: string) => (failure(() => feed(begun(), text)) as Error).message
    expect(quoted('SSH-2.0-OpenSSH_9.2\r\n')).toContain('"SSH-2.0-OpenSSH_9.2\\r\\n"')
    expect(quoted('HTTP/1.1 200 OK\r\nX: \x1b[31m\r\n')).toContain('"X: \\u001b[31m\\r\\n"')
    expect(quoted(`HTTP/1.1 200 OK\r\nX${'y'.repeat(5_000)}@: 1`).length).toBeLessThan(300)
    expect(quoted('HTTP/1.1 200 OK\r\nTransfer-Encoding: g\xffzip\r\n\r\n')).toContain('"g\\u00ffzip"')
  })

  it('name the chunk size that is none', () => {
    const error = failure(() =>
      feed(begun(), 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nabc'),
    )
    expect(error).toBeInstanceOf(InvalidChunkLength)
    expect(error).toMatchObject({ chunk: '"ZZZ"', phase: 'body' })
    expect(
      failure(() => feed(begun(), 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12x\r\n')),
    ).toMatchObject({ chunk: '"12x"' })
  })

  it('are InvalidHeader when lengths contradict each other', () => {
    expect(failure(() => feed(begun(), 'HTTP/1.1 200 OK\r\nContent-Length: 5, 42\r\n\r\n'))).toBeInstanceOf(
      InvalidHeader,
    )
  })
})

describe('a fault', () => {
  it.each([
    'X',
    'HX',
    'HTTP/2',
    'HTTP/1.2',
    'HTTP/1.1  ',
    'HTTP/1.1 0',
    'HTTP/1.1 2x',
    'HTTP/1.1 2000',
    'HTTP/1.1 200 \0',
    'HTTP/1.1 200 OK\n',
    'HTTP/1.1 200 OK\rX',
    'HTTP/1.1 200 OK\r\n ',
    'HTTP/1.1 200 OK\r\n:',
    'HTTP/1.1 200 OK\r\na ',
    'HTTP/1.1 200 OK\r\na: \x7f',
    'HTTP/1.1 200 OK\r\na: b\n',
    'HTTP/1.1 200 OK\r\nHost: a\r\n\t',
  ])('is reported at its first byte: %j', (text) => {
    const codec = begun()
    feed(codec, text.slice(0, -1))
    expect(codec.state).toBe('head')
    expect(() => feed(codec, text.slice(-1))).toThrow(ProtocolError)
  })

  it.each([
    'x',
    '2x',
    '2 \r',
    '2;\r',
    '2\n',
    '2\r\r',
    '2\r\nokX',
    '2\r\nok\rX',
    '0\r\r',
    '0\r\n\r\r',
    '0\r\n:',
    '0\r\na: \0',
    '20000000000000',
    '00000000000000000',
  ])('in a chunked body is reported at its first byte: %j', (text) => {
    const codec = begun()
    feed(codec, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.slice(0, -1)}`)
    expect(codec.state).toBe('body')
    expect(() => feed(codec, text.slice(-1))).toThrow(ProtocolError)
  })
})
