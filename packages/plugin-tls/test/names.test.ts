import { CertificateError, LocationParseError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { failureOf, get, httpsPool, rejection } from './https-call.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const trusting: TlsOptions = { caCertData: ca.cert }

describe('through a real handshake a certificate', () => {
  const accepted: [host: string, san: string][] = [
    ['a.example.test', 'DNS:*.example.test'],
    ['A.EXAMPLE.TEST', 'DNS:*.example.test'],
    ['xn--nxasmq6b.example.test', 'DNS:*.example.test'],
    ['x。a.com', 'DNS:*.a.com'],
    ['localhost.', 'DNS:localhost'],
    ['127.0.0.1', 'IP:127.0.0.1'],
    ['many.test', `${Array.from({ length: 500 }, (_, n) => `DNS:n${n}.test`).join(',')},DNS:many.test`],
  ]
  it.each(accepted)('is accepted for %s with %.40s', async (host, san) => {
    await using server = await startTlsServer(ca.leaf({ commonName: 'someone', altNames: san.split(',') }))
    expect((await get(server.port, trusting, host)).status).toBe(200)
  })

  const refused: [host: string, name: string, san: string | undefined][] = [
    ['example.test', 'x', 'DNS:*.example.test'],
    ['a.b.example.test', 'x', 'DNS:*.example.test'],
    ['foo.test', 'x', 'DNS:*.test'],
    ['com', 'x', 'DNS:*'],
    ['abc.example.test', 'x', 'DNS:a*.example.test'],
    ['ba.b.com', 'x', 'DNS:*a.b.com'],
    ['a.b.test', 'x', 'DNS:a.*.test'],
    ['x。y.a.com', 'x', 'DNS:*.a.com'],
    ['localhost', 'localhost', undefined],
    ['a.com', 'a.com', 'IP:127.0.0.1'],
    ['a.com', 'a.com', 'URI:https://a.com'],
    ['a.com', 'a.com', 'DNS:b.com'],
    ['127.0.0.1', '127.0.0.1', 'DNS:127.0.0.1'],
    ['127.0.0.1', '127.0.0.1', undefined],
    ['127.0.0.1', 'x', 'DNS:*.0.0.1'],
    ['localhost', 'localhost', 'IP:127.0.0.1'],
    ['victim.test', 'x', 'DNS:a.test; DNS:victim.test'],
  ]
  it.each(refused)('is refused for %s with CN=%s and %s', async (host, name, san) => {
    await using server = await startTlsServer(
      ca.leaf({ commonName: name, altNames: san === undefined ? [] : [san] }),
    )
    const error = await failureOf(server.port, trusting, host)
    expect(error).toBeInstanceOf(CertificateError)
    expect(error.message.length).toBeLessThan(600)
    expect(server.received).toBe('')
  })

  it('with an IPv6 address is accepted for that address, with and without brackets', async (context) => {
    const leaf = ca.leaf({ altNames: ['IP:::1'] })
    const server = await startTlsServer(leaf, { host: '::1' }).catch(() => context.skip())
    await using running = server
    for (const host of ['::1', '[::1]', '0:0:0:0:0:0:0:1']) {
      expect((await get(running.port, trusting, host)).status).toBe(200)
    }
    expect(running.connections.every(({ servername }) => servername === false || servername === '')).toBe(
      true,
    )
  })
})

it('a host with NUL in it, or with an empty label, never gets to a look-up', async () => {
  for (const host of ['a.com\0.evil', '.example.test', 'a..test']) {
    await expect(get(1, trusting, host)).rejects.toBeInstanceOf(LocationParseError)
  }
})

describe('the server is asked for (SNI)', () => {
  const leaf = ca.leaf({ altNames: ['DNS:localhost', 'DNS:other.test', 'IP:127.0.0.1'] })
  it.each<[host: string, options: TlsOptions, asked: string | false]>([
    ['localhost', {}, 'localhost'],
    ['LOCALHOST', {}, 'localhost'],
    ['localhost.', {}, 'localhost'],
    ['127.0.0.1', {}, false],
    ['127.0.0.1', { serverHostname: 'other.test.' }, 'other.test'],
    ['localhost', { serverHostname: '127.0.0.1' }, false],
    ['localhost', { assertHostname: 'other.test' }, 'localhost'],
  ])('%s with %o', async (host, options, asked) => {
    await using server = await startTlsServer(leaf)
    expect((await get(server.port, { ...trusting, ...options }, host)).status).toBe(200)
    expect(server.connections[0]?.servername).toBe(asked)
  })
})

describe('a Host of the caller’s', () => {
  const headers = { Host: 'other.test' }

  it('goes into the request and nowhere else: neither into SNI nor into the choice of a connection', async () => {
    await using server = await startTlsServer(ca.leaf({ hosts: ['localhost'] }))
    await using pool = httpsPool(server.port, trusting)
    for (const options of [{ headers }, {}, { headers }]) await pool.request('GET', '/', options)
    expect(server.connections.map(({ servername }) => servername)).toEqual(['localhost'])
    expect(server.received.match(/^host: .*$/gim)).toEqual([
      'Host: other.test',
      `Host: localhost:${server.port}`,
      'Host: other.test',
    ])
  })

  it('is not the name that is verified: a certificate for it does not do, and no byte is sent', async () => {
    await using server = await startTlsServer(ca.leaf({ hosts: ['other.test'] }))
    await using pool = httpsPool(server.port, trusting)
    expect(await rejection(pool.request('GET', '/', { headers }))).toBeInstanceOf(CertificateError)
    expect(server.received).toBe('')
  })
})

describe('the name to verify', () => {
  const leaf = ca.leaf({ hosts: ['localhost'] })
  const outcome = async (host: string, options: TlsOptions): Promise<string> => {
    await using server = await startTlsServer(leaf)
    return await get(server.port, { ...trusting, ...options }, host).then(
      () => 'accepted',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  }

  it('is assertHostname when given, and only that', async () => {
    expect(await outcome('127.0.0.1', { assertHostname: 'localhost' })).toBe('accepted')
    expect(await outcome('localhost', { assertHostname: 'other.test' })).toContain('CertificateError')
  })

  it('is none with assertHostname false, while the chain is still verified', async () => {
    expect(await outcome('127.0.0.1', { assertHostname: false })).toBe('accepted')
    expect(await outcome('127.0.0.1', { assertHostname: false, caCertData: undefined })).toContain(
      'no trusted CA',
    )
  })

  it('is serverHostname when given', async () => {
    expect(await outcome('127.0.0.1', { serverHostname: 'localhost' })).toBe('accepted')
    expect(await outcome('localhost', { serverHostname: 'other.test' })).toContain('not for other.test')
    expect(await outcome('localhost', { serverHostname: 'other.test', assertHostname: 'localhost' })).toBe(
      'accepted',
    )
  })

  it('is enforced when it was given, even where nothing else is verified', async () => {
    const none: TlsOptions = { certReqs: 'none', caCertData: undefined }
    expect(await outcome('127.0.0.1', none)).toBe('accepted')
    expect(await outcome('127.0.0.1', { ...none, assertHostname: 'localhost' })).toBe('accepted')
    expect(await outcome('127.0.0.1', { ...none, assertHostname: 'other.test' })).toContain(
      'CertificateError',
    )
  })
})

it('text of a hostile certificate is cut and escaped in the error', async () => {
  const name = `${'\u001b[2J'.repeat(5)}${'x'.repeat(40)}`
  const san = `DNS:${'\u001b[2J'.repeat(20)}${'y'.repeat(200)}.test`
  await using server = await startTlsServer(ca.leaf({ commonName: name, altNames: [san] }))
  const error = (await failureOf(server.port, trusting)) as CertificateError
  expect(error).toBeInstanceOf(CertificateError)
  expect(error.message).toMatch(/^[\x20-\x7e…]*$/)
  expect(error.message.length).toBeLessThan(300)
})

it('thousands of names in a certificate cost no more than a look at each', async () => {
  const hosts = Array.from({ length: 5000 }, (_, n) => `n${n}.long.test`)
  await using server = await startTlsServer(ca.leaf({ hosts }))
  expect((await get(server.port, trusting, 'n4999.long.test')).status).toBe(200)
  const error = await failureOf(server.port, trusting)
  expect(error.message).toContain('and 4995 more')
  expect(error.message.length).toBeLessThan(400)
})
