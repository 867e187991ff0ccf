import { CertificateError, HTTPSConnectionPool, PinError, SSLError } from '@rockpool/core'
import { definePlugin } from '@rockpool/core/plugin'
import { type Certificate, certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsConnector, type TlsOptions, tls, tlsConnector } from '../src/index.js'
import { lastRequest, rejection, toLoopback } from './https-call.js'
import { pinOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'
import { startProxy, tunnel } from './tunnel-proxy.js'

const ca = certificates.ca()
const proxyCa = certificates.ca({ label: 'proxy' })
const origin = ca.leaf({ hosts: ['localhost'] })
const proxyLeaf = proxyCa.leaf({ hosts: ['proxy.test'] })
const ticketKeys = Buffer.alloc(48, 9)

const routes: [route: string, secured: boolean][] = [
  ['through a tunnel', false],
  ['through a tunnel in TLS', true],
]

describe.each(routes)('%s', (_route, secured) => {
  const leg = (): TlsConnector | undefined =>
    secured ? tlsConnector({ caCertData: proxyCa.cert }) : undefined

  it('sessions with the origin are resumed, and never taken from another leg', async () => {
    await using server = await startTlsServer(origin, { ticketKeys })
    await using proxy = await startProxy(secured ? proxyLeaf : undefined)
    const plugins = [tunnel(proxy.port, leg()), tls({ caCertData: ca.cert })]
    await using pool = new HTTPSConnectionPool('localhost', server.port, { lookup: toLoopback, plugins })
    for (let round = 0; round < 3; round++) await pool.request('GET', '/', lastRequest)
    expect(server.connections.map(({ resumed }) => resumed)).toEqual([false, true, true])
    expect(proxy.resumed).toEqual(secured ? [false, true, true] : [])
  })

  it('http/1.1 is all that is offered inside', async () => {
    await using server = await startTlsServer(origin, { ALPNProtocols: ['h2', 'http/1.1'] })
    await using proxy = await startProxy(secured ? proxyLeaf : undefined)
    const plugins = [tunnel(proxy.port, leg()), tls({ caCertData: ca.cert })]
    await using pool = new HTTPSConnectionPool('localhost', server.port, { lookup: toLoopback, plugins })
    await pool.request('GET', '/')
    expect(server.connections[0]?.alpn).toBe('http/1.1')
  })
})

describe('the leg to the proxy', () => {
  async function outcome(options: TlsOptions, certificate: Certificate = proxyLeaf): Promise<unknown> {
    await using server = await startTlsServer(origin)
    await using proxy = await startProxy(certificate)
    const plugins = [tunnel(proxy.port, tlsConnector(options)), tls({ caCertData: ca.cert })]
    await using pool = new HTTPSConnectionPool('localhost', server.port, { lookup: toLoopback, plugins })
    const verdict = await pool.request('GET', '/').then(
      ({ status }) => status,
      (error: Error) => error,
    )
    if (verdict instanceof Error) expect(server.connections).toHaveLength(0)
    return verdict
  }

  it('has options of its own: trust, name, pins, fingerprints', async () => {
    const trusting = { caCertData: proxyCa.cert }
    expect(await outcome(trusting)).toBe(200)
    expect(await outcome({ ...trusting, pins: pinOf(proxyLeaf) })).toBe(200)
    expect(await outcome({})).toBeInstanceOf(CertificateError)
    expect(await outcome({ caCertData: ca.cert })).toBeInstanceOf(CertificateError)
    expect(await outcome({ ...trusting, pins: pinOf(origin) })).toBeInstanceOf(PinError)
    expect(await outcome({ ...trusting, assertHostname: 'other.test' })).toBeInstanceOf(CertificateError)
    const misnamed = proxyCa.leaf({ hosts: ['localhost'] })
    expect(await outcome(trusting, misnamed)).toBeInstanceOf(CertificateError)
    expect(await outcome({ ...trusting, assertHostname: 'localhost' }, misnamed)).toBe(200)
  })

  it('that turns out to be plain HTTP says so', async () => {
    await using proxy = await startProxy()
    const plugins = [tunnel(proxy.port, tlsConnector()), tls()]
    await using pool = new HTTPSConnectionPool('localhost', 443, { plugins })
    const error = await rejection(pool.request('GET', '/'))
    expect(error).toBeInstanceOf(SSLError)
    expect(error.message).toContain('plain HTTP')
  })

  it('never lends its session to the origin, though one wrapper secures both and the servers share their keys', async () => {
    const both = ca.leaf({ hosts: ['localhost', 'proxy.test'] })
    await using server = await startTlsServer(both, { ticketKeys })
    await using proxy = await startProxy(both)
    const connector = tlsConnector({ caCertData: ca.cert })
    const securing = definePlugin({
      name: 'securing',
      securesTransport: true,
      apply: (host) =>
        host.hooks.beforeConnect.tap('securing', (next, context) =>
          connector.secure(next, { peerName: context.origin.host, securedFor: context.origin }),
        ),
    })
    const plugins = [tunnel(proxy.port, connector), securing()]
    await using pool = new HTTPSConnectionPool('localhost', server.port, { lookup: toLoopback, plugins })
    expect((await pool.request('GET', '/', lastRequest)).connection?.tls?.resumed).toBe(false)
    expect(server.connections.map(({ resumed }) => resumed)).toEqual([false])
  })
})
