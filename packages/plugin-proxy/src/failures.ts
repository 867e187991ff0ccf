/**
 * Failures on the way to a proxy and at it, as one `ProxyError` each that names the proxy, says what to do where we know,
 * and holds the precise error. What happens behind a proxy that has agreed is not its failure and passes untouched.
 *
 * Must not know: credentials.
 */
import {
  HTTPError,
  type HTTPHeaders,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  quotePeerText,
  ResponseError,
  SSLError,
} from '@rockpool/core/plugin'
import type { ProxyAddress } from './address.js'
import { askedSchemes } from './credentials.js'

/** OpenSSL's names of "this is no TLS record", by version. */
const NOT_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_RECORD_LAYER_FAILURE',
  'ERR_SSL_BAD_RECORD_TYPE',
])
/** How a malformed head is quoted that begins with a TLS alert: content type 21, version 3.x. RFC 8446 §5.1 */
const TLS_ALERT = '"\\u0015\\u0003'

/** What a proxy said in place of agreeing. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers: HTTPHeaders
  readonly body?: Uint8Array | undefined
}

/** The proxy could not be reached, or its TLS not be trusted. */
export function unreachable(address: ProxyAddress, error: unknown): ProxyError {
  if (error instanceof ProxyError) return error
  if (error instanceof SSLError && NOT_TLS.has(codeOf(error.cause))) {
    return failed(
      `the proxy ${address.url} does not speak TLS: it seems to be a plain HTTP proxy, whose URL begins with http://`,
      error,
    )
  }
  const hungUp = error instanceof NewConnectionError && error.phase === 'tls'
  const hint = hungUp ? ' (if it speaks plain HTTP, its URL begins with http://)' : ''
  return failed(`cannot connect to the proxy ${address.url}: ${messageOf(error)}${hint}`, error)
}

/** The proxy was reached, but did not come to an answer that makes sense. */
export function broken(address: ProxyAddress, error: unknown): ProxyError {
  if (error instanceof ProxyError) return error
  if (speaksTls(error)) return wrongScheme(address, error)
  const silent = error instanceof ProtocolError && address.scheme === 'http'
  const hint = silent && closedAtOnce(error) ? ' (if it expects TLS, its URL begins with https://)' : ''
  return failed(`the proxy ${address.url} did not agree: ${messageOf(error)}${hint}`, error)
}

/** The function that should have made the credentials did not. */
export function unauthorized(address: ProxyAddress, error: unknown): ProxyError {
  return failed(`no credentials were made for the proxy ${address.url}: ${messageOf(error)}`, error)
}

/** The proxy answered in TLS where plain HTTP was sent. */
export function wrongScheme(address: ProxyAddress, error: unknown): ProxyError {
  return failed(
    `the proxy ${address.url} answered with TLS: it seems to be an https proxy, whose URL begins with https://`,
    error,
  )
}

/** Whether what came in place of a head was a TLS alert. */
export function speaksTls(error: unknown): boolean {
  return error instanceof ProtocolError && error.message.includes(TLS_ALERT)
}

/** The proxy said no to `what`. */
export function refused(
  address: ProxyAddress,
  what: string,
  refusal: Refusal,
  hadCredentials: boolean,
): ProxyError {
  const { status, reason, headers, body } = refusal
  const said = reason === '' ? String(status) : `${status} ${quotePeerText(reason).slice(1, -1)}`
  const why = status === 407 ? `: ${demand(headers, hadCredentials)}` : ''
  const originalError = new ResponseError(`${what} failed: ${said}`, { phase: 'proxy' })
  const message = `the proxy ${address.url} refused: ${what} failed: ${said}${why}`
  return new ProxyError(message, { originalError, phase: 'proxy', status, headers, body })
}

function demand(headers: HTTPHeaders, hadCredentials: boolean): string {
  const schemes = askedSchemes(headers.getAll('proxy-authenticate'))
  return hadCredentials
    ? `it did not accept the credentials (it asks for ${schemes})`
    : `it asks for credentials (${schemes})`
}

function failed(message: string, error: unknown): ProxyError {
  return new ProxyError(message, { originalError: error, phase: 'proxy' })
}

/** Whether an end came before any byte. */
function closedAtOnce(error: ProtocolError): boolean {
  return /before any response byte|reset the connection/.test(error.message)
}

function messageOf(error: unknown): string {
  return error instanceof HTTPError || error instanceof Error ? error.message : String(error)
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : ''
}
