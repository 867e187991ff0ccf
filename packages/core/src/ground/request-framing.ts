// Checks the fields of a request that decide where it ends and what becomes of the connection.
//
// Rule: a caller may set them, but only to what this client will really do. Two lengths, a length beside a transfer coding,
// or `Connection: content-length` make the next server on the way see another message than we sent: request smuggling
// (RFC 9112 §11.2). So each is refused, before a connection is taken.
//
// One pass over the lines; a name is compared only when its length is that of a field of interest.
//
// Neighbours: the connection writes what this returns, and meets a body that is longer or shorter than declared.
// Must not know: automatic fields.

import type { Body } from './body-value.js'
import { equalsIgnoreCase, isDigits, isRequestTarget, isToken, listMembers } from './grammar.js'
import { HTTPHeaders } from './headers.js'
import { MAX_REQUEST_FIELD_BYTES, MAX_REQUEST_FIELD_LINES } from './limits.js'
import { Origin } from './origin.js'
import { OptionsError } from './usage-errors.js'

/** What a caller's fields ask for. */
export interface RequestFraming {
  /** The declared Content-Length; undefined when the caller declared none. */
  readonly contentLength: number | undefined
  /** Whether the caller set `Transfer-Encoding: chunked`. */
  readonly chunked: boolean
  /** Whether the caller set `Connection: close`. */
  readonly close: boolean
  /** The Upgrade field; undefined when there is none. */
  readonly upgrade: string | undefined
  /** The Host field; undefined when there is none. */
  readonly host: string | undefined
  /** Whether the caller set `Expect: 100-continue`. */
  readonly expectContinue: boolean
}

interface Findings {
  contentLength: number | undefined
  chunked: boolean
  close: boolean
  upgrade: string | undefined
  host: string | undefined
  expectContinue: boolean
  connection: string[]
  te: boolean
}

const NOTHING_ASKED: RequestFraming = Object.freeze({
  contentLength: undefined,
  chunked: false,
  close: false,
  upgrade: undefined,
  host: undefined,
  expectContinue: false,
})

/**
 * Checks a request's fields against RFC 9110 and 9112 and against its body.
 *
 * @throws {OptionsError} path `headers.<name>`, or `headers` when there are too many
 */
export function checkFraming(headers: HTTPHeaders, body: Body): RequestFraming {
  const raw = HTTPHeaders.provenLines(headers)
  if (raw.length === 0) return NOTHING_ASKED
  if (headers.size > MAX_REQUEST_FIELD_LINES)
    throw new OptionsError(`more than ${MAX_REQUEST_FIELD_LINES} header lines`, { path: 'headers' })
  let found: Findings | undefined
  let bytes = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    bytes += name.length + value.length + 4
    const field = fieldOfInterest(name)
    if (field === undefined) continue
    found ??= nothingFound()
    note(found, field, value)
  }
  if (bytes > MAX_REQUEST_FIELD_BYTES)
    throw new OptionsError(`headers of more than ${MAX_REQUEST_FIELD_BYTES} bytes`, { path: 'headers' })
  return found === undefined ? NOTHING_ASKED : verdict(found, body)
}

const BY_LENGTH: readonly (readonly string[] | undefined)[] = byLength([
  'te',
  'host',
  'expect',
  'upgrade',
  'trailer',
  'connection',
  'keep-alive',
  'content-length',
  'http2-settings',
  'proxy-connection',
  'transfer-encoding',
])

function fieldOfInterest(name: string): string | undefined {
  const candidates = BY_LENGTH[name.length]
  if (candidates === undefined) return undefined
  for (const candidate of candidates) if (equalsIgnoreCase(name, candidate)) return candidate
  return undefined
}

