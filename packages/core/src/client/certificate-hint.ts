/**
 * A suspicion worth telling: that a peer went away because of our client certificate.
 *
 * In TLS 1.3 a client is done with the handshake before the server has looked at its certificate. One that does not accept it
 * should send an alert, which is told as what it is; some, those on Node's `tls` among them, only close, and all that is left is
 * an exchange that ended before its first byte. Nothing proves the reason, so the error keeps its class and says "may".
 */
import { ProtocolError } from '../ground/errors.js'
import type { Lease } from '../pool/lease.js'

/** As the codec and socket-failure.ts say it; not what we closed ourselves, nor what broke otherwise. */
const WENT_AWAY = /^(closed before any response byte|the peer reset the connection)/

/** The same failure, with the hint where a fresh TLS 1.3 connection for which we had a certificate ended without a byte. */
export function withCertificateHint(error: unknown, { connection, reused }: Lease): unknown {
  const { tls } = connection.transport.info
  if (tls?.clientCertificate !== true || tls.protocol !== 'TLSv1.3' || reused || connection.answered)
    return error
  if (!(error instanceof ProtocolError) || !WENT_AWAY.test(error.message)) return error
  const { message, cause, phase, sent, reusedConnection } = error
  const hint = 'it gave no reason, and a server that does not accept our client certificate may do so'
  return new ProtocolError(`${message}; ${hint}`, { cause, phase, sent, reusedConnection })
}
