import { describe, expect, it } from 'vitest'
import { byteByByte, requestLog, splitAt, whole } from '../../test/codec/event-log.js'

const HOST = 'Host: a\r\n'

const ACCEPTED: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'no body',
    `GET /a HTTP/1.1\r\n${HOST}\r\n`,
    ['head GET /a 1.1; none; keep-alive', 'field Host: a', 'end', 'then head'],
  ],
  [
    'a length',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nok`,
    [
      'head POST / 1.1; length 2; keep-alive',
      'field Host: a',
      'field Content-Length: 2',
      'body ok',
      'end',
      'then head',
    ],
  ],
  [
    'chunks',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n`,
    [
      'head POST / 1.1; chunked; keep-alive',
      'field Host: a',
      'field Transfer-Encoding: chunked',
      'body ok',
      'end',
      'trailer A: b',
      'then head',
    ],
  ],
  [
    'close',
    `GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    ['head GET / 1.1; none; close', 'field Host: a', 'field Connection: close', 'end', 'then head'],
  ],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', ['head GET / 1.0; none; close', 'end', 'then head']],
  [
    'absolute form',
    `GET http://a/b HTTP/1.1\r\n${HOST}\r\n`,
    ['head GET http://a/b 1.1; none; keep-alive', 'field Host: a', 'end', 'then head'],
  ],
  [
    'CONNECT',
    `CONNECT a:443 HTTP/1.1\r\n${HOST}\r\n`,
    ['head CONNECT a:443 1.1; none; keep-alive', 'field Host: a', 'end', 'then head'],
  ],
  [
    'upgrade',
    `GET / HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: x\r\n\r\n`,
    [
      'head GET / 1.1; none; keep-alive; upgrade x',
      'field Host: a',
      'field Connection: upgrade',
      'field Upgrade: x',
      'end',
      'then head',
    ],
  ],
]

const REFUSED: readonly (readonly [string, string])[] = [
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ['an empty line first', `\r\nGET / HTTP/1.1\r\n${HOST}\r\n`],
  ['two spaces', `GET  / HTTP/1.1\r\n${HOST}\r\n`],
  ['HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n`],
  ['HTTP/0.9', 'GET /\r\n'],
  ['space behind the version', `GET / HTTP/1.1 \r\n${HOST}\r\n`],
  ['LF', `GET / HTTP/1.1\n${HOST}\r\n`],
  ['no method', ` / HTTP/1.1\r\n${HOST}\r\n`],
  ['a method of 33 characters', `${'X'.repeat(33)} / HTTP/1.1\r\n${HOST}\r\n`],
  ['a target with a control', `GET /\x01 HTTP/1.1\r\n${HOST}\r\n`],
  ['an asterisk with GET', `GET * HTTP/1.1\r\n${HOST}\r\n`],
  ['a path with CONNECT', `CONNECT / HTTP/1.1\r\n${HOST}\r\n`],
  ['both framings', `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['unequal lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`],
  ['another coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`],
  ['a folded Host', 'GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n'],
  ['a request line beyond the limit', `GET /${'a'.repeat(70_000)}`],
]

describe('a strict server', () => {
  it.each(ACCEPTED)('reads %s', (_, bytes, events) => {
    expect(requestLog(bytes, whole, true)).toEqual(events)
    expect(requestLog(bytes, byteByByte, true)).toEqual(events)
    for (let offset = 1; offset < bytes.length; offset++)
      expect(requestLog(bytes, splitAt(offset), true)).toEqual(events)
    expect(requestLog(bytes + bytes, whole, true)).toEqual([...events.slice(0, -1), ...events])
  })

  it.each(REFUSED)('refuses %s', (_, bytes) => {
    const log = requestLog(bytes, whole)
    expect(log.at(-1)).toMatch(/^error (ProtocolError|InvalidHeader) in head/)
    if (bytes.length < 1_000) expect(requestLog(bytes, byteByByte)).toEqual(log)
  })

  it('reads each request line from its own start, whatever the lengths of the one before', () => {
    const first = `OPTIONS /a/long/target HTTP/1.1\r\n${HOST}\r\n`
    const log = requestLog(`${first}GET /b HTTP/1.1\r\n${HOST}\r\n${first}`, whole)
    expect(log.filter((line) => line.startsWith('head'))).toEqual([
      'head OPTIONS /a/long/target 1.1; none; keep-alive',
      'head GET /b 1.1; none; keep-alive',
      'head OPTIONS /a/long/target 1.1; none; keep-alive',
    ])
  })

  it.each([
    ['nothing between the spaces', 'GET  HTTP/1.1'],
    ['nothing before a control', 'GET \x01HTTP/1.1'],
    ['a tab behind it', 'GET /a\tHTTP/1.1'],
    ['DEL behind it', 'GET /a\x7fHTTP/1.1'],
    ['the end of the line behind it', 'GET /a\r\n'],
  ])('refuses a target with %s at that byte', (_, line) => {
    const words = 'error ProtocolError in head: malformed request head: no request target:'
    expect(requestLog(`${line}\r\n${HOST}\r\n`, whole)).toEqual([words])
    expect(requestLog(`GET / HTTP/1.1\r\n${HOST}\r\n${line}\r\n${HOST}\r\n`, whole).at(-1)).toBe(words)
  })
})
