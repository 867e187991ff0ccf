import { X509Certificate } from 'node:crypto'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { PeerCertificate } from './peer-certificate.js'
import { SessionCache, type StoredSession } from './session-cache.js'

const certificate = new PeerCertificate(
  new X509Certificate(certificates.leaf({ hosts: ['localhost'], selfSigned: true }).cert),
)
const TODAY = Date.parse('2026-06-01')

function session(id: string, verifiedAt = 0, singleUse = true): StoredSession {
  return { session: Buffer.from(id), facts: { certificate, verifiedAt }, singleUse }
}

describe('a session cache', () => {
  it('gives the newest first, and a single-use session once, but the last one again and again', () => {
    const cache = new SessionCache(10, 1000)
    cache.put('a', session('1'), 0, TODAY)
    cache.put('a', session('2'), 0, TODAY)
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('2')
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('1')
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('1')
    expect(cache.size).toBe(1)
    expect(cache.take('a', 1000, TODAY)).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('gives a session of TLS 1.2 again and again, and keeps the last one only', () => {
    const cache = new SessionCache(10, 1000)
    cache.put('a', session('1', 0, false), 0, TODAY)
    cache.put('a', session('2', 0, false), 0, TODAY)
    expect(cache.size).toBe(1)
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('2')
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('2')
  })

  it('never gives a session of another key', () => {
    const cache = new SessionCache(10, 1000)
    cache.put('a', session('1'), 0, TODAY)
    expect(cache.take('b', 1, TODAY)).toBeUndefined()
  })

  it('counts the age from the full handshake, not from the ticket', () => {
    const cache = new SessionCache(10, 1000)
    cache.put('a', session('1', 0), 999, TODAY)
    expect(cache.take('a', 1000, TODAY)).toBeUndefined()
    expect(cache.size).toBe(0)
    cache.put('a', session('2', 0), 1000, TODAY)
    expect(cache.size).toBe(0)
  })

  it('gives no session whose certificate has expired since', () => {
    const cache = new SessionCache(10, 1000)
    cache.put('a', session('1'), 0, TODAY)
    expect(cache.take('a', 1, certificate.notAfter)).toBeUndefined()
  })

  it('is bounded over all keys, the least recently filled losing first', () => {
    const cache = new SessionCache(3, 1000)
    for (const key of ['a', 'b', 'c', 'd']) cache.put(key, session(key), 0, TODAY)
    expect(cache.size).toBe(3)
    expect(cache.take('a', 1, TODAY)).toBeUndefined()
    expect(cache.take('d', 1, TODAY)).toBeDefined()
  })

  it('is bounded for each key', () => {
    const cache = new SessionCache(100, 1000)
    for (let index = 0; index < 50; index++) cache.put('a', session(String(index)), 0, TODAY)
    expect(cache.size).toBe(8)
    expect(cache.take('a', 1, TODAY)?.session.toString()).toBe('49')
  })

  it('forgets a key at once', () => {
    const cache = new SessionCache(100, 1000)
    cache.put('a', session('1'), 0, TODAY)
    cache.put('b', session('2'), 0, TODAY)
    cache.drop('a')
    cache.drop('c')
    expect(cache.size).toBe(1)
    expect(cache.take('a', 1, TODAY)).toBeUndefined()
  })

  it('does not keep a session with a monstrous certificate', () => {
    const cache = new SessionCache(100, 1000)
    const huge = {
      certificate: { ...certificate, der: Buffer.alloc(40_000) } as PeerCertificate,
      verifiedAt: 0,
    }
    cache.put('a', { session: Buffer.alloc(1), facts: huge, singleUse: true }, 0, TODAY)
    expect(cache.size).toBe(0)
  })
})
