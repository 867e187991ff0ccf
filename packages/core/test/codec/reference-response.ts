/**
 * A response as RFC 9112 writes it, with regular expressions over the whole text: slow, and obviously the grammar.
 *
 * It exists to be compared with the real codec. It knows complete messages only: `undefined` is everything else, be it wrong or
 * cut short. Where the RFC leaves a choice, it chooses as we do: no bare LF, no folded line, no unknown transfer coding.
 */
import { DEFAULT_LIMITS } from '../../src/ground/limits.js'
import type { Exchange } from './event-log.js'
import { referenceChunked } from './reference-chunked.js'

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const TEXT = '[\\t \\x21-\\x7e\\x80-\\xff]*'
const STATUS_LINE = new RegExp(`^HTTP/1\\.([01]) ([1-9][0-9]{2})(?: (${TEXT}))?\\r\\n`)
const FIELD_LINE = new RegExp(`^(${TOKEN}):(${TEXT})\\r\\n`)
const OWS = /^[ \t]+|[ \t]+$/g

interface Head {
  readonly minor: number
  readonly status: number
  readonly reason: string
  readonly fields: readonly (readonly [string, string])[]
  readonly rest: string
}

/** A complete message, in the words of event-log.ts without what the framing was. */
export interface ReferenceMessage {
  readonly informational: readonly number[]
  readonly status: number
  readonly reason: string
  readonly version: '1.0' | '1.1'
  readonly fields: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** What lies behind the message; the first bytes of the new protocol behind a switch. */
  readonly rest: string
  readonly switched: boolean
  /** Whether the connection may carry another message, `rest` aside. */
  readonly persists: boolean
}

/** The final message at the beginning of the bytes, or undefined when there is no complete valid one. */
export function referenceResponse(exchange: Exchange): ReferenceMessage | undefined {
  const informational: number[] = []
  let text = exchange.bytes
  for (;;) {
    const head = referenceHead(text)
    if (head === undefined) return undefined
    if (head.status >= 200 || head.status === 101) return finalMessage(exchange, head, informational)
    if (head.minor === 0 || informational.push(head.status) > DEFAULT_LIMITS.maxInformational)
      return undefined
    text = head.rest
  }
}

function referenceHead(text: string): Head | undefined {
  const line = STATUS_LINE.exec(text)
  if (line === null) return undefined
  const fields: (readonly [string, string])[] = []
  let rest = text.slice(line[0].length)
  while (!rest.startsWith('\r\n')) {
    const field = FIELD_LINE.exec(rest)
    if (field === null || fields.length === DEFAULT_LIMITS.maxHeaderCount) return undefined
    const [matched, name = '', value = ''] = field
    fields.push([name, value.replace(OWS, '')])
    rest = rest.slice(matched.length)
  }
  return {
    minor: Number(line[1]),
    status: Number(line[2]),
    reason: line[3] ?? '',
    fields,
    rest: rest.slice(2),
  }
}

function finalMessage(
  exchange: Exchange,
  head: Head,
  informational: readonly number[],
): ReferenceMessage | undefined {
  const method = exchange.method ?? 'GET'
  const connection = listOf(head, 'connection')
  const message = {
    informational,
    status: head.status,
    reason: head.reason,
    version: head.minor === 0 ? ('1.0' as const) : ('1.1' as const),
    fields: head.fields.map(([name, value]) => `${name}: ${value}`),
    body: '',
    trailers: [],
    rest: head.rest,
    switched: false,
    persists:
      exchange.begin?.close !== true &&
      !connection.includes('close') &&
      (head.minor === 1 || connection.includes('keep-alive')),
  }
  if (head.status === 101)
    return isAgreed(exchange, head, connection) ? { ...message, switched: true } : undefined
  if ((exchange.begin?.connect ?? method === 'CONNECT') && head.status < 300)
    return { ...message, switched: true }
  // A 204 that announces a body all the same (RFC 9112 §6.1): who knows what follows.
  if (head.status === 204 && listOf(head, 'transfer-encoding').length > 0)
    return { ...message, persists: false }
  if (method === 'HEAD' || head.status === 204 || head.status === 304) return message
  const body = referenceBody(exchange, head)
  return body === undefined ? undefined : { ...message, ...body, persists: message.persists && body.framed }
}

// RFC 9112 §6.3, from step 3 on.
function referenceBody(
  exchange: Exchange,
  head: Head,
):
  | { readonly body: string; readonly trailers: string[]; readonly rest: string; readonly framed: boolean }
  | undefined {
  const codings = valuesOf(head, 'transfer-encoding')
  const lengths = valuesOf(head, 'content-length')
  if (codings.length > 0) {
    if (head.minor === 0 || lengths.length > 0 || codings.join(', ').toLowerCase() !== 'chunked')
      return undefined
    const chunked = referenceChunked(head.rest)
    return chunked === undefined ? undefined : { ...chunked, trailers: [...chunked.trailers], framed: true }
  }
  if (lengths.length > 0) {
    const members = lengths.join(',').split(',')
    if (!members.every((member) => /^[ \t]*[0-9]+[ \t]*$/.test(member))) return undefined
    const values = new Set(members.map((member) => BigInt(member.replace(OWS, ''))))
    const [length = 0n] = values
    if (values.size > 1 || length > BigInt(Number.MAX_SAFE_INTEGER) || BigInt(head.rest.length) < length)
      return undefined
    const size = Number(length)
    return { body: head.rest.slice(0, size), trailers: [], rest: head.rest.slice(size), framed: true }
  }
  if (exchange.serverEnds !== true) return undefined
  return { body: head.rest, trailers: [], rest: '', framed: false }
}

// RFC 9110 §7.8: a switch only to what was offered.
function isAgreed(exchange: Exchange, head: Head, connection: readonly string[]): boolean {
  const offers = membersOf(exchange.begin?.upgrade ?? '')
  const answers = listOf(head, 'upgrade')
  return (
    head.minor === 1 &&
    connection.includes('upgrade') &&
    answers.length > 0 &&
    answers.every((protocol) => offers.includes(protocol))
  )
}

function valuesOf(head: Head, name: string): string[] {
  return head.fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

function listOf(head: Head, name: string): string[] {
  return membersOf(valuesOf(head, name).join(','))
}

function membersOf(list: string): string[] {
  return list
    .split(',')
    .map((member) => member.replace(OWS, '').toLowerCase())
    .filter((member) => member !== '')
}
