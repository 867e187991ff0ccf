import { describe, expect, it } from 'vitest'
import { ProtocolError, SSLError } from '../ground/errors.js'
import { socketFailure } from './socket-failure.js'

const failure = (code: string): Error => Object.assign(new Error(`text of ${code}`), { code })

describe('an alert on a connection whose handshake seemed done', () => {
  it.each([
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'alert certificate_required: it demands a client certificate',
    ],
    [
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'alert bad_certificate: it does not accept our client certificate',
    ],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'alert bad_certificate'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'alert certificate_expired'],
    ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED', 'alert certificate_revoked'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'alert unknown_ca: it does not trust the CA'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'alert access_denied'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'alert handshake_failure: it accepts nothing we offer'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'alert handshake_failure'],
    ['ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', 'alert decrypt_error'],
  ])('%s, before any answer, is a refusal of the handshake: final, named and explained', (code, words) => {
    for (const phase of ['send', 'wait', 'proxy'] as const) {
      const error = socketFailure(failure(code), phase)
      expect(error).toBeInstanceOf(SSLError)
      expect(error.phase).toBe('tls')
      expect(error.message).toContain(words)
      expect(error.message).toContain(code)
      expect(error.cause).toBeInstanceOf(Error)
    }
  })

  it('in the middle of an answer is a broken connection, which need not be final', () => {
    for (const phase of ['head', 'body'] as const) {
      const error = socketFailure(failure('ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'), phase)
      expect(error).toBeInstanceOf(SSLError)
      expect(error.phase).toBe(phase)
    }
  })

  it.each([
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
    'ERR_SSL_SSLV3_ALERT_UNEXPECTED_MESSAGE',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    'ERR_SSL_X_ALERT_CONSTRUCTOR',
  ])('%s refuses nothing', (code) => {
    const error = socketFailure(failure(code), 'wait')
    expect(error).toBeInstanceOf(SSLError)
    expect(error.phase).toBe('wait')
  })
})

it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT'])('%s is a protocol error of the phase it interrupts', (code) => {
  const error = socketFailure(failure(code), 'send')
  expect(error).toBeInstanceOf(ProtocolError)
  expect(error.phase).toBe('send')
  expect(error.message).toContain(code)
})