function note(found: Findings, field: string, value: string): void {
  switch (field) {
    case 'host':
      if (found.host !== undefined) throw refusal(field, 'is given twice')
      found.host = checkedHost(value)
      return
    case 'content-length':
      if (found.contentLength !== undefined) throw refusal(field, 'is given twice')
      found.contentLength = checkedLength(value)
      return
    case 'transfer-encoding':
      if (found.chunked) throw refusal(field, 'is given twice')
      if (!equalsIgnoreCase(value, 'chunked')) throw refusal(field, 'can only be "chunked"')
      found.chunked = true
      return
    case 'connection':
      found.connection.push(...listMembers(value))
      return
    case 'upgrade':
      found.upgrade =
        found.upgrade === undefined ? checkedUpgrade(value) : `${found.upgrade}, ${checkedUpgrade(value)}`
      return
    case 'te':
      if (!equalsIgnoreCase(value, 'trailers')) throw refusal(field, 'can only be "trailers"')
      found.te = true
      return
    case 'expect':
      if (!equalsIgnoreCase(value, '100-continue')) throw refusal(field, 'can only be "100-continue"')
      found.expectContinue = true
      return
    default:
      throw refusal(field, 'is set by the connection itself and cannot be given')
  }
}

function verdict(found: Findings, body: Body): RequestFraming {
  const { contentLength, chunked, upgrade, host, expectContinue } = found
  if (contentLength !== undefined && chunked)
    throw refusal('content-length', 'cannot stand beside transfer-encoding')
  if (contentLength !== undefined && body.length !== undefined && body.length !== contentLength) {
    throw refusal('content-length', `is ${contentLength}, but the body has ${body.length} bytes`)
  }
  const options = connectionOptions(found)
  if (upgrade !== undefined && !options.upgrade) throw refusal('upgrade', 'needs "connection: upgrade"')
  if (upgrade === undefined && options.upgrade)
    throw refusal('connection', 'says "upgrade" without an upgrade field')
  return { contentLength, chunked, close: options.close, upgrade, host, expectContinue }
}

// RFC 9110 §7.6.1. An option names a field that the next server removes, so naming any other one is an attack.
function connectionOptions(found: Findings): { readonly close: boolean; readonly upgrade: boolean } {
  let close = false
  let upgrade = false
  for (const option of found.connection) {
    if (equalsIgnoreCase(option, 'close')) close = true
    else if (equalsIgnoreCase(option, 'upgrade')) upgrade = true
    else if (!equalsIgnoreCase(option, 'keep-alive') && !(found.te && equalsIgnoreCase(option, 'te'))) {
      throw refusal('connection', 'can only be close, keep-alive, upgrade, or te beside a te field')
    }
  }
  return { close, upgrade }
}

// RFC 9110 §8.6: 1*DIGIT. A sign, an exponent or a second value is read differently by different servers.
function checkedLength(value: string): number {
  const length = isDigits(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(length)) throw refusal('content-length', 'must be one number in decimal digits')
  return length
}

// RFC 9110 §7.2: uri-host [ ":" port ]. A zone means nothing to the server.
function checkedHost(value: string): string {
  const colon = value.endsWith(']') ? -1 : value.lastIndexOf(':')
  const port = colon < 0 ? '' : value.slice(colon + 1)
  try {
    if (!isRequestTarget(value) || value.includes('%') || (colon >= 0 && !isDigits(port)))
      throw new RangeError(value)
    const host = colon < 0 ? value : value.slice(0, colon)
    if (host.includes(':') && !host.startsWith('[')) throw new RangeError(value)
    Origin.of('http', host, colon < 0 ? undefined : Number(port))
  } catch {
    throw refusal('host', 'is no valid host with optional port')
  }
  return value
}

// RFC 9110 §7.8: protocol-name [ "/" protocol-version ].
function checkedUpgrade(value: string): string {
  const members = listMembers(value)
  const valid = members.every((member) => member.split('/').every(isToken) && member.split('/').length <= 2)
  if (members.length === 0 || !valid) throw refusal('upgrade', 'is no list of protocols')
  return value
}

function nothingFound(): Findings {
  return { ...NOTHING_ASKED, connection: [], te: false }
}

function refusal(field: string, problem: string): OptionsError {
  return new OptionsError(`header ${field} ${problem}`, { path: `headers.${field}` })
}

function byLength(names: readonly string[]): (readonly string[] | undefined)[] {
  const table: string[][] = []
  for (const name of names) table[name.length] = [...(table[name.length] ?? []), name]
  return table
}
