// What is thought of an origin does not depend on the way to it: direct, through a proxy, through a proxy reached over TLS.
import type { Socket } from 'node:net'
import type { TlsOptions as ServerOptions } from 'node:tls'
import { type HTTPError, HTTPSConnectionPool } from '@rockpool/core'
import { type Certificate, certificates, type LeafOptions } from '@rockpool/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TlsOptions, tls, tlsConnector } from '../src/index.js'
import { toLoopback } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTcpServer, startTlsServer } from './tls-server.js'
import { startProxy, type TunnelProxy, tunnel } from './tunnel-proxy.js'

const ca = certificates.ca()
const otherCa = certificates.ca({ label: 'other' })
const proxyCa = certificates.ca({ label: 'proxy' })
const clientCa = certificates.ca({ label: 'client' })
const good = ca.leaf({ hosts: ['localhost'] })
const next = ca.leaf({ hosts: ['localhost'], label: 'next' })
const client = clientCa.leaf({ usage: 'client', altNames: [] })

interface Case {
  readonly what: string
  /** Default: `good`. */
  readonly certificate?: () => Pick<Certificate, 'cert' | 'key'>
  readonly server?: ServerOptions
  /** A server that does not speak TLS. */
  readonly talk?: (socket: Socket) => void
  readonly host?: string
  /** Beside the trust in `ca`. */
  readonly options?: TlsOptions
  /** `ok`, or the beginning of the error. */
  readonly verdict: string
}

const issued = (options: LeafOptions) => (): Certificate => ca.leaf({ hosts: ['localhost'], ...options })
const named = (host: string, altNames: string[], verdict: string, commonName = 'x'): Case => ({
  what: `${host}, the names being ${altNames.join(', ') || 'none'}`,
  certificate: () => ca.leaf({ commonName, altNames }),
  host,
  verdict,
})
const demanding = { requestCert: true, rejectUnauthorized: true, ca: clientCa.cert }

const chains: Case[] = [
  { what: 'a good certificate', verdict: 'ok' },
  { what: 'an RSA key', certificate: issued({ key: 'rsa' }), verdict: 'ok' },
  { what: 'an expired one', certificate: issued({ expired: true }), verdict: 'CertificateError' },
  { what: 'one not yet valid', certificate: issued({ notYetValid: true }), verdict: 'CertificateError' },
  {
    what: 'a self-signed one',
    certificate: () => certificates.leaf({ selfSigned: true }),
    verdict: 'CertificateError',
  },
  { what: 'one of an unknown CA', certificate: () => otherCa.leaf(), verdict: 'CertificateError' },
  {
    what: 'one of an unknown CA that is sent along',
    certificate: () => ({ ...otherCa.leaf(), cert: otherCa.leaf().cert + otherCa.cert }),
    verdict: 'CertificateError',
  },
  { what: 'no trust in its CA', options: { caCertData: undefined }, verdict: 'CertificateError' },
  { what: "one of the proxy's CA", certificate: () => proxyCa.leaf(), verdict: 'CertificateError' },
  {
    what: 'one without its intermediate',
    certificate: () => ca.intermediate().leaf(),
    verdict: 'CertificateError',
  },
  { what: 'one for clients', certificate: issued({ usage: 'client' }), verdict: 'CertificateError' },
  { what: 'SHA-1', certificate: issued({ digest: 'sha1', key: 'rsa' }), verdict: 'CertificateError' },
  {
    what: 'an RSA key of 1024 bits',
    certificate: issued({ key: 'rsa', rsaBits: 1024 }),
    verdict: 'CertificateError',
  },
]

const handshakes: Case[] = [
  { what: 'TLS 1.1 only', server: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }, verdict: 'SSLError' },
  {
    what: 'TLS 1.2 where 1.3 is the minimum',
    server: { maxVersion: 'TLSv1.2' },
    options: { sslMinimumVersion: 'TLSv1.3' },
    verdict: 'SSLError',
  },
  { what: 'h2 only', server: { ALPNProtocols: ['h2'] }, verdict: 'SSLError' },
  { what: 'h2 first', server: { ALPNProtocols: ['h2', 'http/1.1'] }, verdict: 'ok' },
  {
    what: 'plain HTTP',
    talk: (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    verdict: 'SSLError',
  },
  {
    what: 'nothing, closing',
    talk: (socket) => void socket.once('data', () => socket.end()),
    verdict: 'NewConnectionError',
  },
  {
    what: 'a demand for a client certificate',
    server: { ...demanding, maxVersion: 'TLSv1.2' },
    verdict: 'SSLError',
  },
  { what: 'the same over TLS 1.3', server: demanding, verdict: 'SSLError' },
  {
    what: 'the same, with one',
    server: demanding,
    options: { certData: client.cert, keyData: client.key },
    verdict: 'ok',
  },
]

