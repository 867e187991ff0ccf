import type { LookupFunction } from 'node:net'
import { CertificateError, HTTPSConnectionPool, PinError, type PoolOptions } from '@rockpool/core'
import { type Certificate, certificates, ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsOptions, tls } from '../src/index.js'
import { httpsPool, lastRequest, rejection, toLoopback } from './https-call.js'
import { fingerprintOf, pinOf } from './openssl.js'
import { startTlsServer, type TlsTestServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost', 'second.test'] })
const rotated = ca.leaf({ hosts: ['localhost', 'second.test'], label: 'rotated' })
const elsewhere = ca.leaf({ hosts: ['elsewhere.test'] })
const clientCa = certificates.ca({ label: 'client' })
const alice = clientCa.leaf({ commonName: 'alice', altNames: [] })
const bob = clientCa.leaf({ commonName: 'bob', altNames: [] })
const trusting: TlsOptions = { caCertData: ca.cert }
const ticketKeys = Buffer.alloc(48, 7)

/** Makes a request whose connection is not used again, and tells whether TLS was resumed. */
async function visit(pool: ReturnType<typeof httpsPool>): Promise<boolean> {
  const response = await pool.request('GET', '/', lastRequest)
  return response.connection?.tls?.resumed === true
}

const resumedAtServer = (server: TlsTestServer): boolean[] => server.connections.map(({ resumed }) => resumed)

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const serve = (certificate: Certificate = leaf, options = {}) =>
    startTlsServer(certificate, { minVersion: version, maxVersion: version, ticketKeys, ...options })

  it('a reconnect resumes the session, and the response still tells whose certificate it was', async () => {
    await using server = await serve()
    await using pool = httpsPool(server.port, trusting)
    const first = await pool.request('GET', '/', lastRequest)
    const second = await pool.request('GET', '/', lastRequest)
    const third = await pool.request('GET', '/', lastRequest)
    expect(resumedAtServer(server)).toEqual([false, true, true])
    for (const { connection } of [second, third]) {
      expect(connection?.tls).toEqual({ ...first.connection?.tls, resumed: true })
    }
  })

  it('a session is not offered when the cache is off', async () => {
    await using server = await serve()
    await using pool = httpsPool(server.port, { ...trusting, sessionCache: false })
    expect([await visit(pool), await visit(pool)]).toEqual([false, false])
    expect(resumedAtServer(server)).toEqual([false, false])
  })

  it('a session of one name is not offered for another', async () => {
    await using server = await serve()
    const plugin = tls(trusting)
    const options: PoolOptions<[typeof plugin]> = { lookup: toLoopback, plugins: [plugin] }
    await using first = new HTTPSConnectionPool('localhost', server.port, options)
    await using second = new HTTPSConnectionPool('second.test', server.port, options)
    await using third = new HTTPSConnectionPool('third.test', server.port, options)
    await first.request('GET', '/', lastRequest)
    await second.request('GET', '/', lastRequest)
    expect(resumedAtServer(server)).toEqual([false, false])
    expect(await rejection(third.request('GET', '/'))).toBeInstanceOf(CertificateError)
  })

  it('a session is shared by the pools of one plugin, and by no others', async () => {
    await using server = await serve()
    const plugin = tls(trusting)
    for (const each of [plugin, plugin, tls(trusting)]) {
      await using pool = new HTTPSConnectionPool('localhost', server.port, {
        lookup: toLoopback,
        plugins: [each],
      })
      await pool.request('GET', '/', lastRequest)
    }
    expect(resumedAtServer(server)).toEqual([false, true, false])
  })

  it('other options decide anew: a pin, a fingerprint, a name, a trust that does not hold', async () => {
    await using server = await serve()
    await using pool = httpsPool(server.port, trusting)
    expect([await visit(pool), await visit(pool)]).toEqual([false, true])
    const others: [TlsOptions, new (...args: never[]) => Error][] = [
      [{ ...trusting, pins: pinOf(rotated) }, PinError],
      [{ ...trusting, assertFingerprint: fingerprintOf(rotated, 'sha256') }, PinError],
      [{ ...trusting, assertHostname: 'other.test' }, CertificateError],
      [{ caCertData: clientCa.cert }, CertificateError],
    ]
    for (const [options, kind] of others) {
      await using strict = httpsPool(server.port, options)
      expect(await rejection(strict.request('GET', '/'))).toBeInstanceOf(kind)
    }
  })

  it('a session made without verification is not used with it', async () => {
    await using server = await serve()
    await using lax = httpsPool(server.port, { certReqs: 'none' })
    expect([await visit(lax), await visit(lax)]).toEqual([false, true])
    await using strict = httpsPool(server.port, {})
    expect(await rejection(strict.request('GET', '/'))).toBeInstanceOf(CertificateError)
  })

  it('the client certificate is always that of the options', async () => {
    await using server = await serve(leaf, {
      requestCert: true,
      rejectUnauthorized: false,
      ca: clientCa.cert,
    })
    const seen = async (options: TlsOptions): Promise<(string | undefined)[]> => {
      await using pool = httpsPool(server.port, { ...trusting, ...options })
      const before = server.connections.length
      await visit(pool)
      await visit(pool)
      return server.connections.slice(before).map(({ client }) => client)
    }
    expect(await seen({ certData: alice.cert, keyData: alice.key })).toEqual(['alice', 'alice'])
    expect(await seen({ certData: bob.cert, keyData: bob.key })).toEqual(['bob', 'bob'])
    expect(await seen({})).toEqual([undefined, undefined])
  })

  it('a handshake that failed a check leaves no session behind', async () => {
    await using server = await serve()
    const plugin = tls({ ...trusting, pins: { localhost: pinOf(rotated) }, sessionCache: { pinned: true } })
    await using pool = new HTTPSConnectionPool('localhost', server.port, {
      lookup: toLoopback,
      plugins: [plugin],
    })
    for (let round = 0; round < 3; round++) {
      expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(PinError)
    }
    expect(pool.inspect()).toMatchObject({ plugins: { tls: { sessions: 0 } } })
    expect(server.received).toBe('')
  })

  it('a good pin is checked again on every resumed session, and a pooled connection needs no other', async () => {
    await using server = await serve()
    await using pool = httpsPool(server.port, {
      ...trusting,
      pins: pinOf(leaf),
      sessionCache: { pinned: true },
    })
    await pool.request('GET', '/')
    const pooled = await pool.request('GET', '/', lastRequest)
    expect(pooled.connection?.reused).toBe(true)
    expect(await visit(pool)).toBe(true)
    expect(resumedAtServer(server)).toEqual([false, true])
  })

  it('a session is not offered to another server, though that would honour it', async () => {
    await using server = await serve()
    await using farm = await serve(elsewhere)
    const plugin = tls(trusting)
    const options: PoolOptions<[typeof plugin]> = { lookup: toLoopback, plugins: [plugin] }
    await using first = new HTTPSConnectionPool('localhost', server.port, options)
    await using second = new HTTPSConnectionPool('localhost', farm.port, options)
    await first.request('GET', '/', lastRequest)
    expect(await rejection(second.request('GET', '/'))).toBeInstanceOf(CertificateError)
    expect(farm.received).toBe('')
  })

  it('a session is forgotten an hour after its full handshake, however often it was resumed', async () => {
    const clock = new ManualClock({ wallNow: Date.now() })
    await using server = await serve()
    await using pool = httpsPool(server.port, trusting, 'localhost', { clock })
    const half = 30 * 60 * 1000
    const resumed = [await visit(pool)]
    clock.advance(half)
    resumed.push(await visit(pool))
    clock.advance(half)
    resumed.push(await visit(pool), await visit(pool))
    expect(resumed).toEqual([false, true, false, true])
  })
})

