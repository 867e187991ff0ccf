import { NewConnectionError, SSLError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { explainHandshake } from './handshake-errors.js'

const failure = (code: string): Error => Object.assign(new Error(`text of ${code}`), { code })

describe('a failed handshake is explained by its code', () => {
  it.each([
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'plain HTTP'],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'plain HTTP'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'none of the TLS versions'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'none of the TLS versions'],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'HTTP/1.1'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'demands a client certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'our client certificate'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'has expired'],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'does not accept our client certificate'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'serves no such name'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'nothing we offer'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'nothing we offer'],
    ['ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', 'the purpose of our client certificate'],
    ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_REVOKED', 'has been revoked'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'denies it access'],
    ['ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', 'a signature of ours'],
    ['ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', 'stronger ciphers'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'wrong with the peer'],
    ['ERR_SSL_SOMETHING_NEW', 'ERR_SSL_SOMETHING_NEW'],
  ])('%s: %s', (code, words) => {
    const error = explainHandshake(failure(code), 'tls', 'a.test:443', false)
    expect(error).toBeInstanceOf(SSLError)
    expect(error?.message).toContain(words)
    expect(error?.message).toContain('a.test:443')
    expect(error?.message).toContain(code)
    expect(error?.phase).toBe('tls')
    expect(error?.cause).toBeInstanceOf(Error)
  })

  it.each(['ECONNRESET', 'EPIPE', 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING'])(
    '%s is a failed connect, which may be tried again',
    (code) => {
      const error = explainHandshake(failure(code), 'tls', 'a.test:443', false)
      expect(error).toBeInstanceOf(NewConnectionError)
      expect(error?.phase).toBe('tls')
      expect(error?.message).not.toContain('certificate')
    },
  )

  it('a peer that just goes may not have liked our client certificate, which is said when there is one', () => {
    const error = explainHandshake(failure('ECONNRESET'), 'tls', 'a.test:443', true)
    expect(error).toBeInstanceOf(NewConnectionError)
    expect(error?.message).toContain(
      'gave no reason, and a server that does not accept our client certificate',
    )
  })

  it.each([undefined, null, 'text', new Error('no code')])('%s is explained as well', (cause) => {
    expect(explainHandshake(cause, 'tls', 'a.test:443', false)).toBeInstanceOf(SSLError)
  })

  it.each(['dns', 'connect'] as const)('a failure in the phase %s is left to the dialler', (phase) => {
    expect(explainHandshake(failure('ECONNREFUSED'), phase, 'a.test:443', false)).toBeUndefined()
  })
})
