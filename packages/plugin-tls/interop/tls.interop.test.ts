// TLS against servers that others wrote. What each server saw is asked of the server: nginx prints its variables, s_server
// a page about the session.
import { truncateSync } from 'node:fs'
import { CertificateError, type HTTPError, NewConnectionError, PinError, SSLError } from '@rockpool/core'
import { type Certificate, certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { failureOf, get, httpsPool, lastRequest } from '../test/https-call.js'
import { encryptedKey, fileOf, pinOf } from '../test/openssl.js'
import { isInstalled, type RealServer, startNginx, startOpenssl } from './servers.js'

const ca = certificates.ca()
const otherCa = certificates.ca({ label: 'other' })
const clientCa = certificates.ca({ label: 'client' })
const clientIntermediate = clientCa.intermediate({ commonName: 'Client Intermediate' })
const good = ca.leaf({ altNames: ['DNS:localhost', 'IP:127.0.0.1'] })
const goodRsa = ca.leaf({ hosts: ['localhost'], key: 'rsa', rsaBits: 2048 })
const alice = clientCa.leaf({ commonName: 'alice', usage: 'client', altNames: [] })
const bob = clientIntermediate.leaf({ commonName: 'bob', usage: 'client', altNames: [] })
const serversOnly = clientCa.leaf({ commonName: 'eve', usage: 'server', altNames: [] })
const trusting: TlsOptions = { caCertData: ca.cert }
const bobsChain: TlsOptions = { certData: bob.cert + clientIntermediate.cert, keyData: bob.key }
const alices: TlsOptions = {
  certFile: alice.certFile,
  keyFile: encryptedKey(alice, 'secret'),
  keyPassword: 'secret',
}

interface Kind {
  readonly name: 'nginx' | 'openssl'
  start(certificate: Certificate, version?: string): Promise<RealServer>
  startDemanding(certificate: Certificate, version?: string): Promise<RealServer>
}

const nginx: Kind = {
  name: 'nginx',
  start: (certificate, version) => startNginx(certificate, version && `ssl_protocols ${version};`),
  startDemanding: (certificate, version) =>
    startNginx(
      certificate,
      `${version ? `ssl_protocols ${version};` : ''} ssl_client_certificate ${clientCa.certFile};
       ssl_verify_client on; ssl_verify_depth 3;`,
    ),
}

const flag = (version?: string): string[] =>
  version === undefined ? [] : [`-${version.toLowerCase().replace('v', '').replace('.', '_')}`]

const openssl: Kind = {
  name: 'openssl',
  start: (certificate, version) => startOpenssl(certificate, flag(version)),
  startDemanding: (certificate, version) =>
    startOpenssl(certificate, [
      ...flag(version),
      '-Verify',
      '3',
      '-verify_return_error',
      '-CAfile',
      clientCa.certFile,
    ]),
}

const kinds = [nginx, openssl].filter(({ name }) => isInstalled(name))

describe.each(kinds)('$name', ({ name, start, startDemanding }) => {
  const matrix = (['TLSv1.2', 'TLSv1.3'] as const).flatMap((version) => [
    { version, key: 'ECDSA', certificate: good },
    { version, key: 'RSA', certificate: goodRsa },
  ])

  it.each(matrix)('is spoken to over $version with an $key key', async ({ version, certificate }) => {
    await using server = await start(certificate, version)
    const response = await get(server.port, { ...trusting, pins: pinOf(certificate) })
    expect(response.status).toBe(200)
    expect(response.connection?.tls).toMatchObject({
      protocol: version,
      verified: true,
      spkiPin: pinOf(certificate),
    })
    expect(await response.text()).toContain(version)
  })

  it.each(['TLSv1.2', 'TLSv1.3'])(
    'resumes sessions over %s, the pin being checked each time',
    async (version) => {
      await using server = await start(good, version)
      await using pool = httpsPool(server.port, {
        ...trusting,
        pins: pinOf(good),
        sessionCache: { pinned: true },
      })
      const seen: (boolean | undefined)[] = []
      for (let round = 0; round < 3; round++) {
        const response = await pool.request('GET', '/', lastRequest)
        seen.push(response.connection?.tls?.resumed)
        const reused = name === 'nginx' ? / r / : /^Reused/m
        expect(reused.test(await response.text())).toBe(round > 0)
      }
      expect(seen).toEqual([false, true, true])
    },
  )

  const bad: [what: string, make: () => Certificate, words: string][] = [
    ['expired', () => ca.leaf({ hosts: ['localhost'], expired: true }), 'expired'],
    ['not yet valid', () => ca.leaf({ hosts: ['localhost'], notYetValid: true }), 'not valid yet'],
    ['for another host', () => ca.leaf({ hosts: ['other.test'] }), 'not for localhost'],
    ['without names', () => ca.leaf({ commonName: 'localhost', altNames: [] }), 'common name does not count'],
    ['self-signed', () => certificates.leaf({ hosts: ['localhost'], selfSigned: true }), 'self-signed'],
    ['of an unknown CA', () => otherCa.leaf({ hosts: ['localhost'] }), 'no trusted CA'],
  ]
  it.each(bad)('with a certificate that is %s is refused', async (_what, make, words) => {
    await using server = await start(make())
    const error = await failureOf(server.port, trusting)
    expect(error).toBeInstanceOf(CertificateError)
    expect(error.message).toContain(words)
  })

  it('with another key than the pinned one is refused', async () => {
    await using server = await start(good)
    expect(await failureOf(server.port, { ...trusting, pins: pinOf(goodRsa) })).toBeInstanceOf(PinError)
  })

  it('that has TLS 1.2 only is refused when 1.3 is the minimum', async () => {
    await using server = await start(good, 'TLSv1.2')
    const error = await failureOf(server.port, { ...trusting, sslMinimumVersion: 'TLSv1.3' })
    expect(error).toBeInstanceOf(SSLError)
  })

  describe.each(['TLSv1.2', 'TLSv1.3'])('that demands a client certificate over %s', (version) => {
    it.each([
      ['with an encrypted key', alices],
      ['with an intermediate', bobsChain],
      ['from one file', { certFile: fileOf('one.pem', alice.key + alice.cert) }],
    ])('gets one %s', async (_what, options) => {
      await using server = await startDemanding(good, version)
      const response = await get(server.port, { ...trusting, ...options })
      expect(response.status).toBe(200)
    })

    const demands =
      version === 'TLSv1.3' ? 'certificate_required: it demands a client' : 'no client certificate'
    it.each<[string, TlsOptions, said: string]>([
      ['none', {}, demands],
      ['one of an unknown CA', { certData: good.cert, keyData: good.key }, 'not trust the CA of our client'],
      ['one whose intermediate is missing', { certData: bob.cert, keyData: bob.key }, 'not trust the CA'],
      [
        'one that may not be used for it',
        { certData: serversOnly.cert, keyData: serversOnly.key },
        'purpose',
      ],
    ])('refuses %s', async (_what, options, said) => {
      await using server = await startDemanding(good, version)
      const outcome = await get(server.port, { ...trusting, ...options }).catch((error: HTTPError) => error)
      // nginx finishes the handshake and answers 400; s_server sends an alert.
      if (name === 'nginx') expect(outcome).toMatchObject({ status: 400 })
      else {
        expect(outcome).toBeInstanceOf(SSLError)
        expect((outcome as SSLError).phase).toBe('tls')
        expect((outcome as SSLError).message).toContain(said)
      }
    })
  })
})

describe.runIf(isInstalled('nginx'))('nginx', () => {
  it('is asked for the name, and for none when the host is an address', async () => {
    await using server = await startNginx(good)
    expect(await (await get(server.port, trusting)).text()).toContain(' localhost ')
    expect(await (await get(server.port, trusting, '127.0.0.1')).text()).not.toContain('127.0.0.1')
  })

  it('shows the client certificate that it verified', async () => {
    await using server = await nginx.startDemanding(good)
    expect(await (await get(server.port, { ...trusting, ...bobsChain })).text()).toContain('SUCCESS CN=bob')
  })

  it('keeps one connection for many calls', async () => {
    await using server = await startNginx(good)
    await using pool = httpsPool(server.port, trusting)
    for (let call = 0; call < 100; call++) expect((await pool.request('GET', '/')).status).toBe(200)
    expect(pool.numConnections).toBe(1)
  })
})

describe.runIf(isInstalled('openssl'))('openssl', () => {
  it('that sends a flood of tickets fills two places', async () => {
    await using server = await startOpenssl(good, ['-num_tickets', '200'])
    await using pool = httpsPool(server.port, trusting)
    expect((await pool.request('GET', '/')).status).toBe(200)
    expect(pool.inspect()).toMatchObject({ plugins: { tls: { sessions: 2 } } })
  })

  it('that goes away in the middle of the handshake is a failed connect', async () => {
    const server = await startOpenssl(good, ['-msg'])
    await server[Symbol.asyncDispose]()
    expect(await failureOf(server.port, trusting, '127.0.0.1')).toBeInstanceOf(NewConnectionError)
  })
})

it.runIf(isInstalled('nginx'))(
  'more than two gigabytes arrive over TLS in every way of streaming',
  { timeout: 240_000 },
  async () => {
    const bytes = 2 ** 31 + 12_345
    const file = fileOf('big', '')
    truncateSync(file, bytes)
    await using server = await startNginx(good, `location /big { alias ${file}; }`)
    await using pool = httpsPool(server.port, trusting, 'localhost', { timeout: { read: 60_000 } })
    const open = () => pool.request('GET', '/big', { preloadContent: false })
    const count = async (chunks: AsyncIterable<Uint8Array>): Promise<number> => {
      let read = 0
      for await (const chunk of chunks) read += chunk.length
      return read
    }
    const inPieces = await open()
    let read = 0
    for (let piece = await inPieces.read(1_000_003); piece.length > 0; piece = await inPieces.read(1_000_003))
      read += piece.length
    expect(read).toBe(bytes)
    expect(await count(await open())).toBe(bytes)
    expect(await count((await open()).toNode())).toBe(bytes)
    expect(await count((await open()).toWeb() as unknown as AsyncIterable<Uint8Array>)).toBe(bytes)
  },
)
