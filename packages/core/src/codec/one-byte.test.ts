// Every response is one byte away from a wrong one: each byte of a few messages put in, taken out, repeated or replaced, and the
// verdict compared with the grammar's. Some of the results are valid; the grammar knows which.
import { describe, expect, it } from 'vitest'
import { disagreement } from '../../test/codec/agreement.js'
import { responseCases } from '../../test/codec/catalogue.js'
import { byteByByte, type Exchange, responseLog, whole } from '../../test/codec/event-log.js'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
const messages: Readonly<Record<string, Exchange>> = {
  'of known length': { bytes: 'HTTP/1.1 200 OK\r\nX-A: b, c\r\nContent-Length: 12\r\n\r\nhello, world' },
  'in chunks': {
    bytes: `${CHUNKED}5;a=b;c="d\\"e"\r\nhello\r\n1f ; g\r\n${'x'.repeat(31)}\r\n0\r\nT: u\r\n\r\n`,
  },
  'until the end': { bytes: 'HTTP/1.0 301 Moved\r\nLocation: /\r\n folded\r\n\r\nhello', serverEnds: true },
  'behind two others': {
    bytes:
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 No\r\nConnection: close\r\n\r\n',
  },
  'with equal lengths': { bytes: 'HTTP/1.1 404 \r\nContent-Length: 5, 05\r\ncontent-length: 5\r\n\r\nhello' },
  'to HEAD': { bytes: 'HTTP/1.1 200\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\n', method: 'HEAD' },
  'to CONNECT': { bytes: 'HTTP/1.1 200 Up\r\nTransfer-Encoding: x\r\n\r\nSSH', method: 'CONNECT' },
  'to an upgrade': {
    bytes: 'HTTP/1.1 101 Switching\r\nConnection: a, upgrade\r\nUpgrade: h2c\r\n\r\nhello',
    begin: { upgrade: 'ws, H2C' },
  },
}
const BYTES = [
  0, 1, 9, 10, 11, 13, 27, 31, 32, 33, 34, 43, 44, 45, 46, 48, 49, 50, 57, 58, 59, 61, 64, 65, 71, 92, 102,
  103, 126, 127, 128, 160, 255,
].map((code) => String.fromCharCode(code))

function* damaged(bytes: string): Generator<string> {
  for (let at = 0; at <= bytes.length; at += 1) {
    yield bytes.slice(0, at)
    yield bytes.slice(0, at) + bytes.slice(at + 1)
    yield bytes.slice(0, at + 1) + bytes.slice(at)
    for (const byte of BYTES) {
      yield bytes.slice(0, at) + byte + bytes.slice(at)
      yield bytes.slice(0, at) + byte + bytes.slice(at + 1)
    }
  }
}

describe('a response one byte away from a good one', () => {
  it.each(Object.entries(messages))('%s is read as the grammar reads it', (_, message) => {
    expect(disagreement(message, responseLog(message, whole))).toBeUndefined()
    const wrong: string[] = []
    for (const bytes of damaged(message.bytes)) {
      const exchange = { ...message, bytes }
      const problem = disagreement(exchange, responseLog(exchange, whole))
      if (problem !== undefined) wrong.push(`${JSON.stringify(bytes)}: ${problem}`)
    }
    expect(wrong).toEqual([])
  })

  it('is refused at the byte that is wrong, however few came before', () => {
    for (const message of Object.values(messages)) {
      for (let at = 0; at < message.bytes.length; at += 7) {
        const exchange = { ...message, bytes: `${message.bytes.slice(0, at)}\0${message.bytes.slice(at)}` }
        expect(responseLog(exchange, byteByByte)).toEqual(responseLog(exchange, whole))
      }
    }
  })
})

describe('the catalogue', () => {
  const known = responseCases.filter(
    (row) => row.limits === undefined && row.lateBytes === undefined && row.verdict !== 'limit',
  )
  it.each(known)('is what the grammar says: $group: $name', (row) => {
    expect(disagreement(row, row.events)).toBeUndefined()
  })
})
