// What the sink is told of a head, one after the other on one connection.
//
// Why: the table of spans is shared by all scanners and never cleared. What an earlier head left in it must not be read as a
// field of the next one: that would be a response framed by bytes of a value.
import { describe, expect, it } from 'vitest'
import { responseLog, splitAt, whole } from '../../test/codec/event-log.js'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import { ClientCodec, type CodecSink, type ResponseHead } from './codec.js'

const quiet: CodecSink = { onInformational() {}, onHead() {}, onBody() {}, onEnd() {}, onSwitch() {} }

function feed(codec: ClientCodec, text: string): void {
  codec.receive(Buffer.from(text, 'latin1'), 0, text.length)
}

describe('a head', () => {
  it('of a switch ends the connection for HTTP', () => {
    const heads: ResponseHead[] = []
    const codec = new ClientCodec({ ...quiet, onSwitch: (head) => heads.push(head) }, DEFAULT_LIMITS)
    codec.begin('CONNECT')
    feed(codec, 'HTTP/1.1 200 OK\r\n\r\n')
    expect(heads).toEqual([expect.objectContaining({ status: 200, httpVersion: '1.1', keepAlive: false })])
  })

  it('is not framed by a value that holds what was a field of the head before', () => {
    const heads: ResponseHead[] = []
    const codec = new ClientCodec({ ...quiet, onHead: (head) => heads.push(head) }, DEFAULT_LIMITS)
    codec.begin('GET')
    feed(codec, 'HTTP/1.1 200 OK\r\nA: bcde\r\nContent-Length: 0\r\n\r\n')
    codec.reset()
    codec.begin('GET')
    feed(codec, 'HTTP/1.1 200 OK\r\nA: bcdefgContent-Length: 7\r\n\r\n')
    expect(heads.map(({ framing }) => framing.kind)).toEqual(['length', 'until-close'])
    expect(heads[1]?.fields.raw).toEqual(['A', 'bcdefgContent-Length: 7'])
  })

  it('ends where its bytes end, whatever lies behind them in memory', () => {
    const start = 'HTTP/1.1 200 OK\r\nA'
    for (const [arrived, behind, then, expected] of [
      [start, ': b\r\n\r\n', 'B: c\r\n\r\n', ['AB', 'c']],
      [`${start}:`, ' b\r\n\r\n', 'c\r\n\r\n', ['A', 'c']],
      [`${start}: b`, '\r\n\r\n', 'c\r\n\r\n', ['A', 'bc']],
    ] as const) {
      const heads: ResponseHead[] = []
      const codec = new ClientCodec({ ...quiet, onHead: (head) => heads.push(head) }, DEFAULT_LIMITS)
      codec.begin('HEAD')
      codec.receive(Buffer.from(arrived + behind), 0, arrived.length)
      feed(codec, then)
      expect(heads.map(({ fields }) => fields.raw)).toEqual([expected])
    }
    const codec = new ClientCodec(quiet, DEFAULT_LIMITS)
    codec.begin('HEAD')
    codec.receive(Buffer.from(`${start}: b\r\n\r\n`), 0, start.length + 4)
    expect(() => feed(codec, 'c\r\n\r\n')).toThrow('CR without LF')
  })

  it('in pieces has its lines counted: the first one too many is refused where it begins', () => {
    const codec = new ClientCodec(quiet, { ...DEFAULT_LIMITS, maxHeaderCount: 2 })
    codec.begin('GET')
    for (const piece of ['HTTP/1.1 200 OK\r\nA', ': b\r\nC', ': d\r', '\n']) feed(codec, piece)
    expect(() => feed(codec, 'E')).toThrow('2 field lines')
  })

  it('without fields has none, whatever the head before had', () => {
    const heads: ResponseHead[] = []
    const codec = new ClientCodec({ ...quiet, onHead: (head) => heads.push(head) }, DEFAULT_LIMITS)
    codec.begin('HEAD')
    feed(codec, 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n')
    codec.reset()
    codec.begin('HEAD')
    feed(codec, 'HTTP/1.1 200 OK\r\n\r\n')
    expect(heads.map(({ fields }) => fields.raw)).toEqual([['A', 'b'], []])
    expect(heads[0]?.fields.raw).toEqual(['A', 'b']) // as often as one asks
  })
})

// The scanner's quick way stops at a line that is not there whole or not plain; what is behind it is read with care, and not always
// from the start of a chunk.
describe('a head behind an interim response in the same bytes', () => {
  const interim = 'HTTP/1.1 100 Continue\r\n\r\n'
  const codecThatReads = (): ClientCodec => {
    const codec = new ClientCodec(quiet, DEFAULT_LIMITS)
    codec.begin('GET')
    return codec
  }

  it('has the values of its lines without white space at their ends, wherever the bytes are cut', () => {
    const bytes = `${interim}HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: \t2 \t\r\nB: \t \r\nC:\r\nD: \td e\t\r\n\r\nok`
    for (let cut = interim.length; cut < bytes.length; cut++) {
      expect(responseLog({ bytes }, splitAt(cut))).toEqual([
        'informational 1.1 100 Continue',
        'head 1.1 200 OK; length 2; keep-alive',
        'field A: b',
        'field Content-Length: 2',
        'field B: ',
        'field C: ',
        'field D: d e',
        'body ok',
        'end',
        'then reusable',
      ])
    }
  })

  it('is framed by what a line says that is one of very many', () => {
    const many = 'X: y\r\n'.repeat(700)
    const bytes = `HTTP/1.1 200 OK\r\n${many}Connection: close\r\nContent-Length: 2\r\n\r\nok`
    const limits = { maxHeaderCount: 1_000 }
    for (const cut of [whole, splitAt(40), splitAt(bytes.length - 10)]) {
      const log = responseLog({ bytes, limits }, cut)
      expect(log[0]).toBe('head 1.1 200 OK; length 2; close')
      expect(log.slice(-5)).toEqual([
        'field Connection: close',
        'field Content-Length: 2',
        'body ok',
        'end',
        'then done',
      ])
    }
  })

  it.each(['Content-Length', 'Transfer-Encoding', 'Connection', 'X'])(
    'is refused when its line %s is folded, and the line is quoted',
    (name) => {
      for (const fold of [`${name}:\r\n 2`, `${name}: 2\r\n\t2`, `${name}: 2\r\n `]) {
        expect(() => feed(codecThatReads(), `${interim}HTTP/1.1 200 OK\r\nB: c\r\n${fold}\r\n\r\n`)).toThrow(
          `folded field line: "${name}:`,
        )
        const codec = codecThatReads()
        const bytes = `HTTP/1.1 203 Non-Authoritative Information\r\nB: c\r\n${fold}\r\n\r\n`
        expect(() => {
          for (const byte of bytes) feed(codec, byte)
        }).toThrow(`folded field line: "${name}:`)
      }
    },
  )

  it.each(['\0', '\n', '\x7f', '\x0b'])(
    'is refused when %j stands where a CR should, before the LF',
    (byte) => {
      expect(() => feed(codecThatReads(), `${interim}HTTP/1.1 200 OK\r\nA: b${byte}\nC: d\r\n\r\n`)).toThrow(
        'control character in a field value: "A: b',
      )
    },
  )

  it('is refused for a CR without LF, and that line is quoted', () => {
    expect(() => feed(codecThatReads(), `${interim}HTTP/1.1 200 OK\r\nA: b\r\nDate: d\rX\r\n\r\n`)).toThrow(
      'CR without LF: "Date: d',
    )
  })
})
