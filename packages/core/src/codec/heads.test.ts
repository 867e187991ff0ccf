// What the sink is told of a head, one after the other on one connection.
//
// Why: the table of spans is shared by all scanners and never cleared. What an earlier head left in it must not be read as a
// field of the next one: that would be a response framed by bytes of a value.
import { describe, expect, it } from 'vitest'
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

  it('without fields has none, whatever the head before had', () => {
    const heads: ResponseHead[] = []
    const codec = new ClientCodec({ ...quiet, onHead: (head) => heads.push(head) }, DEFAULT_LIMITS)
    codec.begin('HEAD')
    feed(codec, 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n')
    codec.reset()
    codec.begin('HEAD')
    feed(codec, 'HTTP/1.1 200 OK\r\n\r\n')
    expect(heads.map(({ fields }) => fields.raw)).toEqual([['A', 'b'], []])
  })
})
