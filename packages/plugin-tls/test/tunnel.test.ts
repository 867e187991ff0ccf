import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { CertificateError, HTTPSConnectionPool, PinError, SSLError } from '@rockpool/core'
import { closeOnError, definePlugin, HTTPHeaders, openTunnel, stages } from '@rockpool/core/plugin'
import { type Certificate, certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsConnector, type TlsOptions, tls, tlsConnector } from '../src/index.js'
import { lastRequest, rejection, toLoopback } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const proxyCa = certificates.ca({ label: 'proxy' })
const origin = ca.leaf({ hosts: ['localhost'] })
const proxyLeaf = proxyCa.leaf({ hosts: ['proxy.test'] })
const ticketKeys = Buffer.alloc(48, 9)

/** A proxy that opens tunnels, in clear or over TLS. */
async function startProxy(
  certificate?: Certificate,
): Promise<{ port: number; resumed: boolean[] } & AsyncDisposable> {
  const open = new Set<Socket>()
  const resumed: boolean[] = []
  const server: Server =
    certificate === undefined
      ? createHttpServer()
      : createHttpsServer({ cert: certificate.cert, key: certificate.key, ticketKeys }).on(
          'secureConnection',
          (socket) => void resumed.push(socket.isSessionReused()),
        )
  server.on('connection', (socket: Socket) => open.add(socket))
  server.on('connect', (request, socket, head) => {
    const port = Number(String(request.url).split(':').at(-1))
    const far = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.write(head)
      far.pipe(socket)
      socket.pipe(far)
    })
    open.add(far)
    far.on('error', () => socket.destroy())
    socket.on('error', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    resumed,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Leads every connection through a tunnel, the leg to the proxy secured by `leg` if there is one. */
function tunnel(port: number, leg?: TlsConnector) {
  return definePlugin({
    name: 'tunnel',
    apply(host) {
      host.hooks.beforeConnect.tap(
        { name: 'tunnel', stage: stages.beforeConnect.tunnel },
        (next, context) => {
          const dial = leg === undefined ? next : leg.secure(next, { peerName: 'proxy.test' })
          return async (_target, connecting) => {
            const transport = await dial({ host: '127.0.0.1', port }, { ...connecting, readMode: 'stream' })
            return closeOnError(transport, async () => {
              const { authority } = context.origin
              const answer = await openTunnel(
                transport,
                { authority, headers: new HTTPHeaders(), peer: 'proxy.test' },
                connecting,
              )
              expect(answer.open).toBe(true)
              return transport
            })
          }
        },
      )
    },
  })()
}

const routes: [route: string, secured: boolean][] = [
  ['through a tunnel', false],
  ['through a tunnel in TLS', true],
]

describe.each(routes)('%s', (_route, secured) => {
  const leg = (): TlsConnector | undefined =>
    secured ? tlsConnector({ caCertData: proxyCa.cert }) : undefined

  async function outcome(
    certificate: Certificate,
    options: TlsOptions,
    host = 'localhost',
  ): Promise<unknown> {
    await using server = await startTlsServer(certificate)
    await using proxy = await startProxy(secured ? proxyLeaf : undefined)
    const plugins = [tunnel(proxy.port, leg()), tls(options)]
    await using pool = new HTTPSConnectionPool(host, server.port, { lookup: toLoopback, plugins })
    const verdict = await pool.request('GET', '/').then(
      ({ status, connection }) => ({ status, connection }),
      (error: Error) => error,
    )
    if (verdict instanceof Error) expect(server.received).toBe('')
    return verdict
  }

  it('an origin with a good certificate is reached', async () => {
    const options = { caCertData: ca.cert, pins: pinOf(origin) }
    expect(await outcome(origin, options)).toMatchObject({
      status: 200,
      connection: { tls: { verifiedBy: 'chain', spkiPin: pinOf(origin) } },
    })
  })

  const refused: [what: string, make: () => Certificate, options: TlsOptions, kind: unknown][] = [
    ['expired', () => ca.leaf({ hosts: ['localhost'], expired: true }), {}, CertificateError],
    [
      'self-signed',
      () => certificates.leaf({ hosts: ['localhost'], selfSigned: true }),
      {},
      CertificateError,
    ],
    ["of the proxy's CA", () => proxyCa.leaf({ hosts: ['localhost'] }), {}, CertificateError],
    ['of another name', () => ca.leaf({ hosts: ['proxy.test'] }), {}, CertificateError],
    [
      'with a weak key',
      () => ca.leaf({ hosts: ['localhost'], key: 'rsa', rsaBits: 1024 }),
      {},
      CertificateError,
    ],
    ['against its pin', () => origin, { pins: pinOf(proxyLeaf) }, PinError],
    ['against its fingerprint', () => origin, { assertFingerprint: fingerprintOf(ca, 'sha256') }, PinError],
    ['with an old version', () => origin, { sslVersion: 'TLSv1.1' }, SSLError],
  ]
  it.each(refused)('an origin %s is refused as on a direct way', async (_what, make, options, kind) => {
    expect(await outcome(make(), { caCertData: ca.cert, ...options })).toBeInstanceOf(kind)
  })

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
