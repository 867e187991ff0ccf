// Who may resume. A resumed handshake shows no certificate: it proves who has the ticket keys, which servers may share.
import type { LookupFunction } from 'node:net'
import { CertificateError, PinError } from '@rockpool/core'
import { type Certificate, certificates, ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { httpsPool, lastRequest, rejection } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTlsServer, type TlsTestServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost'] })
const rotated = ca.leaf({ hosts: ['localhost'], label: 'rotated' })
const elsewhere = ca.leaf({ hosts: ['elsewhere.test'] })
const trusting: TlsOptions = { caCertData: ca.cert }
const ticketKeys = Buffer.alloc(48, 7)

/** Makes a request whose connection is not used again, and tells whether TLS was resumed. */
async function visit(pool: ReturnType<typeof httpsPool>): Promise<boolean> {
  return (await pool.request('GET', '/', lastRequest)).connection?.tls?.resumed === true
}

/** Resolves every name to `place.address`, which may change. */
function movable(address: string): { place: { address: string }; lookup: LookupFunction } {
  const place = { address }
  return {
    place,
    lookup: (_host, options, callback) =>
      options.all === true
        ? callback(null, [{ address: place.address, family: 4 }])
        : callback(null, place.address, 4),
  }
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const versions = { minVersion: version, maxVersion: version }
  const serve = (certificate: Certificate = leaf, options = {}): Promise<TlsTestServer> =>
    startTlsServer(certificate, { ...versions, ticketKeys, ...options })
  const becomes = (server: TlsTestServer, { cert, key }: Certificate): void =>
    server.server.setSecureContext({ ...versions, cert, key, ticketKeys })

  it('a server at another address, with the same ticket keys and a certificate for another name, is refused', async () => {
    await using server = await serve()
    await using farm = await serve(elsewhere, { host: '127.0.0.2', port: server.port })
    const { place, lookup } = movable('127.0.0.1')
    await using pool = httpsPool(server.port, trusting, 'localhost', { lookup })
    expect([await visit(pool), await visit(pool)]).toEqual([false, true])
    place.address = '127.0.0.2'
    expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(CertificateError)
    expect(farm.received).toBe('')
    place.address = '127.0.0.1'
    expect(await visit(pool)).toBe(true)
  })

  it('each address of one name has sessions of its own', async () => {
    await using server = await serve()
    await using twin = await serve(leaf, { host: '127.0.0.2', port: server.port })
    const { place, lookup } = movable('127.0.0.1')
    await using pool = httpsPool(server.port, trusting, 'localhost', { lookup })
    const resumed: boolean[] = []
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.1', '127.0.0.2']) {
      place.address = address
      resumed.push(await visit(pool))
    }
    expect(resumed).toEqual([false, false, true, true])
    expect(twin.connections.map(({ resumed }) => resumed)).toEqual([false, true])
  })

  const pinned: [what: string, options: TlsOptions][] = [
    ['a pin', { pins: pinOf(leaf) }],
    ['a pin of its own', { pins: { localhost: pinOf(leaf), 'other.test': pinOf(rotated) } }],
    ['a fingerprint', { assertFingerprint: fingerprintOf(leaf, 'sha256') }],
    ['a pin alone', { pins: pinOf(leaf), certReqs: 'none', caCertData: undefined }],
  ]
  it.each(pinned)(
    'a peer with %s proves its key anew on every connection, and is refused once it has another, old tickets or not',
    async (_what, options) => {
      await using server = await serve()
      await using pool = httpsPool(server.port, { ...trusting, ...options })
      expect([await visit(pool), await visit(pool)]).toEqual([false, false])
      const sent = server.received
      becomes(server, rotated)
      expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(PinError)
      expect(server.received).toBe(sent)
      becomes(server, leaf)
      expect(await visit(pool)).toBe(false)
    },
  )

  it('a peer whose pin is only reported, or that has none, is resumed', async () => {
    const lax: TlsOptions[] = [
      { pins: { '*': pinOf(leaf), reportOnly: true } },
      { pins: { 'other.test': pinOf(rotated) } },
      { sessionCache: { pinned: true }, pins: pinOf(leaf) },
    ]
    for (const options of lax) {
      await using server = await serve()
      await using pool = httpsPool(server.port, { ...trusting, ...options })
      expect([await visit(pool), await visit(pool)]).toEqual([false, true])
    }
  })

  it('a key that a server replaced while it honours old tickets is noticed at the next full handshake', async () => {
    const hour = 3_600_000
    const resumable: [TlsOptions, Certificate, new (...args: never[]) => Error][] = [
      [{}, elsewhere, CertificateError],
      [{ pins: pinOf(leaf), sessionCache: { pinned: true } }, rotated, PinError],
      [{ sessionCache: { maxAge: hour } }, elsewhere, CertificateError],
    ]
    for (const [options, successor, kind] of resumable) {
      const clock = new ManualClock({ wallNow: Date.now() })
      await using server = await serve()
      await using pool = httpsPool(server.port, { ...trusting, ...options }, 'localhost', { clock })
      expect(await visit(pool)).toBe(false)
      becomes(server, successor)
      clock.advance(hour - 1)
      expect(await visit(pool)).toBe(true)
      clock.advance(1)
      expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(kind)
    }
  })

  it('without a session cache it is noticed at once', async () => {
    await using server = await serve()
    await using pool = httpsPool(server.port, { ...trusting, sessionCache: false })
    expect(await visit(pool)).toBe(false)
    becomes(server, elsewhere)
    expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(CertificateError)
  })
})
