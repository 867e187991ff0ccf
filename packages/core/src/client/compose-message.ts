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
import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'
import { checkFraming } from '../ground/request-framing.js'
import { CONTINUE_TIMEOUT_MS, type RequestSettings } from './request-settings.js'
import { USER_AGENT } from './version.js'

/** Which of the fields that core cares about a request carries. */
interface CallerFields {
  host: boolean
  acceptEncoding: boolean
  userAgent: boolean
  contentType: boolean
  close: boolean
  expect: boolean
  upgrade: string | undefined
}

const ACCEPT_LINE = `Accept-Encoding: ${ACCEPT_ENCODING}\r\n`
const IDENTITY_LINE = 'Accept-Encoding: identity\r\n'
const AGENT_LINE = `User-Agent: ${USER_AGENT}\r\n`

/** Methods whose request has no content unless one is given: no `Content-Length: 0` for them. RFC 9110 §8.6 */
const WITHOUT_CONTENT = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'QUERY'])

let lastOrigin: Origin | undefined
let lastHostLine = ''

/** Makes the message for one attempt. Throws `OptionsError` when the caller's fields contradict each other. */
export function composeMessage(
  request: HTTPRequest,
  form: 'origin' | 'absolute',
  settings: RequestSettings,
  maxResponseBytes: number | undefined,
): OutgoingMessage {
  const { body, headers, method } = request
  const target = form === 'absolute' ? request.url : request.target
  const accept = settings.decodeContent ? ACCEPT_LINE : IDENTITY_LINE
  if (headers.size === 0 && request.removedHeaders.size === 0 && body.kind === 'none' && !settings.chunked) {
    const empty = WITHOUT_CONTENT.has(method) ? '' : framingLine(0)
    const head = writeRequestHead(method, target, hostLine(request.origin) + accept + empty + AGENT_LINE)
    return bare(method, head, request, settings, maxResponseBytes)
  }
  const fields = callerFields(request)
  const framing = checkFraming(headers, body)
  const chunked = framing.chunked === true || settings.chunked || (body.kind !== 'none' && framingLength(framing, request) === undefined)
  const length = chunked ? undefined : framingLength(framing, request)
  const continues = (fields.expect || settings.expectContinue) && body.kind !== 'none' && body.length !== 0
  let lines = fields.host || request.removedHeaders.has('host') ? '' : hostLine(request.origin)
  if (!fields.acceptEncoding && !request.removedHeaders.has('accept-encoding')) lines += accept
  if (chunked && framing.chunked !== true) lines += framingLine('chunked')
  else if (length !== undefined && framing.contentLength === undefined && announces(request)) lines += framingLine(length)
  if (!fields.userAgent && !request.removedHeaders.has('user-agent')) lines += AGENT_LINE
  if (continues && !fields.expect) lines += 'Expect: 100-continue\r\n'
  if (body.contentType !== undefined && !fields.contentType && !request.removedHeaders.has('content-type')) {
    lines += `Content-Type: ${body.contentType}\r\n`
  }
  return {
    method,
    head: writeRequestHead(method, target, lines + headers.wire()),
    body,
    declaredLength: body.kind === 'none' ? undefined : length,
    chunked,
    readTimeout: settings.readTimeout,
    continueTimeout: continues ? CONTINUE_TIMEOUT_MS : undefined,
    close: fields.close,
    upgrade: fields.upgrade,
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
    body: request.body,
    declaredLength: undefined,
    chunked: false,
    readTimeout: settings.readTimeout,
    continueTimeout: undefined,
    close: false,
    upgrade: undefined,
    maxResponseBytes,
  }
}

function framingLength(framing: { readonly contentLength?: number | undefined }, request: HTTPRequest): number | undefined {
  return framing.contentLength ?? request.body.length
}

/** Whether a length belongs into the head: always with a body, and without one where the method expects one. */
function announces(request: HTTPRequest): boolean {
  return request.body.kind !== 'none' || !WITHOUT_CONTENT.has(request.method)
}

function hostLine(origin: Origin): string {
  if (lastOrigin !== origin) {
    lastOrigin = origin
    lastHostLine = `Host: ${origin.hostHeader}\r\n`
  }
  return lastHostLine
}

/** One pass over the lines; a name is looked at only when its length fits. */
function callerFields(request: HTTPRequest): CallerFields {
  const found: CallerFields = {
    host: false,
    acceptEncoding: false,
    userAgent: false,
    contentType: false,
    close: false,
    expect: false,
    upgrade: undefined,
  }
  const raw = request.headers.raw()
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    const { length } = name
    if (length === 4 || length === 6 || length === 7 || length === 10 || length === 12 || length === 15) {
      noteField(found, name.toLowerCase(), raw[index + 1] as string)
    }
  }
  return found
}

function noteField(found: CallerFields, name: string, value: string): void {
  if (name === 'host') found.host = true
  else if (name === 'expect') found.expect = true
  else if (name === 'upgrade') found.upgrade = value
  else if (name === 'user-agent') found.userAgent = true
  else if (name === 'connection') found.close ||= value.toLowerCase() === 'close'
  else if (name === 'content-type') found.contentType = true
  else if (name === 'accept-encoding') found.acceptEncoding = true
}
