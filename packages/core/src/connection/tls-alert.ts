/**
 * What a peer says by a TLS alert on a connection whose handshake we took for done.
 *
 * In TLS 1.3 a client is ready before the server has looked at the client's certificate, so the refusal of a handshake
 * may come when the request is on its way. It is a failure of the handshake all the same, and final: another attempt
 * would show the same certificate. OpenSSL's codes name the alert; their prefix differs between versions.
 */

/** A TLS alert by which a peer refuses a handshake: see {@link tlsRefusal}. */
export interface TlsRefusal {
  /** The name in RFC 8446 §6.2, such as `certificate_required`. */
  readonly alert: string
  /** What it means for a client, and what to do. */
  readonly meaning: string
}

const NOT_ACCEPTED = 'it does not accept our client certificate; see certFile'

const REFUSALS: Readonly<Record<string, string>> = {
  access_denied: 'it knows our client certificate and denies it access',
  bad_certificate: NOT_ACCEPTED,
  certificate_expired: 'our client certificate, or one of its intermediates, has expired',
  certificate_required: 'it demands a client certificate; see certFile and keyFile',
  certificate_revoked: 'our client certificate has been revoked',
  certificate_unknown: NOT_ACCEPTED,
  decrypt_error: 'it could not verify a signature of ours; does the key belong to the client certificate?',
  handshake_failure: 'it accepts nothing we offer: ciphers, versions, or no client certificate; see certFile',
  insufficient_security: 'it demands stronger ciphers than we offer; see ciphers',
  no_certificate: 'it demands a client certificate; see certFile and keyFile',
  unknown_ca: 'it does not trust the CA of our client certificate; are its intermediates in certFile?',
  unsupported_certificate:
    'it does not accept the kind or the purpose of our client certificate; see certFile',
}

/**
 * What a TLS alert says that refuses the handshake, out of the `code` of a socket's error; `undefined` when the code is
 * something else. For plugins that secure connections themselves.
 *
 * @param code an error code of OpenSSL's as Node gives it; the prefix before `_ALERT_` does not matter
 *
 * @example
 * ```ts
 * tlsRefusal('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')?.alert // 'certificate_required'
 * ```
 */
export function tlsRefusal(code: string): TlsRefusal | undefined {
  const alert = /_ALERT_([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase() ?? ''
  const meaning = Object.hasOwn(REFUSALS, alert) ? REFUSALS[alert] : undefined
  return meaning === undefined ? undefined : { alert, meaning }
}
