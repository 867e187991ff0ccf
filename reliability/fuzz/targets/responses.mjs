// Responses and chunked bodies through the client's codec.
//
// The first byte of an input chooses what was asked and whether the peer closes; the second and third where the bytes are cut.
// Wrong is: an error that is no HTTPError (event-log.ts throws it on), a log that depends on the cut, a verdict that differs from
// the grammar's, a line end or NUL in a name or value.
import { disagreement } from '../../../packages/core/test/codec/agreement.ts'
import { responseCases } from '../../../packages/core/test/codec/catalogue.ts'
import { byteByByte, cutAt, responseLog, whole } from '../../../packages/core/test/codec/event-log.ts'

const ASKED = [
  {},
  { serverEnds: true },
  { method: 'HEAD' },
  { method: 'CONNECT' },
  { begin: { upgrade: 'websocket, h2c' } },
  { begin: { close: true } },
  { method: 'HEAD', serverEnds: true },
  { method: 'CONNECT', serverEnds: true },
]
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

const latin1 = (text) => Buffer.from(text, 'latin1')
export const TOKENS = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 ',
  'HTTP/1.0 ',
  '100 Continue\r\n\r\n',
  '101 Switching Protocols\r\n',
  '103',
  '204',
  '304',
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '=',
  '"',
  '\\',
  '\x7f',
  '\xa0',
  '\xff',
  'Content-Length: ',
  'Content-Length: 5\r\n',
  'content-length:2\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: ',
  'gzip',
  'identity',
  'Connection: close\r\n',
  'Connection: ',
  'keep-alive',
  'close',
  'upgrade',
  'Upgrade: h2c\r\n',
  'Keep-Alive: timeout=',
  'X: y\r\n',
  ' folded\r\n',
  'Trailer: A\r\n',
  'Host: a\r\n',
  '0\r\n\r\n',
  '0\r\n',
  '5\r\nhello\r\n',
  '1\r\nx\r\n',
  ';a=b',
  ';a="b\\"c"',
  'ffffffffffffffff',
  '9007199254740991',
  '9007199254740992',
  '00000000000000000',
].map(latin1)

/** What an input stands for. */
function exchangeOf(bytes, prefix) {
  const asked = ASKED[(bytes[0] ?? 0) % ASKED.length]
  return { ...asked, bytes: prefix + bytes.toString('latin1', 3) }
}

function check(bytes, prefix) {
  const exchange = exchangeOf(bytes, prefix)
  const log = responseLog(exchange, whole)
  same(log, responseLog(exchange, cutAt([bytes[1] ?? 0, bytes[2] ?? 0])), 'split')
  if (exchange.bytes.length <= 1_024) same(log, responseLog(exchange, byteByByte), 'byte by byte')
  for (const line of log) {
    if (/^(?:field|trailer) /.test(line) && /[\r\n\0]/.test(line))
      throw new Error('a line end or NUL in a field')
  }
  // Beyond this a limit may speak first, which the grammar knows nothing of.
  if (exchange.bytes.length > 4_000) return
  const problem = disagreement(exchange, log)
  if (problem !== undefined) throw new Error(`not what the grammar says: ${problem}`)
}

function same(log, other, how) {
  if (log.length !== other.length || log.some((line, index) => line !== other[index]))
    throw new Error(`read otherwise ${how}: ${JSON.stringify(other)} instead of ${JSON.stringify(log)}`)
}

const short = responseCases.filter(
  (row) => row.bytes.length > 0 && row.bytes.length < 500 && row.limits === undefined,
)
const askedBy = (row) =>
  Math.max(
    0,
    ASKED.findIndex(
      (asked) =>
        asked.method === row.method &&
        (asked.begin === undefined) === (row.begin === undefined) &&
        asked.serverEnds === row.serverEnds,
    ),
  )
const chunkedCases = short.filter((row) => row.bytes.startsWith(CHUNKED))

export const codec = {
  name: 'codec',
  tokens: TOKENS,
  seeds: short.map((row) => latin1(`${String.fromCharCode(askedBy(row))}\x05\x20${row.bytes}`)),
  steps: { base: 20_000, perByte: 600 },
  run: (bytes) => check(bytes, ''),
}

export const chunked = {
  name: 'chunked',
  tokens: TOKENS,
  seeds: chunkedCases.map((row) =>
    latin1(`${String.fromCharCode(askedBy(row))}\x05\x20${row.bytes.slice(CHUNKED.length)}`),
  ),
  steps: { base: 40_000, perByte: 600 },
  run: (bytes) => check(bytes, CHUNKED),
}
