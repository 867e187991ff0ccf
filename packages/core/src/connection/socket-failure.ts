/**
 * What a broken socket means for the exchange that was on it.
 *
 * A reset or a closed pipe is a ProtocolError in the phase that it interrupted; a TLS record that does not
 * decrypt is an SSLError. Before a connection exists, the dialler's errors apply instead.
 */
import { type HTTPError, type Phase, ProtocolError, ReadTimeoutError, SSLError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'

/** The typed error for a socket error during an exchange. */
export function socketFailure(cause: Error, phase: Phase): HTTPError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return new SSLError(`TLS failed on an open connection (${code})`, { cause, phase })
  }
  const reset = code === 'ECONNRESET' || code === 'EPIPE'
  const what = reset ? 'the peer reset the connection' : 'the connection broke'
  return new ProtocolError(`${what} (${code || cause.message})`, { cause, phase })
}

const FAILED_TO = {
  send: 'did not take the request',
  wait: 'sent no response',
  head: 'did not finish its response head',
  body: 'sent no more of the body',
} as const

/** The typed error for a peer that did nothing for `waited` milliseconds. */
export function silentPeer(
  origin: Origin,
  phase: keyof typeof FAILED_TO,
  waited: number | undefined,
): HTTPError {
  return new ReadTimeoutError(`${origin.key} ${FAILED_TO[phase]} for ${waited} ms`, { phase })
}
