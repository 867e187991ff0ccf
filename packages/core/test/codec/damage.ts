/** Good messages, and everything that is one byte away from one of them. */
import type { Exchange } from './event-log.js'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

/** One message of each shape. */
export const MESSAGES: Readonly<Record<string, Exchange>> = {
  'of known length': { bytes: 'HTTP/1.1 200 OK\r\nX-A: b, c\r\nContent-Length: 12\r\n\r\nhello, world' },
  'in chunks': {
    bytes: `${CHUNKED}5;a=b;c="d\\"e"\r\nhello\r\n1f ; g\r\n${'x'.repeat(31)}\r\n0\r\nT: u\r\n\r\n`,
  },
  'until the end': {
    bytes: 'HTTP/1.0 301 Moved\r\nLocation: /\r\nX-B: \r\n\r\nhello',
    serverEnds: true,
  },
  'behind two others': {
    bytes:
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 204 No\r\nConnection: close\r\n\r\n',
  },
  'with equal lengths': {
    bytes: 'HTTP/1.1 404 \r\nContent-Length: 5, 05\r\ncontent-length: 5\r\n\r\nhello',
  },
  'to HEAD': {
    bytes: 'HTTP/1.1 200\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\n',
    method: 'HEAD',
  },
  'to CONNECT': { bytes: 'HTTP/1.1 200 Up\r\nTransfer-Encoding: x\r\n\r\nSSH', method: 'CONNECT' },
  'to an upgrade': {
    bytes: 'HTTP/1.1 101 Switching\r\nConnection: a, upgrade\r\nUpgrade: h2c\r\n\r\nhello',
    begin: { upgrade: 'ws, H2C' },
  },
}

const BYTES: readonly string[] = [
  0, 1, 9, 10, 11, 13, 27, 31, 32, 33, 34, 43, 44, 45, 46, 48, 49, 50, 57, 58, 59, 61, 64, 65, 71, 92, 102,
  103, 126, 127, 128, 160, 255,
].map((code) => String.fromCharCode(code))

/** The bytes cut short, and with one byte taken out, repeated, put in or replaced, at every place. */
export function* damaged(bytes: string): Generator<string> {
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
