// Requests through the server's codec, and request heads as we write them: what is written must be read back as it was meant.
import { writeRequestHead } from '../../../packages/core/src/codec/write-head.ts'
import { HTTPError } from '../../../packages/core/src/ground/errors.ts'
import { HTTPHeaders } from '../../../packages/core/src/ground/headers.ts'
import { encodeTarget } from '../../../packages/core/src/ground/target.ts'
import { byteByByte, cutAt, requestLog, whole } from '../../../packages/core/test/codec/event-log.ts'
import { TOKENS } from './responses.mjs'

const latin1 = (text) => Buffer.from(text, 'latin1')

export const server = {
  name: 'server',
  tokens: [
    ...TOKENS,
    ...[
      'GET / HTTP/1.1\r\n',
      'POST /x HTTP/1.1\r\n',
      'CONNECT a:1 HTTP/1.1\r\n',
      'OPTIONS * HTTP/1.1\r\n',
      'Host: a\r\n\r\n',
      'http://a/',
      'Expect: 100-continue\r\n',
    ].map(latin1),
  ],
  seeds: [
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n',
    'GET http://a:80/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nleft',
    `GET /${',g'.repeat(480)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
  ].map((text) => latin1(`\x05\x10\x01${text}`)),
  steps: { base: 20_000, perByte: 600 },
  run(bytes) {
    const text = bytes.toString('latin1', 3)
    const eof = (bytes[2] ?? 0) % 2 === 1
    const log = requestLog(text, whole, eof).join('\n')
    if (log !== requestLog(text, cutAt([bytes[0] ?? 0, bytes[1] ?? 0]), eof).join('\n'))
      throw new Error('a request is read otherwise when split')
    if (text.length <= 1_024 && log !== requestLog(text, byteByByte, eof).join('\n'))
      throw new Error('a request is read otherwise byte by byte')
  },
}

// NUL separates the parts of an input: method, target, name, value, name, value…
export const headers = {
  name: 'headers',
  tokens: [
    '\0',
    '\r\n',
    '\n',
    '\r',
    ': ',
    '\t',
    ' ',
    'GET',
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    '5',
    'chunked',
    '/',
    '?',
    '#',
    '%0d%0a',
    '%',
    '..',
    '\\',
    '\xc4\x8d\xc4\x8a',
    '\xe5\x98\x8a',
    '\xff',
    '\x7f',
    '__proto__',
    'HTTP/1.1',
  ].map(latin1),
  seeds: [
    'GET\0/a?b\0Accept\0text/html\0X-A\0b, c',
    'POST\0/\0Host\0a:1\0Content-Length\x000',
    'M-SEARCH\0*\0X\0',
  ].map(latin1),
  steps: { base: 20_000, perByte: 400 },
  run(bytes) {
    // Half of the inputs as UTF-8, so that characters beyond latin1 come too.
    const parts = bytes.toString(bytes.length % 2 === 0 ? 'latin1' : 'utf8').split('\0')
    const [method = 'GET', path = '/', ...rest] = parts
    const lines = []
    // A look-up walks the lines, so few of them keep the steps linear.
    for (let i = 0; i + 1 < rest.length && lines.length < 20; i += 2) lines.push([rest[i], rest[i + 1]])
    const given = accepted(() => new HTTPHeaders(lines))
    if (given !== undefined) checkLines(given, lines)
    const target = accepted(() => encodeTarget(path))
    if (target !== undefined && !/^[\x21-\x7e]+$/.test(target))
      throw new Error('a target that is not visible ASCII')
    if (given === undefined || target === undefined) return
    const head = accepted(() =>
      writeRequestHead(method, target, lines.map(([name]) => `${name}: ${given.get(name)}\r\n`).join('')),
    )
    if (head !== undefined) checkHead(head, method, target, lines.length)
  },
}

function checkLines(given, lines) {
  const raw = [...given]
  if (raw.length !== lines.length) throw new Error('a field line was lost or made')
  for (const [name, value] of raw) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw new Error('a field name that is no token')
    if (!/^[\t \x21-\x7e\x80-\xff]*$/.test(value)) throw new Error('a control character in a field value')
    if (!given.has(name.toUpperCase())) throw new Error('a field that cannot be found')
  }
}

function checkHead(head, method, target, count) {
  const [line, ...fields] = head.slice(0, -4).split('\r\n')
  if (!head.endsWith('\r\n\r\n') || line !== `${method} ${target} HTTP/1.1` || fields.length !== count)
    throw new Error(`a head that says something else: ${JSON.stringify(head)}`)
  if (/\r(?!\n)|(?<!\r)\n|\0/.test(head)) throw new Error('a stray line end or NUL in a head')
}

/** What was made, or undefined when it was refused by an error of ours. */
function accepted(make) {
  try {
    return make()
  } catch (error) {
    if (error instanceof HTTPError) return undefined
    throw error
  }
}
