// Which failure counts as what, and which may be repeated for any method.
//
// Rule: the question is never what broke but how much of the request the peer may have seen. Where nothing was sent the
// request is as good as new, POST included; otherwise only a method that is harmless twice is sent twice. What would fail
// again in the same way is final: core offers no certificate, pin or option error, and a field that contradicts itself
// (`InvalidHeader`) is an answer, if a bad one.
//
// Neighbours: policy.ts counts by kind. Must not know: counters.

import {
  ConnectTimeoutError,
  type HTTPError,
  InvalidHeader,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  ReadTimeoutError,
} from '@rockpool/core/plugin'

/** The counter that an event uses up, besides `total`. */
export type EventKind = 'connect' | 'read' | 'redirect' | 'status' | 'other'

/** The kind of a failure, or undefined when it is final whatever the counters say. */
export function failureKind(error: HTTPError): 'connect' | 'read' | 'other' | undefined {
  if (isConnectFailure(error)) return 'connect'
  if (error instanceof ProxyError && isConnectFailure(error.originalError)) return 'connect'
  if (error instanceof InvalidHeader) return undefined
  if (error instanceof ReadTimeoutError || error instanceof ProtocolError) return 'read'
  return 'other'
}

/**
 * Whether the peer cannot have seen any of the request. `sent` alone is no proof, since it says `nothing` when nobody knew:
 * the phase must be known as well, and be one before the first byte of the request.
 */
export function nothingWasSent(error: HTTPError): boolean {
  if (failureKind(error) === 'connect') return true
  return error.sent === 'nothing' && error.phase !== undefined && BEFORE_SENDING.has(error.phase)
}

const BEFORE_SENDING: ReadonlySet<string> = new Set(['queue', 'dns', 'connect', 'proxy', 'tls', 'send'])

function isConnectFailure(error: unknown): boolean {
  return error instanceof NewConnectionError || error instanceof ConnectTimeoutError
}
