// Which failures of TLS are final, and which another attempt may mend: what `onError` is asked about.
import { type HTTPError, HTTPSConnectionPool } from '@rockpool/core'
import { definePlugin, Resend } from '@rockpool/core/plugin'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsOptions, tls } from '../src/index.js'
import { rejection, toLoopback } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTcpServer, startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost'] })
const other = ca.leaf({ hosts: ['localhost'], label: 'other' })
const trusting: TlsOptions = { caCertData: ca.cert }

/** Makes one call with a plugin that tries everything it is offered once more; counts the offers. */
async function attempt(port: number, options: TlsOptions): Promise<{ error: HTTPError; offers: number }> {
  let offers = 0
  const stubborn = definePlugin({
    name: 'stubborn',
    apply: (host) =>
      host.hooks.onError.tap('stubborn', () => {
        offers += 1
        return offers < 3 ? new Resend({ reason: 'stubborn' }) : undefined
      }),
  })
  await using pool = new HTTPSConnectionPool('localhost', port, {
    lookup: toLoopback,
    plugins: [tls(options), stubborn()],
  })
  const error = await rejection(pool.request('GET', '/'))
  return { error, offers }
}

describe('final at the first handshake', () => {
  it.each<[string, TlsOptions, string]>([
    ['a chain that is not trusted', {}, 'CertificateError'],
    ['a name', { ...trusting, assertHostname: 'other.test' }, 'CertificateError'],
    ['a pin', { ...trusting, pins: pinOf(other) }, 'PinError'],
    ['a fingerprint', { ...trusting, assertFingerprint: fingerprintOf(other, 'sha256') }, 'PinError'],
    ['a version', { ...trusting, sslVersion: 'TLSv1.1' }, 'SSLError'],
  ])('is %s', async (_what, options, name) => {
    await using server = await startTlsServer(leaf)
    const { error, offers } = await attempt(server.port, options)
    expect(error.name).toBe(name)
    expect(offers).toBe(0)
    expect(server.received).toBe('')
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is a demand for a client certificate over %s, though over 1.3 it comes when the request is on its way',
    async (maxVersion) => {
      const demanding = { requestCert: true, rejectUnauthorized: true, ca: ca.cert, maxVersion }
      await using server = await startTlsServer(leaf, demanding)
      const { error, offers } = await attempt(server.port, trusting)
      expect(error.name).toBe('SSLError')
      expect(error.message).toContain('client certificate')
      expect(offers).toBe(0)
      expect(server.received).toBe('')
    },
  )

  it('is plain HTTP where TLS was expected', async () => {
    await using server = await startTcpServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { error, offers } = await attempt(server.port, trusting)
    expect(error.name).toBe('SSLError')
    expect(offers).toBe(0)
    expect(server.connections).toBe(1)
  })
})

it('a peer that goes away during the handshake may be tried again', async () => {
  await using server = await startTcpServer((socket) => socket.once('data', () => socket.destroy()))
  const { error, offers } = await attempt(server.port, trusting)
  expect(error.name).toBe('NewConnectionError')
  expect(offers).toBe(3)
  expect(server.connections).toBe(3)
})