it('after the first round every reconnect is resumed, though the server sends no ticket on a resumed connection', async () => {
  await using server = await startTlsServer(leaf, { ticketKeys })
  await using pool = httpsPool(server.port, trusting, 'localhost', { maxSize: 4 })
  const round = (): Promise<boolean[]> => Promise.all([1, 2, 3, 4].map(() => visit(pool)))
  expect(await round()).toEqual([false, false, false, false])
  for (let again = 0; again < 5; again++) expect(await round()).toEqual([true, true, true, true])
})

describe('a session outlives its connection when that', () => {
  it('is reset while idle, but not when TLS breaks on it', async () => {
    let spoil = false
    await using server = await startTlsServer(
      leaf,
      { ticketKeys },
      {
        answer: (socket) => {
          const raw = (socket as unknown as { _parent: NodeJS.WritableStream })._parent
          if (spoil) raw.write('plain text in the middle of it')
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          spoil = false
        },
      },
    )
    await using pool = httpsPool(server.port, trusting)
    await pool.request('GET', '/')
    server.dropAll()
    await expect.poll(() => pool.inspect().pools[0]?.idle ?? 0).toBe(0)
    expect(await visit(pool)).toBe(true)
    spoil = true
    await rejection(pool.request('GET', '/'))
    expect(await visit(pool)).toBe(false)
  })
})

it('the second address is asked for the name, and offered the session, when the first does not answer', async () => {
  await using server = await startTlsServer(leaf, { ticketKeys, ALPNProtocols: ['http/1.1'] })
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ])
  await using pool = httpsPool(server.port, trusting, 'localhost', { lookup })
  expect([await visit(pool), await visit(pool)]).toEqual([false, true])
  expect(server.connections.map(({ servername }) => servername)).toEqual(['localhost', 'localhost'])
  expect(server.connections.map(({ alpn }) => alpn)).toEqual(['http/1.1', 'http/1.1'])
})
