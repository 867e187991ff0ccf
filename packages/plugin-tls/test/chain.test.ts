import { CertificateError, SSLError } from '@rockpool/core'
import { type Certificate, certificates, type LeafOptions } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { failureOf, get, httpsPool, rejection } from './https-call.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const otherCa = certificates.ca({ label: 'other' })
const good = ca.leaf({ hosts: ['localhost'] })
const intermediate = ca.intermediate({ commonName: 'Intermediate' })
const trusting: TlsOptions = { caCertData: ca.cert }

async function refusalOf(
  certificate: Certificate,
  options: TlsOptions = trusting,
): Promise<CertificateError> {
  await using server = await startTlsServer(certificate)
  const error = await failureOf(server.port, options)
  expect(server.received).toBe('')
  expect(error).toBeInstanceOf(CertificateError)
  expect(error.phase).toBe('tls')
  expect(error.sent).toBe('nothing')
  return error as CertificateError
}

describe('a server with a good certificate is accepted', () => {
  it('and the response tells what TLS was like', async () => {
    await using server = await startTlsServer(good)
    const response = await get(server.port, trusting)
    expect(response.status).toBe(200)
    expect(response.connection?.tls).toMatchObject({
      protocol: 'TLSv1.3',
      verified: true,
      verifiedBy: 'chain',
      resumed: false,
      subjectAltNames: ['DNS:localhost'],
    })
  })

  it.each<[string, LeafOptions]>([
    ['RSA', { key: 'rsa' }],
    ['ECDSA', { key: 'ecdsa' }],
  ])('with an %s key, over TLS 1.2 and 1.3', async (_key, wish) => {
    const certificate = ca.leaf({ ...wish, hosts: ['localhost'] })
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await using server = await startTlsServer(certificate)
      const { connection } = await get(server.port, { ...trusting, sslVersion: version })
      expect(connection?.tls?.protocol).toBe(version)
    }
  })

  it('with an intermediate that it sends', async () => {
    const leaf = intermediate.leaf({ hosts: ['localhost'] })
    await using server = await startTlsServer({ cert: leaf.cert + intermediate.cert, key: leaf.key })
    expect((await get(server.port, trusting)).status).toBe(200)
  })

  it('that is self-signed but trusted by name', async () => {
    const own = certificates.leaf({ hosts: ['localhost'], selfSigned: true })
    await using server = await startTlsServer(own)
    expect((await get(server.port, { caCerts: own.certFile })).status).toBe(200)
  })
})

describe('a certificate is refused before a request byte is sent', () => {
  const cases: [what: string, make: () => Certificate, words: string][] = [
    ['that has expired', () => ca.leaf({ hosts: ['localhost'], expired: true }), 'CERT_HAS_EXPIRED'],
    [
      'that is not valid yet',
      () => ca.leaf({ hosts: ['localhost'], notYetValid: true }),
      'CERT_NOT_YET_VALID',
    ],
    [
      'that is self-signed',
      () => certificates.leaf({ hosts: ['localhost'], selfSigned: true }),
      'self-signed',
    ],
    ['of an unknown CA', () => otherCa.leaf({ hosts: ['localhost'] }), 'no trusted CA has issued it'],
    [
      'of an unknown CA that the server sends along',
      () => {
        const leaf = otherCa.leaf({ hosts: ['localhost'] })
        return { ...leaf, cert: leaf.cert + otherCa.cert }
      },
      'ends in a root that is not trusted',
    ],
    ['whose intermediate is missing', () => intermediate.leaf({ hosts: ['localhost'] }), 'incomplete chain'],
    ['for clients only', () => ca.leaf({ hosts: ['localhost'], usage: 'client' }), 'not for servers'],
    [
      'with a weak RSA key',
      () => ca.leaf({ hosts: ['localhost'], key: 'rsa', rsaBits: 1024 }),
      'its rsa key has 1024 bits',
    ],
    [
      'that a leaf has signed',
      () => {
        const signer = certificates.ca({ issuer: ca, isCa: false })
        const leaf = signer.leaf({ hosts: ['localhost'] })
        return { ...leaf, cert: leaf.chain }
      },
      'not accepted',
    ],
    ['for another host', () => ca.leaf({ hosts: ['other.test'] }), 'not for localhost but for "other.test"'],
  ]
  it.each(cases)('%s', async (_what, make, words) => {
    const error = await refusalOf(make())
    expect(error.message).toContain(words)
    expect(error.host).toBe('localhost')
    expect(error.expected).not.toBe('')
    expect(error.actual).not.toBe('')
  })

  it('signed with SHA-1', async () => {
    const leaf = ca.leaf({ hosts: ['localhost'], digest: 'sha1', key: 'rsa', rsaBits: 2048 })
    await using server = await startTlsServer(leaf)
    const error = await failureOf(server.port, trusting)
    expect(error).toBeInstanceOf(CertificateError)
    expect(error.message).toContain('too weak')
  })

  it('through a weak intermediate', async () => {
    const weak = ca.intermediate({ commonName: 'Weak', key: 'rsa', rsaBits: 1024 })
    const leaf = weak.leaf({ hosts: ['localhost'] })
    await using server = await startTlsServer({ cert: leaf.cert + weak.cert, key: leaf.key })
    const error = await failureOf(server.port, trusting)
    expect(error).toBeInstanceOf(CertificateError)
    expect(error.message).toContain('weak')
  })

  it('when trust is the default and the CA private, or trust is explicit and the CA another', async () => {
    expect((await refusalOf(good, {})).message).toContain('no trusted CA')
    expect((await refusalOf(good, { caCertData: otherCa.cert })).message).toContain('no trusted CA')
  })

  it('whatever certReqs is, but for the one word that turns the check off', async () => {
    await refusalOf(good, { certReqs: undefined })
    await refusalOf(good, { certReqs: 'required' })
    await refusalOf(good, { certReqs: 'optional' })
  })

  it('on the second connection as on the first', async () => {
    await using server = await startTlsServer(good)
    await using pool = httpsPool(server.port, {})
    for (let round = 0; round < 3; round++) {
      expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(CertificateError)
    }
    expect(server.received).toBe('')
  })

  it('and costs nothing that stays, a thousand times over', { timeout: 60_000 }, async () => {
    const bad = otherCa.leaf({ hosts: ['localhost'] })
    await using server = await startTlsServer(bad)
    await using pool = httpsPool(server.port, trusting, 'localhost', { maxSize: 10 })
    for (let round = 0; round < 100; round++) {
      const calls = Array.from({ length: 10 }, () => rejection(pool.request('GET', '/')))
      for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(CertificateError)
    }
    server.dropAll()
    await expect
      .poll(() =>
        process.getActiveResourcesInfo().filter((kind) => kind === 'TLSSocket' || kind === 'TLSWrap'),
      )
      .toEqual([])
  })
})

