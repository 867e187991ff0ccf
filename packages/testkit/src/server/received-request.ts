/**
 * A request as it came over the wire, judged strictly and kept byte for byte.
 *
 * It shares no code with the codec under test: what both accept was understood twice. Rules: RFC 9112 §2 to §7,
 * without the lenience the RFC allows a server; a client that we wrote has no excuse. Must not know: sockets.
 */
import type { ByteReader } from './byte-reader.js'

/** What arrived is not a request that a client should send. Fails the test that disposes of the server. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'

  constructor(problem: string, text: string) {
    super(`malformed request: ${problem}, in ${JSON.stringify(text.slice(0, 200))}`)
  }
}

/** One request. */
export interface ReceivedRequest {
  readonly method: string
  /** The request-target as sent. */
  readonly target: string
  readonly httpVersion: '1.0' | '1.1'
  /** Field lines in order, names as sent, values without the white space around them. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The values of a field joined with ', ', or `undefined`; `name` in any case. */
  header(name: string): string | undefined
  /** The head as latin1 text, with the empty line that ends it. */
  readonly head: string
  /** The body without its transfer coding; empty when only the head was read. */
  readonly body: Buffer
  /** Sizes of the chunks of a chunked body, the last one (0) left out. */
  readonly chunkSizes: readonly number[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** All bytes of the request as latin1 text, chunk framing included. */
  readonly raw: string
}

type Field = readonly [name: string, value: string]

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/(1\.[01])$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/
// Anything but HTAB, visible ASCII, SP and obs-text. RFC 9110 §5.5
const ILLEGAL_IN_LINE = /[^\t\x20-\x7e\x80-\xff]/
const CHUNK_LINE = /^([0-9A-Fa-f]{1,16})((?:;[\t\x20-\x7e\x80-\xff]*)?)$/

function splitLines(text: string): string[] {
  const lines = text.split('\r\n')
  for (const line of lines)
    if (ILLEGAL_IN_LINE.test(line)) throw new MalformedRequest('a control character or bare CR or LF', text)
  return lines
}

function parseFields(lines: readonly string[], text: string): Field[] {
  return lines.map((line) => {
    const match = FIELD_LINE.exec(line)
    if (match === null) throw new MalformedRequest(`field line ${JSON.stringify(line)}`, text)
    return [match[1] as string, match[2] as string]
  })
}

const valuesOf = (fields: readonly Field[], name: string): string[] =>
  fields.filter(([field]) => field.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

interface Head {
  readonly method: string
  readonly target: string
  readonly httpVersion: '1.0' | '1.1'
  readonly fields: readonly Field[]
  readonly text: string
}

function parseHead(text: string): Head {
  const [first = '', ...lines] = splitLines(text.slice(0, -4))
  const match = REQUEST_LINE.exec(first)
  if (match === null) throw new MalformedRequest('request line', text)
  const [, method = '', target = '', version] = match
  const fields = parseFields(lines, text)
  const hosts = valuesOf(fields, 'host').length
  if (hosts > 1 || (hosts === 0 && version === '1.1'))
    throw new MalformedRequest(`${hosts} Host fields`, text)
  return { method, target, httpVersion: version === '1.1' ? '1.1' : '1.0', fields, text }
}

/** RFC 9112 §6.3, the client's duties: one way to frame, said once. */
function framingOf({ fields, text, httpVersion }: Head): number | 'chunked' {
  const codings = valuesOf(fields, 'transfer-encoding')
  const lengths = valuesOf(fields, 'content-length')
  if (codings.length > 0 && lengths.length > 0)
    throw new MalformedRequest('both Content-Length and Transfer-Encoding', text)
  if (codings.length > 0) {
    if (codings.join(', ').toLowerCase() !== 'chunked' || httpVersion === '1.0')
      throw new MalformedRequest('Transfer-Encoding', text)
    return 'chunked'
  }
  if (lengths.length > 1 || !/^\d{0,15}$/.test(lengths[0] ?? ''))
    throw new MalformedRequest('Content-Length', text)
  return Number(lengths[0] ?? 0)
}

interface ReadBody {
  readonly body: Buffer
  readonly wire: Buffer
  readonly chunkSizes: readonly number[]
  readonly trailers: readonly Field[]
}

async function readTrailers(reader: ByteReader, wire: Buffer[]): Promise<readonly Field[]> {
  const lines: string[] = []
  for (;;) {
    const line = await reader.through('\r\n')
    wire.push(line)
    if (line.length === 2) return parseFields(lines, lines.join('\r\n'))
    lines.push(...splitLines(line.toString('latin1', 0, line.length - 2)))
  }
}

async function readChunked(reader: ByteReader): Promise<ReadBody> {
  const wire: Buffer[] = []
  const parts: Buffer[] = []
  for (;;) {
    const line = await reader.through('\r\n')
    wire.push(line)
    const size = CHUNK_LINE.exec(line.toString('latin1', 0, line.length - 2))?.[1]
    if (size === undefined) throw new MalformedRequest('chunk size', line.toString('latin1'))
    const length = Number.parseInt(size, 16)
    if (length === 0) {
      const trailers = await readTrailers(reader, wire)
      return {
        body: Buffer.concat(parts),
        wire: Buffer.concat(wire),
        chunkSizes: parts.map((part) => part.length),
        trailers,
      }
    }
    const data = await reader.take(length + 2)
    if (data.toString('latin1', length) !== '\r\n')
      throw new MalformedRequest('no CRLF behind a chunk', data.toString('latin1'))
    wire.push(data)
    parts.push(data.subarray(0, length))
  }
}

const NO_BODY: ReadBody = { body: Buffer.alloc(0), wire: Buffer.alloc(0), chunkSizes: [], trailers: [] }

async function readBody(reader: ByteReader, framing: number | 'chunked'): Promise<ReadBody> {
  if (framing === 'chunked') return readChunked(reader)
  if (framing === 0) return NO_BODY
  const body = await reader.take(framing)
  return { ...NO_BODY, body, wire: body }
}

/** How much of a request is read. */
export interface ReadRequestOptions {
  /** `false` leaves the body unread, for scripts that answer early or read it piece by piece. Default `true`. */
  readonly body?: boolean
}

/** Reads the next request. Rejects with MalformedRequest or ConnectionEnded. */
export async function receiveRequest(
  reader: ByteReader,
  options: ReadRequestOptions = {},
): Promise<ReceivedRequest> {
  const head = parseHead((await reader.through('\r\n\r\n')).toString('latin1'))
  const framing = framingOf(head)
  const { body, wire, chunkSizes, trailers } =
    options.body === false ? NO_BODY : await readBody(reader, framing)
  return {
    method: head.method,
    target: head.target,
    httpVersion: head.httpVersion,
    headers: head.fields,
    header(name: string): string | undefined {
      const values = valuesOf(head.fields, name)
      return values.length === 0 ? undefined : values.join(', ')
    },
    head: head.text,
    body,
    chunkSizes,
    trailers,
    raw: head.text + wire.toString('latin1'),
  }
}
