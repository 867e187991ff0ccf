/** What holds when nothing is asked for. */
import {
  HTTPConnectionPool as BarePool,
  HTTPSConnectionPool as BareSecurePool,
  DEFAULT_LIMITS,
  InsecureTransportError,
  URLSchemeUnknown,
} from '@rockpool/core'
import { answerAll, response, scriptedServer } from '@rockpool/testkit'
import { connectionFromUrl, HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry } from 'rockpool'
import { describe, expect, it } from 'vitest'
import { refusal } from '../support/outcome.js'

describe('a pool', () => {
  it('keeps one connection, does not block, and has the port of its scheme', async () => {
    await using pool = new HTTPConnectionPool('localhost')
    await using secure = new HTTPSConnectionPool('localhost')
    expect([pool.scheme, pool.port, secure.scheme, secure.port]).toEqual(['http', 80, 'https', 443])
    await using server = await scriptedServer(answerAll(response(200)))
    await using used = new HTTPConnectionPool(server.host, server.port)
    await used.request('GET', '/')
    expect(used.inspect().pools[0]).toMatchObject({ maxSize: 1, block: false, idle: 1 })
  })

  it('comes from a URL by its scheme', () => {
    expect(connectionFromUrl('http://localhost/path')).toBeInstanceOf(HTTPConnectionPool)
    expect(connectionFromUrl('https://localhost')).toBeInstanceOf(HTTPSConnectionPool)
    expect(() => connectionFromUrl('ftp://localhost')).toThrow(URLSchemeUnknown)
  })

  it('of core refuses https until a plugin secures it, and says which does', () => {
    expect(() => new BareSecurePool('localhost')).toThrow(InsecureTransportError)
    expect(() => new BareSecurePool('localhost')).toThrow(/@rockpool\/plugin-tls/)
  })

  it('refuses a size of 0, and an option that nobody declares, by name', () => {
    expect(refusal(() => new BarePool('localhost', 80, { maxSize: 0 })).path).toBe('maxSize')
    const slip = refusal(() => new BarePool('localhost', 80, { retries: 3 } as never))
    expect(slip.path).toBe('retries')
    expect(slip.message).toContain('@rockpool/plugin-retry')
  })
})

describe('a manager', () => {
  it('keeps ten connections to each of ten origins', async () => {
    await using server = await scriptedServer(answerAll(response(200)))
    await using manager = new PoolManager({
      lookup: (_, { all }, done) =>
        all ? done(null, [{ address: server.host, family: 4 }]) : done(null, server.host, 4),
    })
    for (let host = 0; host < 11; host += 1)
      await manager.request('GET', `http://host${host}.test:${server.port}/`)
    const { pools } = manager.inspect()
    expect(pools).toHaveLength(10)
    expect(pools.map(({ maxSize }) => maxSize)).toEqual(Array(10).fill(10))
    expect(pools.some(({ origin }) => origin.includes('host0.'))).toBe(false)
  })
})

describe('the limits', () => {
  it('are those that are promised', () => {
    expect(DEFAULT_LIMITS).toMatchObject({
      maxHeaderBytes: 65_536,
      maxHeaderCount: 100,
      maxContentEncodings: 5,
    })
    expect(DEFAULT_LIMITS.maxResponseBytes).toBeUndefined()
    expect(DEFAULT_LIMITS.maxDecodedBytes).toBeUndefined()
  })
})

describe('a Retry', () => {
  it('has the defaults that are promised', () => {
    const { allowedMethods, statusForcelist, ...rules } = new Retry()
    expect(rules).toMatchObject({
      total: 3,
      backoffFactor: 0,
      backoffMax: 120_000,
      backoffJitter: 0,
      respectRetryAfterHeader: true,
      retryAfterMax: 21_600_000,
      raiseOnStatus: true,
      raiseOnRedirect: true,
      history: [],
    })
    for (const counter of ['connect', 'read', 'status', 'other', 'redirect'] as const)
      expect(new Retry()[counter]).toBeUndefined()
    expect([...(allowedMethods ?? [])].sort()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'OPTIONS',
      'PUT',
      'QUERY',
      'TRACE',
    ])
    expect([...statusForcelist]).toEqual([])
  })

  it('is a value: counting makes another, of the same class', () => {
    class Patient extends Retry {}
    const before = new Patient({ total: 2 })
    const after = before.increment({ method: 'GET', url: 'http://a/', status: 503 })
    expect([before.total, after.total, before.history.length, after.history.length]).toEqual([2, 1, 0, 1])
    expect(after).toBeInstanceOf(Patient)
  })

  it('counts a redirect against the total', () => {
    const { total } = new Retry({ total: 5 }).increment({
      method: 'GET',
      url: 'http://a/',
      status: 302,
      location: '/b',
    })
    expect(total).toBe(4)
  })
})