describe('certReqs: none', () => {
  it.each<[string, LeafOptions]>([
    ['an unknown CA', {}],
    ['another name', { hosts: ['other.test'] }],
    ['an expired certificate', { expired: true }],
    ['a weak key', { key: 'rsa', rsaBits: 1024 }],
  ])('takes %s', async (_what, wish) => {
    await using server = await startTlsServer(otherCa.leaf({ hosts: ['localhost'], ...wish }))
    const { status, connection } = await get(server.port, { certReqs: 'none' })
    expect(status).toBe(200)
    expect(connection?.tls).toMatchObject({ verified: false, verifiedBy: undefined })
  })
})

describe('versions and ciphers', () => {
  it('a minimum above what the server has is refused, and final', async () => {
    await using server = await startTlsServer(good, { maxVersion: 'TLSv1.2' })
    const error = await failureOf(server.port, { ...trusting, sslMinimumVersion: 'TLSv1.3' })
    expect(error).toBeInstanceOf(SSLError)
    expect(error.message).toContain('TLS versions')
  })

  it.each(['TLSv1', 'TLSv1.1'] as const)('a server that has %s only is refused', async (version) => {
    await using server = await startTlsServer(good, { minVersion: version, maxVersion: version })
    expect(await failureOf(server.port, trusting)).toBeInstanceOf(SSLError)
  })

  it('a range of one version is the version that is spoken', async () => {
    await using server = await startTlsServer(good)
    const { connection } = await get(server.port, {
      ...trusting,
      sslMinimumVersion: 'TLSv1.2',
      sslMaximumVersion: 'TLSv1.2',
    })
    expect(connection?.tls?.protocol).toBe('TLSv1.2')
  })

  it('the ciphers given are the ciphers offered', async () => {
    await using server = await startTlsServer(good)
    const { connection } = await get(server.port, {
      ...trusting,
      sslVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305',
    })
    expect(connection?.tls?.cipher).toBe('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256')
  })
})

describe('application protocols', () => {
  it('http/1.1 is offered and nothing else', async () => {
    await using server = await startTlsServer(good, { ALPNProtocols: ['h2', 'http/1.1'] })
    const { connection } = await get(server.port, trusting)
    expect(connection?.tls?.alpn).toBe('http/1.1')
    expect(server.connections[0]?.alpn).toBe('http/1.1')
  })

  it('a server that speaks h2 only is refused', async () => {
    await using server = await startTlsServer(good, { ALPNProtocols: ['h2'] })
    const error = await failureOf(server.port, trusting)
    expect(error).toBeInstanceOf(SSLError)
    expect(error.message).toContain('HTTP/1.1')
  })

  it('a server without ALPN is taken to speak HTTP/1.1', async () => {
    await using server = await startTlsServer(good)
    expect((await get(server.port, trusting)).connection?.tls?.alpn).toBeUndefined()
  })
})
