/**
 * What a broken socket means for the exchange that was on it.
 *
 * A reset or a closed pipe is a ProtocolError in the phase that it interrupted; a TLS record that does not
 * decrypt is an SSLError. Before a connection exists, the dialler's errors apply instead.
 */
import {
  describeFailure,
  HTTPError,
  type Phase,
  ProtocolError,
  ReadTimeoutError,
  type Sent,
  SSLError,
} from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import type { CloseReason } from './connection-roles.js'
import { tlsRefusal } from './tls-alert.js'

/** The typed error for a socket error during an exchange. */
export function socketFailure(cause: Error, phase: Phase): HTTPError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const refusal = answerMayHaveBegun(phase) ? undefined : tlsRefusal(code)
  if (refusal !== undefined) {
    const { alert, meaning } = refusal
    return new SSLError(`the peer refused the TLS handshake by the alert ${alert}: ${meaning} (${code})`, {
      cause,
      phase: 'tls',
    })
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return new SSLError(`TLS failed on an open connection (${code})`, { cause, phase })
  }
  const reset = code === 'ECONNRESET' || code === 'EPIPE'
  const what = reset ? 'the peer reset the connection' : 'the connection broke'
  return new ProtocolError(`${what} (${code || cause.message})`, { cause, phase })
}

/** A peer that answers has accepted the handshake: whatever it says later is about something else. */
function answerMayHaveBegun(phase: Phase): boolean {
  return phase === 'head' || phase === 'body'
}

/** How far an exchange on a connection has come. */
export type Progress = 'send' | 'wait' | 'head' | 'body'

/** The step that an exchange is in, by what has gone and come. */
export function progressOf(inBody: boolean, answered: boolean, sent: Sent): Progress {
  if (inBody) return 'body'
  return answered ? 'head' : sent === 'all' ? 'wait' : 'send'
}

const FAILED_TO = {
  send: 'did not take the request',
  wait: 'sent no response',
  head: 'did not finish its response head',
  body: 'sent no more of the body',
} as const satisfies Record<Progress, string>

/** The typed error for a peer that did nothing for `waited` milliseconds. */
export function silentPeer(origin: Origin, phase: Progress, waited: number | undefined): HTTPError {
  return new ReadTimeoutError(`${origin.key} ${FAILED_TO[phase]} for ${waited} ms`, { phase })
}

/** What an exchange fails with whose connection we closed ourselves: `error` when there is one, which learns the phase. */
export function closedWhile(reason: CloseReason, error: unknown, phase: Progress): unknown {
  if (error === undefined) return new ProtocolError(`the connection was closed (${reason})`, { phase })
  return error instanceof HTTPError ? describeFailure(error, { phase }) : error
}
