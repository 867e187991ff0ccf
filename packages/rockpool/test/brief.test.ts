/** What urllib3's documentation of its pools shows, written with `await` and in camel case. */
import type { LookupFunction } from 'node:net'
import { describe, expect, it } from 'vitest'
import { connectionFromUrl, HTTPConnectionPool, HTTPSConnectionPool, Retry } from '../src/index.js'
import { authority, origin, secureOrigin } from './support/servers.js'

/** The name leads here, whatever it is. */
const lookup: LookupFunction = (_, { all }, callback) => {
  if (all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

describe("the examples of urllib3's connection pools", () => {
  it('get data from a pool made from a URL', async () => {
    const server = await secureOrigin()
    const here = { lookup, caCerts: authority.certFile }
    const pool = connectionFromUrl(`https://api.example.com:${server.port}`, here)
    const response = await pool.request('GET', '/data')
    expect([response.status, await response.text()]).toEqual([200, 'GET /data'])
    expect(server.seen[0]?.headers.host).toBe(`api.example.com:${server.port}`)
    await pool.close()
    await pool.close()
    await expect(pool.request('GET', '/data')).rejects.toMatchObject({ code: 'ERR_CLOSED_POOL' })
  })

  it('need nothing but the URL', () => {
    const pool = connectionFromUrl('https://api.example.com')
    expect(String(pool)).toBe('HTTPSConnectionPool(host=api.example.com, port=443)')
  })

  it('take every parameter of an http pool and of urlopen', async () => {
    const server = await origin()
    await using pool = new HTTPConnectionPool('127.0.0.1', server.port, {
      timeout: 3_000,
      maxSize: 1,
      block: false,
      headers: { 'X-Default': 'yes' },
      retries: new Retry({ total: 3 }),
    })
    const response = await pool.urlopen('POST', '/form', {
      body: 'a=1',
      headers: { 'X-Own': 'yes' },
      retries: 3,
      redirect: true,
      assertSameHost: true,
      timeout: { connect: 1_000, read: 2_000 },
      poolTimeout: 500,
      releaseConnection: true,
      chunked: false,
      preloadContent: true,
      decodeContent: true,
    })
    expect(await response.text()).toBe('POST /form')
    expect(server.seen[0]?.headers).toMatchObject({
      'x-default': 'yes',
      'x-own': 'yes',
      'content-length': '3',
    })
    expect([pool.host, pool.port, pool.scheme]).toEqual(['127.0.0.1', server.port, 'http'])
    expect(pool.isSameHost('/path')).toBe(true)
  })

  it('take every parameter of an https pool', async () => {
    const client = authority.leaf({ hosts: ['client'], usage: 'client', passphrase: 'open sesame' })
    const server = await secureOrigin(undefined, {
      requestCert: true,
      rejectUnauthorized: false,
      ca: authority.cert,
    })
    const leaf = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] })
    await using pool = new HTTPSConnectionPool('127.0.0.1', server.port, {
      keyFile: client.keyFile,
      certFile: client.certFile,
      certReqs: 'required',
      keyPassword: 'open sesame',
      caCerts: authority.certFile,
      sslMinimumVersion: 'TLSv1.2',
      sslMaximumVersion: 'TLSv1.3',
      assertHostname: 'localhost',
      assertFingerprint: leaf.fingerprint,
    })
    expect((await pool.request('GET', '/')).status).toBe(200)
    await using exact = new HTTPSConnectionPool('127.0.0.1', server.port, {
      caCertData: authority.cert,
      sslVersion: 'TLSv1.3',
      assertHostname: false,
    })
    expect((await exact.request('GET', '/')).connection?.tls?.protocol).toBe('TLSv1.3')
  })
})
