/**
 * What the library tells whoever watches from outside, on `node:diagnostics_channel`. Hooks act; channels watch:
 * tracing and logging can subscribe without being installed in any pool. Nothing is built while nobody listens.
 *
 * Messages are plain facts made for the moment; none carries a header, a body or a credential.
 */
import { type Channel, channel } from 'node:diagnostics_channel'
import type { Connection } from '../connection/connection.js'
import type { CloseReason } from '../connection/connection-roles.js'
import { HTTPError } from '../ground/errors.js'
import type { HTTPRequest } from '../ground/request.js'
import type { ExchangeView } from '../hooks/contexts.js'
import type { Clock } from '../transport/clock.js'
import { peerOf } from '../transport/transport.js'

/**
 * The names of the channels.
 *
 * @example
 * ```ts
 * subscribe(channelNames.exchangeSettle, (message) => console.log(message))
 * ```
 */
export const channelNames = {
  /** A connection was opened: `{ id, origin, peer, route }`. */
  connectionOpen: 'rockpool:connection:open',
  /** A connection was closed: `{ id, origin, uses, reason }`. */
  connectionClose: 'rockpool:connection:close',
  /** An attempt was sent: `{ exchange, attempt, method, url, connection, reused }`. */
  attemptSend: 'rockpool:attempt:send',
  /** A call is over: `{ exchange, method, url, attempts, outcome, status, error, durationMs }`. */
  exchangeSettle: 'rockpool:exchange:settle',
} as const

const connectionOpen: Channel = channel(channelNames.connectionOpen)
const connectionClose: Channel = channel(channelNames.connectionClose)
const attemptSend: Channel = channel(channelNames.attemptSend)
const exchangeSettle: Channel = channel(channelNames.exchangeSettle)

/** A connection is ready for its first request. */
export function publishOpen(connection: Connection): void {
  if (!connectionOpen.hasSubscribers) return
  const { info } = connection.transport
  const { id, origin } = connection
  connectionOpen.publish({ id, origin: origin.key, peer: peerOf(info), route: info.route })
}

/** A connection is gone. */
export function publishClose(connection: Connection, reason: CloseReason): void {
  if (!connectionClose.hasSubscribers) return
  connectionClose.publish({ id: connection.id, origin: connection.origin.key, uses: connection.uses, reason })
}

/** A request is about to be written. */
export function publishSend(exchange: ExchangeView, request: HTTPRequest, connection: Connection): void {
  if (!attemptSend.hasSubscribers) return
  attemptSend.publish({
    exchange: exchange.id,
    attempt: exchange.attempt,
    method: request.method,
    url: request.url,
    connection: connection.id,
    reused: connection.uses > 0,
  })
}

/** A call is over. */
export function publishSettle(exchange: ExchangeView, clock: Clock): void {
  if (!exchangeSettle.hasSubscribers) return
  const { error } = exchange
  exchangeSettle.publish({
    exchange: exchange.id,
    method: exchange.method,
    url: exchange.url,
    attempts: exchange.attempt,
    outcome: exchange.outcome,
    status: exchange.status,
    error: error instanceof HTTPError ? error.code : error === undefined ? undefined : 'ABORTED',
    durationMs: clock.now() - exchange.startedAt,
  })
}
