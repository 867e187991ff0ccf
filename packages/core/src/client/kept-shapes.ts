/**
 * One object of each kind that a call makes, kept for as long as its client.
 *
 * V8 holds the hidden class of objects only weakly: a garbage collection that finds none of them alive forgets it, and
 * throws away all compiled code that relied on it. A client at rest has no call under way, so each full collection cost its
 * next ten thousand calls twice their time: 150 to 200 ms of compiling. Objects that stay keep their classes, and the code.
 *
 * They are made by the code that makes the real ones, so that they are of the same kind, and read a response that
 * nobody sent. Nothing of a caller is in them, and nothing is opened, armed or counted.
 */
import { ClientCodec, type ResponseHead } from '../codec/codec.js'
import { Connection } from '../connection/connection.js'
import { Filling } from '../connection/filling.js'
import { ResponseBody } from '../connection/response-body.js'
import type { OutgoingMessage } from '../connection/send-message.js'
import { StreamBuffers } from '../connection/stream-buffers.js'
import { WholeBody } from '../connection/whole-body.js'
import { BodyPieces } from '../ground/body-pieces.js'
import { HTTPHeaders } from '../ground/headers.js'
import { Origin } from '../ground/origin.js'
import { HTTPRequest } from '../ground/request.js'
import type { HTTPResponse } from '../ground/response.js'
import { Lease } from '../pool/lease.js'
import { SocketTransport } from '../transport/socket-transport.js'
import { Attempt } from './attempt.js'
import type { Client } from './client.js'
import { composeMessage } from './compose-message.js'
import { Exchange } from './exchange.js'
import { LiveRequestContext, LiveResponseContext } from './live-contexts.js'
import { preloadedResponse, type ReceivedHead, streamedResponse } from './received-response.js'
import type { RequestSettings } from './request-settings.js'

const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok',
  'latin1',
)

/** See the file's head. */
export interface KeptShapes {
  readonly message: OutgoingMessage
  readonly received: ReceivedHead
  readonly response: HTTPResponse
  readonly streamed: HTTPResponse
  readonly whole: WholeBody
  readonly buffers: StreamBuffers
  readonly filling: Filling
  readonly pieces: BodyPieces
  readonly requestContext: LiveRequestContext
  readonly responseContext: LiveResponseContext
}

/** Makes them. `settings` are those of a call without options. See the file's head. */
export function keepShapes(client: Client, settings: RequestSettings): KeptShapes {
  const { maxResponseBytes } = client.settings.limits
  const attempt = firstAttempt(client, settings)
  const { exchange, request } = attempt
  const connection = idleConnection(client, request.origin)
  const lease = new Lease(connection, attempt, { takeBack: ignore })
  const body = new ResponseBody(connection, 2, maxResponseBytes)
  const received = { head: readHead(client), body, lease, exchange, attempt } satisfies ReceivedHead
  takeTimes(attempt, connection, client.clock.now())
  const response = preloadedResponse(received, ANSWER)
  // What a plugin looks at is frozen, which is a class of its own: not the attempt of above.
  const seen = firstAttempt(client, settings)
  return {
    message: composeMessage(request, 'origin', settings, maxResponseBytes),
    received,
    response,
    streamed: streamedResponse(received),
    whole: new WholeBody(2),
    buffers: new StreamBuffers(),
    filling: waitingFilling(),
    pieces: new BodyPieces(ignore, ignore),
    requestContext: new LiveRequestContext(seen, seen.request),
    responseContext: new LiveResponseContext(seen, response),
  }
}

function firstAttempt(client: Client, settings: RequestSettings): Attempt {
  const request = new HTTPRequest({
    method: 'GET',
    origin: Origin.of('http', 'localhost'),
    target: '/',
    headers: new HTTPHeaders().freeze(),
    removedHeaders: undefined,
    body: undefined,
    fragment: undefined,
  })
  return new Attempt(new Exchange(client, 0, request, settings, ignore, ignore), false)
}

function idleConnection(client: Client, origin: Origin): Connection {
  const { clock, settings } = client
  const timings = { dns: undefined, connect: undefined, tls: undefined }
  const address = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 }
  const transport = new SocketTransport({
    ...address,
    securedFor: undefined,
    tls: undefined,
    route: [],
    timings,
  })
  return new Connection({
    id: 0,
    origin,
    transport,
    clock,
    limits: settings.limits,
    owner: { onConnectionClosed: ignore },
  })
}

/** A field that holds 0 at first and a fraction later changes the class: the kept objects must have gone through that. */
function takeTimes({ times }: Attempt, connection: Connection, now: number): void {
  connection.sentAt = now
  connection.endedAt = now
  times.leased(now, undefined)
  times.answered(now, now)
  times.ended(now)
}

/** Only one that waits has made all that it makes. */
function waitingFilling(): Filling {
  const filling = new Filling()
  void filling.begin(ANSWER, 0)
  return filling
}

function readHead(client: Client): ResponseHead {
  let read: ResponseHead | undefined
  const onHead = (head: ResponseHead): void => {
    read = head
  }
  const sink = { onHead, onInformational: ignore, onBody: ignore, onEnd: ignore, onSwitch: ignore }
  const codec = new ClientCodec(sink, client.settings.limits)
  codec.begin('GET')
  codec.receive(ANSWER, 0, ANSWER.length)
  return read as ResponseHead
}

function ignore(): undefined {}
