/**
 * Which failures are whose: core replays a request that met a dead pooled connection, plugins are offered
 * failures of the network, and everything else is final.
 */
import {
  BodyTooLarge,
  CertificateError,
  ConnectTimeoutError,
  describeFailure,
  HTTPError,
  NewConnectionError,
  type Phase,
  PinError,
  ProtocolError,
  ProxyError,
  ReadTimeoutError,
  SSLError,
} from '../ground/errors.js'
import { HTTPRequest } from '../ground/request.js'
import type { Lease } from '../pool/lease.js'
import type { ConnectPhase } from '../transport/connect-progress.js'

/** RFC 9110 §9.2.2, and QUERY of RFC 10008. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY'])

/** What a proxy answers that may agree in a moment: bad gateway, unavailable, gateway time-out. RFC 9110 §15.6.3–5 */
const PASSING = new Set([502, 503, 504])

/**
 * Whether a failed attempt may be sent once more, at once and unseen: its connection had served before and was
 * closed without one byte of an answer, so the peer most likely closed it while it was idle. A request that may
 * have had an effect is only repeated when its method says that repeating is harmless.
 */
export function mayReplay(
  error: unknown,
  lease: Lease,
  attempt: { readonly unused: boolean; readonly request: HTTPRequest },
): boolean {
  if (!lease.reused || attempt.unused || !(error instanceof ProtocolError)) return false
  const { connection } = lease
  const { method, headers } = attempt.request
  const body = HTTPRequest.bodyOf(attempt.request)
  if (connection.answered) return false
  if (body.used && !body.replayable) return false
  return connection.sent === 'nothing' || IDEMPOTENT.has(method) || headers.has('idempotency-key')
}

/** Whether `onError` is asked about a failure. The table is in the reference of the public interface. */
export function pluginsMayHandle(error: HTTPError): boolean {
  if (error instanceof ProxyError) {
    if (error.status !== undefined && PASSING.has(error.status)) return true
    return error.originalError instanceof HTTPError && pluginsMayHandle(error.originalError)
  }
  if (error instanceof CertificateError || error instanceof PinError || error instanceof BodyTooLarge)
    return false
  // A handshake that failed would fail again; a session that broke in the middle of an exchange need not.
  if (error instanceof SSLError) return error.phase !== 'tls'
  return (
    error instanceof NewConnectionError ||
    error instanceof ConnectTimeoutError ||
    error instanceof ReadTimeoutError ||
    error instanceof ProtocolError
  )
}

/**
 * Fills in where an attempt stood that had no connection. What a plugin answered is read like a body; hooks that come
 * before a connection are a part of the wait for one. `connecting`: how far the one is that is being made for it.
 */
export function describeUnsent(error: unknown, step: string, connecting: ConnectPhase | undefined): void {
  const phase = step === 'wire' ? 'body' : (connecting ?? 'queue')
  if (error instanceof HTTPError) describeFailure(error, { phase, sent: 'nothing' })
}

/** Fills in what the connection of a failed attempt knows about it. */
export function describeOnWire(error: unknown, lease: Lease | undefined, phase?: Phase): void {
  if (lease === undefined || !(error instanceof HTTPError)) return
  // A connection that was given back whole may carry another exchange by now; this one had sent all it had.
  const passedOn = lease.released && lease.connection.state !== 'closed'
  const sent = passedOn ? 'all' : lease.connection.sent
  describeFailure(error, { sent, reusedConnection: lease.reused, phase })
}
