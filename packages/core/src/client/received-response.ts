/**
 * From a received head and its body to the HTTPResponse that plugins and callers see.
 */
import type { ResponseHead } from '../codec/codec.js'
import type { ResponseBody } from '../connection/response-body.js'
import { type Coding, contentCodings, decodeWhole } from '../decode/decode.js'
import { ProtocolError } from '../ground/errors.js'
import { HTTPHeaders } from '../ground/headers.js'
import { HTTPResponse } from '../ground/response.js'
import type { ConnectionFacts } from '../ground/response-facts.js'
import type { Lease } from '../pool/lease.js'
import { peerOf } from '../transport/transport.js'
import type { TransportStream } from '../transport/transport-stream.js'
import type { Attempt } from './attempt.js'
import type { Exchange } from './exchange.js'
import { ResponseSource } from './response-source.js'
import { type Watched, watchUnread } from './unread-watch.js'

/** A final head with what it belongs to. */
export interface ReceivedHead {
  readonly head: ResponseHead
  readonly body: ResponseBody | undefined
  readonly lease: Lease
  readonly exchange: Exchange
  readonly attempt: Attempt
  /** There once a streamed response has been made of it. */
  watched?: Watched
}

/** A response whose body is read by whoever gets it. */
export function streamedResponse(received: ReceivedHead & { readonly body: ResponseBody }): HTTPResponse {
  const { head, body, lease, exchange, attempt } = received
  const { settings, client } = exchange
  const source = new ResponseSource({
    body,
    codings: codingsOf(received),
    maxDecodedBytes: client.settings.limits.maxDecodedBytes,
    heldLease: settings.releaseConnection === false ? lease : undefined,
    exchange,
  })
  const response = new HTTPResponse({
    status: head.status,
    reason: head.reason,
    httpVersion: head.httpVersion,
    headers: HTTPHeaders.fromLines(head.fields),
    url: attempt.request.href,
    history: exchange.history,
    body: source,
    times: attempt.times,
    connection: connectionFacts(received),
  })
  if (!settings.preloadContent) received.watched = watchUnread(response, source, attempt.label)
  return response
}

/** Holds the body to what its call and its client ask of it. */
export function prepareBody(received: ReceivedHead & { readonly body: ResponseBody }): void {
  const { head, body, exchange } = received
  const { settings, client } = exchange
  if (settings.requireFraming) requireFramed(head)
  body.acceptShort = !settings.enforceContentLength
  const { maxDecodedBytes } = client.settings.limits
  if (maxDecodedBytes !== undefined && settings.decodeContent && codingsOf(received) === undefined)
    body.boundUndecoded(maxDecodedBytes)
}

/** Refuses a body that only the end of the connection delimits: it might be cut short unnoticed. */
function requireFramed(head: ResponseHead): void {
  if (head.framing.kind !== 'until-close') return
  throw new ProtocolError(
    'the end of the response body would only be known by the end of the connection (requireFraming)',
    { phase: 'head' },
  )
}

/** A response whose body is here. */
export function preloadedResponse(
  received: ReceivedHead,
  data: Buffer,
  duplex?: TransportStream,
): HTTPResponse {
  const { head, body, exchange, attempt } = received
  const response = new HTTPResponse({
    status: head.status,
    reason: head.reason,
    httpVersion: head.httpVersion,
    headers: HTTPHeaders.fromLines(head.fields),
    url: attempt.request.href,
    history: exchange.history,
    times: attempt.times,
    connection: connectionFacts(received),
    body: undefined,
    duplex,
  })
  response.data = data
  if (body !== undefined && body.rawTrailers.length > 0) HTTPResponse.setTrailers(response, body.rawTrailers)
  return response
}

/** A complete body, decoded when it is coded and decoding was asked for; at once, when that can be. Throws `DecodeError`. */
export function decodedBody(received: ReceivedHead, bytes: Buffer): Buffer | Promise<Buffer> {
  const codings = codingsOf(received)
  if (codings === undefined) return bytes
  const { maxDecodedBytes } = received.exchange.client.settings.limits
  return decodeWhole(codings, bytes, { maxDecodedBytes })
}

function codingsOf(received: ReceivedHead): readonly Coding[] | undefined {
  const { head, exchange } = received
  // A part of a coded representation cannot be decoded on its own. RFC 9110 §15.3.7
  if (!exchange.settings.decodeContent || head.status === 206 || head.framing.kind === 'none')
    return undefined
  const values = head.contentEncodings
  return values === undefined
    ? undefined
    : contentCodings(values, exchange.client.settings.limits.maxContentEncodings)
}

function connectionFacts(received: ReceivedHead): ConnectionFacts {
  const { lease, head } = received
  const { connection } = lease
  const bodyEnd = head.framing.kind === 'until-close' ? 'close' : 'framed'
  // The facts of a connection in steady use never change: made once, shared by its responses.
  const known = connection.facts
  if (known !== undefined && known.reused === lease.reused && known.bodyEnd === bodyEnd) return known
  const { info } = connection.transport
  const facts: ConnectionFacts = Object.freeze({
    id: connection.id,
    origin: connection.origin,
    peer: peerOf(info),
    remoteAddress: info.remoteAddress,
    remotePort: info.remotePort,
    localAddress: info.localAddress,
    localPort: info.localPort,
    reused: lease.reused,
    route: info.route,
    tls: info.tls,
    bodyEnd,
  })
  connection.facts = facts
  return facts
}
