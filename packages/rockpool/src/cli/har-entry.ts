/**
 * One attempt as an entry of an HTTP Archive, version 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Pure. What the
 * format demands and nobody knows is -1, as the format has it; what it has no place for is named with an underscore.
 * Neighbour: har.ts gathers the attempts and writes the file.
 */
import type { HTTPError, HTTPResponse, ResponseTimings } from '@rockpool/core'
import type { HTTPRequest } from '@rockpool/core/plugin'
import type { Redaction } from './redaction.js'
import type { Line, SentHead } from './sent-head.js'

/** What was seen of one attempt. */
export interface Attempt {
  readonly startedAt: Date
  readonly request: HTTPRequest
  readonly head: SentHead
  response: HTTPResponse | undefined
  /** Why there is no response, or not all of it. */
  error: unknown
  /** How long it took until it failed. */
  failedAfter: number | undefined
  /** The decoded body, as far as it was read here; `undefined`: it was not read here. */
  body: { size: number; bytes: Buffer[]; complete: boolean } | undefined
}

/** How much of it is to be told. */
export interface Telling {
  readonly redaction: Redaction
  /** Bytes of a body that are kept at most; 0: no bodies. */
  readonly maxBodyBytes: number
}

interface NameValue {
  readonly name: string
  readonly value: string
}

/** The entry. */
export function entryOf(attempt: Attempt, telling: Telling): object {
  const { startedAt, response, error } = attempt
  const timings = timingsOf(attempt)
  const { blocked, dns, connect, send, wait, receive } = timings
  // The time for TLS is within that for the connection.
  const time = [blocked, dns, connect, send, wait, receive].reduce((sum, ms) => sum + Math.max(0, ms), 0)
  const { connection } = response ?? {}
  return {
    startedDateTime: startedAt.toISOString(),
    time,
    request: requestOf(attempt, telling),
    response: response === undefined ? noResponse() : responseOf(response, attempt, telling),
    cache: {},
    timings,
    ...(connection?.remoteAddress === undefined ? {} : { serverIPAddress: connection.remoteAddress }),
    ...(connection === undefined ? {} : { connection: String(connection.id) }),
    ...(error === undefined ? {} : { _error: telling.redaction.url(messageOf(error)) }),
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as Partial<HTTPError>
  return code === undefined ? error.message : `${error.message} (${code})`
}

function timingsOf({ response, failedAfter }: Attempt) {
  if (response === undefined) {
    const comment = 'failed; only the whole time is known'
    return {
      blocked: -1,
      dns: -1,
      connect: -1,
      ssl: -1,
      send: 0,
      wait: failedAfter ?? 0,
      receive: 0,
      comment,
    }
  }
  const { queue, dns, connect, tls, send, wait, receive }: ResponseTimings = response.timings
  return {
    blocked: queue ?? -1,
    dns: dns ?? -1,
    connect: connect === undefined ? -1 : connect + (tls ?? 0),
    ssl: tls ?? -1,
    send: send ?? 0,
    wait: wait ?? 0,
    receive: receive ?? 0,
  }
}

function requestOf({ request, head }: Attempt, telling: Telling): object {
  const { redaction } = telling
  const bytes = request.body.bytes
  const length = `${head.method} ${head.target} HTTP/1.1\r\n\r\n`.length
  return {
    method: head.method,
    url: redaction.url(request.url),
    httpVersion: 'HTTP/1.1',
    cookies: head.lines
      .filter(([name]) => /^cookie$/i.test(name))
      .flatMap(([, value]) => cookies(value, redaction)),
    headers: fields(head.lines, redaction),
    queryString: [...new URL(request.url).searchParams].map(([name, value]) => ({
      name,
      value: redaction.parameter(name, value),
    })),
    ...(bytes === undefined || bytes.length === 0 || bytes.length > telling.maxBodyBytes
      ? {}
      : { postData: postData(Buffer.from(bytes), mimeTypeOf(head.lines)) }),
    headersSize: head.lines.reduce((sum, [name, value]) => sum + name.length + value.length + 4, length),
    bodySize: request.body.length ?? -1,
  }
}

function postData(bytes: Buffer, mimeType: string): object {
  const text = asText(bytes)
  // The format knows no encoding here, unlike in a response.
  return text === undefined
    ? { mimeType, params: [], text: bytes.toString('base64'), _encoding: 'base64' }
    : { mimeType, params: [], text }
}

function noResponse(): object {
  return {
    status: 0,
    statusText: '',
    httpVersion: 'unknown',
    cookies: [],
    headers: [],
    content: { size: 0, mimeType: 'x-unknown' },
    redirectURL: '',
    headersSize: -1,
    bodySize: -1,
  }
}

function responseOf(response: HTTPResponse, { request, body }: Attempt, { redaction }: Telling): object {
  const lines = [...response.headers]
  const location = response.headers.get('location')
  const coded = response.headers.has('content-encoding')
  const announced = Number(response.headers.get('content-length') ?? Number.NaN)
  const empty = request.method === 'HEAD' || [204, 304].includes(response.status)
  const received = body?.complete === true && !coded ? body.size : Number.isNaN(announced) ? -1 : announced
  const bodySize = empty ? 0 : received
  return {
    status: response.status,
    statusText: response.reason,
    httpVersion: `HTTP/${response.httpVersion}`,
    cookies: response.headers.getAll('set-cookie').flatMap((value) => setCookie(value, redaction)),
    headers: fields(lines, redaction),
    content: contentOf(body, bodySize, coded, mimeTypeOf(lines)),
    redirectURL: location === undefined ? '' : redaction.url(location),
    headersSize: -1,
    bodySize,
  }
}

function contentOf(body: Attempt['body'], bodySize: number, coded: boolean, mimeType: string): object {
  if (body === undefined) return { size: Math.max(0, bodySize), mimeType, comment: 'discarded unread' }
  const { size, bytes } = body
  const saved = coded && bodySize > 0 ? { compression: size - bodySize } : {}
  if (bytes.length === 0) return { size, ...saved, mimeType }
  const whole = Buffer.concat(bytes)
  const text = asText(whole)
  const told = text === undefined ? { text: whole.toString('base64'), encoding: 'base64' } : { text }
  return { size, ...saved, mimeType, ...told }
}

/** Bytes as text, when they are UTF-8. */
function asText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function fields(lines: readonly Line[], redaction: Redaction): NameValue[] {
  return lines.map(([name, value]) => ({ name, value: redaction.field(name, value) }))
}

function mimeTypeOf(lines: readonly Line[]): string {
  return lines.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'x-unknown'
}

function cookies(line: string, redaction: Redaction): NameValue[] {
  return line
    .split(';')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.trim().split('=')
      return { name, value: redaction.cookie(value.join('=')) }
    })
}

/** RFC 6265 §5.2, as far as the format has a place for it. */
function setCookie(line: string, redaction: Redaction): object[] {
  const [pair = '', ...attributes] = line.split(';')
  const [cookie] = cookies(pair, redaction)
  if (cookie === undefined) return []
  const facts: Record<string, string | boolean> = {}
  for (const attribute of attributes) {
    const [name = '', ...rest] = attribute.trim().split('=')
    const value = rest.join('=')
    if (/^(?:path|domain)$/i.test(name)) facts[name.toLowerCase()] = value
    else if (/^expires$/i.test(name) && !Number.isNaN(Date.parse(value)))
      facts.expires = new Date(value).toISOString()
    else if (/^httponly$/i.test(name)) facts.httpOnly = true
    else if (/^secure$/i.test(name)) facts.secure = true
  }
  return [{ ...cookie, ...facts }]
}
