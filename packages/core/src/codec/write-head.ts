/**
 * A request as wire text.
 *
 * Rule: strict in what we send. The request line is checked here, at the last moment, however it was made; field lines come
 * as text that ground/headers.ts has validated. The result is one latin1 string, so that a head costs one write, and a small
 * body can ride along. Chunks are framed here too: a chunk of no bytes would end the body, so it cannot be written by mistake.
 * Neighbours: connection/send-message.ts. Must not know: what the fields say, sockets.
 */
import { LocationParseError, OptionsError } from '../ground/errors.js'
import { isToken } from '../ground/grammar.js'
import type { HTTPHeaders } from '../ground/headers.js'
import { MAX_METHOD_LENGTH } from '../ground/limits.js'
import { isFramingField } from './head-fields.js'
import { isTargetFor } from './request-target.js'

/** What follows the data of each chunk. */
export const CHUNK_END = '\r\n'

/**
 * A request head, blank line included (RFC 9112 §3). `lines` is validated wire text, each line with its CRLF.
 * Throws OptionsError (`method`) or LocationParseError; nothing was written then.
 *
 * @example writeRequestHead('GET', '/', 'Host: example.com\r\n') // 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'
 */
export function writeRequestHead(method: string, target: string, lines: string): string {
  if (method.length > MAX_METHOD_LENGTH || !isToken(method))
    throw new OptionsError('method is not a token of at most 32 characters', { path: 'method' })
  if (!isTargetFor(method, target))
    throw new LocationParseError('request target does not fit its method', { location: target })
  if (lines !== '' && !lines.endsWith('\r\n')) throw new Error('codec: field lines without a final CRLF')
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n`
}

/** The field line that frames a body: its length in bytes, or `'chunked'` when that is not known. */
export function framingLine(length: number | 'chunked'): string {
  if (length === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  if (!Number.isSafeInteger(length) || length < 0)
    throw new RangeError(`codec: impossible body length ${length}`)
  return `Content-Length: ${length}\r\n`
}

/** What precedes the data of a chunk (RFC 9112 §7.1); CHUNK_END follows the data. */
export function chunkHeader(size: number): string {
  if (!Number.isSafeInteger(size) || size <= 0) throw new RangeError(`codec: impossible chunk size ${size}`)
  return `${size.toString(16)}\r\n`
}

/** What ends a chunked body: the last chunk, and the trailer section if any. Framing fields in it: OptionsError (RFC 9110 §6.5.1). */
export function lastChunk(trailers?: HTTPHeaders): string {
  if (trailers === undefined) return '0\r\n\r\n'
  for (const [name] of trailers) {
    if (isFramingField(name))
      throw new OptionsError(`field ${name} is not allowed in a trailer section`, {
        path: `trailers.${name}`,
      })
  }
  return `0\r\n${trailers.wire()}\r\n`
}
