/**
 * From a request value to the bytes of its head: the fields that core adds, then the caller's, as they were given.
 *
 * Order on the wire, as urllib3 has it: request line, Host, Accept-Encoding, framing, User-Agent, then the
 * caller's lines. A field that the caller gave, in whatever casing, or removed with `null`, is not added. The
 * fields are made anew for every attempt, so that after a redirect nothing of the old origin is left in them.
 */
import { framingLine, writeRequestHead } from '../codec/codec.js'
import type { OutgoingMessage } from '../connection/send-message.js'
import { ACCEPT_ENCODING } from '../decode/decode.js'
import { OptionsError } from '../ground/errors.js'
import { isFieldValue } from '../ground/grammar.js'
import { HTTPHeaders } from '../ground/headers.js'
import type { Origin } from '../ground/origin.js'
import { checkTrace, HTTPRequest } from '../ground/request.js'
import { checkFraming } from '../ground/request-framing.js'
import { CONTINUE_TIMEOUT_MS, type RequestSettings } from './request-settings.js'
import { USER_AGENT } from './version.js'

const ACCEPT_LINE = `Accept-Encoding: ${ACCEPT_ENCODING}\r\n`
const IDENTITY_LINE = 'Accept-Encoding: identity\r\n'
const AGENT_LINE = `User-Agent: ${USER_AGENT}\r\n`

/** Methods whose request has no content unless one is given: no `Content-Length: 0` for them. RFC 9110 §8.6 */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'QUERY'])

// What the bare requests of one origin have in common, from one to the next.
let lastOrigin: Origin | undefined
let lastAccept = ''
let lastLines = ''
let lastContentType = ''
let lastContentTypeLine = ''

/** Makes the message for one attempt. Throws `OptionsError` when the caller's fields contradict each other. */
export function composeMessage(
  request: HTTPRequest,
  form: 'origin' | 'absolute',
  settings: RequestSettings,
  maxResponseBytes: number | undefined,
): OutgoingMessage {
  const { headers, method } = request
  const body = HTTPRequest.bodyOf(request)
  const target = form === 'absolute' ? request.url : request.target
  const accept = settings.decodeContent ? ACCEPT_LINE : IDENTITY_LINE
  if (headers.size === 0 && request.removedHeaders.size === 0 && body.kind === 'none' && !settings.chunked) {
    const lines = WITHOUT_CONTENT.has(method)
      ? bareLines(request.origin, accept)
      : hostLine(request.origin) + accept + framingLine(0) + AGENT_LINE
    const head = writeRequestHead(method, target, lines)
    return bare(method, head, request, settings, maxResponseBytes)
  }
  const framing = checkFraming(headers, body)
  checkTrace(request, form)
  const length = framing.contentLength ?? body.length
  const chunked = framing.chunked || settings.chunked || length === undefined
  const continues =
    (framing.expectContinue || settings.expectContinue) && body.kind !== 'none' && body.length !== 0
  const announced = framing.chunked || framing.contentLength !== undefined || !(chunked || announces(request))
  const framed = announced ? '' : framingLine(chunked ? 'chunked' : length)
  const expects = continues && !framing.expectContinue ? 'Expect: 100-continue\r\n' : ''
  return {
    method,
    head: writeRequestHead(
      method,
      target,
      addedLines(request, accept, framed, expects) + HTTPHeaders.wireText(headers),
    ),
    body,
    declaredLength: chunked || body.kind === 'none' ? undefined : length,
    chunked,
    readTimeout: settings.readTimeout,
    continueTimeout: continues ? CONTINUE_TIMEOUT_MS : undefined,
    close: framing.close,
    upgrade: framing.upgrade,
    maxResponseBytes,
  }
}

function bare(
  method: string,
  head: string,
  request: HTTPRequest,
  settings: RequestSettings,
  maxResponseBytes: number | undefined,
): OutgoingMessage {
  return {
    method,
    head,
    body: HTTPRequest.bodyOf(request),
    declaredLength: undefined,
    chunked: false,
    readTimeout: settings.readTimeout,
    continueTimeout: undefined,
    close: false,
    upgrade: undefined,
    maxResponseBytes,
  }
}

/** The lines that core adds before the caller's. */
function addedLines(request: HTTPRequest, accept: string, framed: string, expects: string): string {
  const { headers, removedHeaders } = request
  const body = HTTPRequest.bodyOf(request)
  const adds = (name: string): boolean => !headers.has(name) && !removedHeaders.has(name)
  let lines = adds('host') ? hostLine(request.origin) : ''
  if (adds('accept-encoding')) lines += accept
  lines += framed
  if (adds('user-agent')) lines += AGENT_LINE
  lines += expects
  if (body.contentType !== undefined && adds('content-type')) lines += contentTypeLine(body.contentType)
  return lines
}

/** Whether a length belongs into the head: always with a body, and without one where the method expects one. */
function announces(request: HTTPRequest): boolean {
  return HTTPRequest.bodyOf(request).kind !== 'none' || !WITHOUT_CONTENT.has(request.method)
}

function hostLine(origin: Origin): string {
  return checkedLine('Host', origin.hostHeader)
}

/** The lines of a request to which its caller adds none. */
function bareLines(origin: Origin, accept: string): string {
  if (lastOrigin !== origin || lastAccept !== accept) {
    lastLines = hostLine(origin) + accept + AGENT_LINE
    lastOrigin = origin
    lastAccept = accept
  }
  return lastLines
}

function contentTypeLine(type: string): string {
  if (lastContentType !== type) {
    lastContentTypeLine = checkedLine('Content-Type', type)
    lastContentType = type
  }
  return lastContentTypeLine
}

/** The last look at what no `HTTPHeaders` has looked at: a plugin can make an origin or a body by hand. */
function checkedLine(name: string, value: string): string {
  if (typeof value !== 'string' || !isFieldValue(value))
    throw new OptionsError(`the ${name} of the request cannot stand in a header`, {
      path: `headers.${name.toLowerCase()}`,
    })
  return `${name}: ${value}\r\n`
}