const names: Case[] = [
  named('127.0.0.1', ['IP:127.0.0.1'], 'ok'),
  named('127.0.0.1', ['DNS:127.0.0.1'], 'CertificateError'),
  named('localhost', ['IP:127.0.0.1'], 'CertificateError', 'localhost'),
  named('localhost', [], 'CertificateError', 'localhost'),
  named('localhost', ['DNS:proxy.test'], 'CertificateError'),
  named('A.EXAMPLE.test.', ['DNS:*.example.test'], 'ok'),
  named('a.b.example.test', ['DNS:*.example.test'], 'CertificateError'),
  named('abc.example.test', ['DNS:a*.example.test'], 'CertificateError'),
  {
    what: 'another name that is asserted',
    options: { assertHostname: 'other.test' },
    verdict: 'CertificateError',
  },
  { what: 'any name', host: 'other.test', options: { assertHostname: false }, verdict: 'ok' },
  {
    what: 'the name given for it',
    host: 'other.test',
    options: { serverHostname: 'localhost' },
    verdict: 'ok',
  },
]

const pins: Case[] = [
  { what: 'its pin', options: { pins: pinOf(good) }, verdict: 'ok' },
  { what: 'one of its pins', options: { pins: [pinOf(next), pinOf(good)] }, verdict: 'ok' },
  { what: 'the pin of another host', options: { pins: { 'other.test': pinOf(next) } }, verdict: 'ok' },
  { what: 'another pin', options: { pins: pinOf(next) }, verdict: 'PinError' },
  {
    what: 'another pin alone',
    options: { pins: pinOf(next), certReqs: 'none', caCertData: undefined },
    verdict: 'PinError',
  },
  { what: 'its fingerprint', options: { assertFingerprint: fingerprintOf(good, 'sha1') }, verdict: 'ok' },
  {
    what: 'another fingerprint',
    options: { assertFingerprint: fingerprintOf(next, 'sha256') },
    verdict: 'PinError',
  },
  { what: 'nothing', certificate: () => otherCa.leaf(), options: { certReqs: 'none' }, verdict: 'ok' },
]

const ways: TunnelProxy[] = []
const proxyLeaf = proxyCa.leaf({ hosts: ['proxy.test'] })
const leg = tlsConnector({ caCertData: proxyCa.cert })

beforeAll(async () => {
  ways.push(await startProxy(), await startProxy(proxyLeaf))
})

afterAll(async () => {
  for (const proxy of ways) await proxy[Symbol.asyncDispose]()
})

async function verdicts({ certificate, server, talk, host = 'localhost', options }: Case): Promise<string[]> {
  await using running =
    talk === undefined ? await startTlsServer(certificate?.() ?? good, server) : await startTcpServer(talk)
  const [plain, secured] = ways
  const routes = [[], [tunnel(plain?.port ?? 0)], [tunnel(secured?.port ?? 0, leg)]]
  const said: string[] = []
  for (const route of routes) {
    const plugins = [...route, tls({ caCertData: ca.cert, ...options })]
    await using pool = new HTTPSConnectionPool(host, running.port, { lookup: toLoopback, plugins })
    const verdict = await pool.request('GET', '/').then(
      ({ status, connection }) => `${status === 200 ? 'ok' : status} ${connection?.tls?.verifiedBy}`,
      (error: HTTPError) => `${error.name} ${error.phase} ${error.message}`,
    )
    said.push(verdict.replaceAll(String(running.port), 'PORT'))
  }
  return said
}

describe.each([
  ['chains', chains],
  ['handshakes', handshakes],
  ['names', names],
  ['pins', pins],
])('%s', (_kind, cases) => {
  it.each(cases)('with $what: $verdict, whatever the way', async (each) => {
    const [direct = '', tunnelled, twice] = await verdicts(each)
    expect(direct.split(' ')[0]).toBe(each.verdict)
    expect([tunnelled, twice]).toEqual([direct, direct])
  })
})
