/** https with certificates of the test authority: trusted, pinned, by name, and refused. */
import { describe, expect, it } from 'vitest'
import {
  CertificateError,
  connectionFromUrl,
  HTTPConnectionPool,
  HTTPSConnectionPool,
  PinError,
  PoolManager,
  spkiPin,
} from '../src/index.js'
import { rejection } from './support/outcome.js'
import { authority, countdown, origin, secureOrigin } from './support/servers.js'

const trust = { caCertData: authority.cert }

describe('https', () => {
  it('needs no plugin to be installed', async () => {
    const server = await secureOrigin()
    await using pool = new HTTPSConnectionPool('localhost', server.port, { caCerts: authority.certFile })
    expect(await (await pool.request('GET', '/secure')).text()).toBe('GET /secure')
    await using manager = new PoolManager(trust)
    const response = await manager.request('GET', `${server.url}/secure`)
    expect(response.connection?.tls?.protocol).toMatch(/^TLSv1/)
  })

  it('trusts nobody whom it was not told to, and asks once', async () => {
    const server = await secureOrigin()
    await using pool = connectionFromUrl(server.url, { retries: 5 })
    expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(CertificateError)
    expect(server.accepted()).toBe(1)
    expect(server.seen).toHaveLength(0)
  })

  it('follows a redirect to another host under the pins of that host, none being inherited', async () => {
    const server = await secureOrigin((request, response) => {
      const location = new URL(request.url ?? '', 'https://x').searchParams.get('to')
      if (location === null) response.end('arrived')
      else response.writeHead(302, { Location: location }).end()
    })
    const pin = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] }).spkiPin
    const stranger = `sha256/${'A'.repeat(43)}=`
    const onward = `https://localhost:${server.port}/arrived`
    const visit = async (pins: Record<string, string>): Promise<string> => {
      await using manager = new PoolManager({ ...trust, pins })
      const first = `https://127.0.0.1:${server.port}/?to=${encodeURIComponent(onward)}`
      return await manager.request('GET', first).then(
        (response) => response.url,
        (error: Error) => error.name,
      )
    }
    expect(await visit({ '127.0.0.1': pin })).toBe(onward)
    const before = server.seen.length
    expect(await visit({ '127.0.0.1': pin, localhost: stranger })).toBe('PinError')
    expect(server.seen).toHaveLength(before + 1)
    expect(await visit({ '127.0.0.1': stranger, localhost: pin })).toBe('PinError')
    expect(server.seen).toHaveLength(before + 1)
  })

  it('keeps to its pins', async () => {
    const server = await secureOrigin()
    const leaf = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] })
    await using pinned = connectionFromUrl(server.url, { ...trust, pins: { localhost: [leaf.spkiPin] } })
    expect((await pinned.request('GET', '/')).status).toBe(200)
    await using other = connectionFromUrl(server.url, {
      ...trust,
      pins: [spkiPin(leaf.cert), spkiPin(authority.cert)],
    })
    expect((await other.request('GET', '/')).status).toBe(200)
    await using wrong = connectionFromUrl(server.url, { ...trust, pins: `sha256/${'A'.repeat(43)}=` })
    expect(await rejection(wrong.request('GET', '/'))).toBeInstanceOf(PinError)
    await using print = connectionFromUrl(server.url, { ...trust, assertFingerprint: leaf.fingerprint })
    expect((await print.request('GET', '/')).status).toBe(200)
  })

  it('verifies the name that it is told to', async () => {
    const server = await secureOrigin()
    const named = { ...trust, assertHostname: 'api.example.com' }
    await using pool = new HTTPSConnectionPool('127.0.0.1', server.port, named)
    expect((await pool.request('GET', '/')).status).toBe(200)
    await using wrong = connectionFromUrl(server.url, { ...trust, assertHostname: 'example.net' })
    expect(await rejection(wrong.request('GET', '/'))).toBeInstanceOf(CertificateError)
  })

  it('shows a client certificate', async () => {
    const client = authority.leaf({ hosts: ['client'], usage: 'client' })
    const server = await secureOrigin(undefined, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority.cert,
    })
    const { certFile, keyFile } = client
    await using pool = connectionFromUrl(server.url, { ...trust, certFile, keyFile })
    expect((await pool.request('GET', '/')).status).toBe(200)
    await using bare = connectionFromUrl(server.url, { ...trust, retries: false })
    await rejection(bare.request('GET', '/'))
    expect(server.seen).toHaveLength(1)
  })

  it('is followed to, and not away from', async () => {
    const plain = await origin(countdown)
    const secure = await secureOrigin(
      (_, response) => void response.writeHead(302, { Location: `${plain.url}/0` }).end(),
    )
    const first = await origin((_, response) => void response.writeHead(302, { Location: secure.url }).end())
    await using manager = new PoolManager(trust)
    expect(await rejection(manager.request('GET', first.url))).toMatchObject({
      code: 'ERR_INSECURE_TRANSPORT',
    })
    expect([secure.seen.length, plain.seen.length]).toEqual([1, 0])
    await using lax = new PoolManager({ ...trust, allowDowngrade: true })
    expect((await lax.request('GET', first.url)).url).toBe(`${plain.url}/0`)
  })

  it('is known to a pool for http as well', async () => {
    const secure = await secureOrigin()
    await using pool = new HTTPConnectionPool('127.0.0.1', 1, trust)
    expect((await pool.request('GET', secure.url, { assertSameHost: false })).status).toBe(200)
  })
})
