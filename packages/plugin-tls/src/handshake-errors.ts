/**
 * What went wrong in a handshake, in words that help. Decided by code, never by text: texts change between versions.
 *
 * A peer that goes away before the handshake is done may be back in a moment: a connect failure. A peer that answers
 * with something else than TLS, or that refuses our offer, will do the same again: an SSLError, final.
 */
import { type HTTPError, NewConnectionError, type Phase, SSLError, tlsRefusal } from '@rockpool/core/plugin'

/** OpenSSL's names of "this is no TLS record", by version. */
const PLAINTEXT = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_RECORD_LAYER_FAILURE',
  'ERR_SSL_BAD_RECORD_TYPE',
])

const GONE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING'])

/** What core does not explain for us: alerts about the offer, and what OpenSSL itself did not like. */
const MEANINGS: readonly (readonly [part: string, meaning: string])[] = [
  ['ALERT_PROTOCOL_VERSION', 'it speaks none of the TLS versions allowed here; see sslMinimumVersion'],
  ['UNSUPPORTED_PROTOCOL', 'it speaks none of the TLS versions allowed here; see sslMinimumVersion'],
  ['NO_APPLICATION_PROTOCOL', 'it does not speak HTTP/1.1 (ALPN)'],
  ['ALERT_INTERNAL_ERROR', 'something is wrong with the peer, as it says itself'],
  ['UNRECOGNIZED_NAME', 'it serves no such name; see serverHostname'],
  ['NO_CIPHERS_AVAILABLE', 'none of the ciphers given belongs to a TLS version allowed here'],
  ['LEGACY_SIGALG', "TLS 1.0 and 1.1 need `ciphers: 'DEFAULT@SECLEVEL=0'` with this OpenSSL"],
  ['NO_PROTOCOLS_AVAILABLE', "TLS 1.0 and 1.1 need `ciphers: 'DEFAULT@SECLEVEL=0'` with this OpenSSL"],
  ['BAD_EXTENSION', 'it chose something that was not offered'],
  ['EXCESSIVE_MESSAGE_SIZE', 'its certificates are larger than 100 kB'],
  ['MODULUS_TOO_LARGE', 'its key is larger than 16 384 bits'],
  ['BAD_SIGNATURE', 'it did not prove that it has the key of its certificate'],
  ['INVALID_PADDING', 'it did not prove that it has the key of its certificate'],
]

/** Some servers, Node's among them, close without an alert when they do not accept a certificate. */
const PERHAPS = '; it gave no reason, and a server that does not accept our client certificate may do so'

/**
 * The typed error of a socket that failed in `phase`; `undefined` when it had not come to TLS yet and the failure is
 * that of a dial. `showsCertificate`: whether we have a client certificate.
 */
export function explainHandshake(
  error: unknown,
  phase: Phase,
  peer: string,
  showsCertificate: boolean,
): HTTPError | undefined {
  if (phase !== 'tls') return undefined
  const code = codeOf(error)
  if (GONE.has(code)) {
    const closed = `${peer} closed the connection during the TLS handshake (${code})`
    return new NewConnectionError(showsCertificate ? closed + PERHAPS : closed, { cause: error, phase })
  }
  if (PLAINTEXT.has(code)) {
    return new SSLError(
      `${peer} did not answer with TLS; it seems to speak plain HTTP, for which the url begins with http:// (${code})`,
      { cause: error, phase },
    )
  }
  const meaning = tlsRefusal(code)?.meaning ?? MEANINGS.find(([part]) => code.includes(part))?.[1]
  const what = code.startsWith('ERR_') ? code : errorText(error)
  return new SSLError(`the TLS handshake with ${peer} failed: ${meaning ?? 'no agreement'} (${what})`, {
    cause: error,
    phase,
  })
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
