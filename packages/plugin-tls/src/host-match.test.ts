import { Origin } from '@rockpool/core/plugin'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameCovers } from './host-match.js'
import type { AlternativeName } from './peer-certificate.js'
import { peerName } from './policy.js'

const dns = (value: string): AlternativeName => ({ kind: 'dns', value })
const ip = (value: string): AlternativeName => ({ kind: 'ip', value })

describe('a name covers a host', () => {
  const covered: [host: string, name: AlternativeName][] = [
    ['a.example.test', dns('*.example.test')],
    ['A.EXAMPLE.TEST', dns('*.example.test')],
    ['a.example.test', dns('*.EXAMPLE.test')],
    ['xn--nxasmq6b.example.test', dns('*.example.test')],
    ['x。a.com', dns('*.a.com')],
    ['localhost.', dns('localhost')],
    ['my_host.example.test', dns('my_host.example.test')],
    ['a.co.uk', dns('*.co.uk')],
    ['127.0.0.1', ip('127.0.0.1')],
    ['0x7f.1', ip('127.0.0.1')],
    ['::1', ip('::1')],
    ['[::1]', ip('::1')],
    ['fe80::1%eth0', ip('fe80::1')],
    ['bücher.test', dns('xn--bcher-kva.test')],
  ]
  it.each(covered)('%s by %o', (host, name) => {
    expect(nameCovers(name, peerName(host))).toBe(true)
  })
})

describe('a name does not cover a host', () => {
  const uncovered: [host: string, name: AlternativeName][] = [
    ['example.test', dns('*.example.test')],
    ['a.b.example.test', dns('*.example.test')],
    ['foo.test', dns('*.test')],
    ['com', dns('*')],
    ['abc.example.test', dns('a*.example.test')],
    ['ba.b.com', dns('*a.b.com')],
    ['a.b.test', dns('a.*.test')],
    ['a.b.test', dns('*.*.test')],
    ['a.b.test', dns('**.b.test')],
    ['x。y.a.com', dns('*.a.com')],
    ['a.com', dns('b.com')],
    ['a.com', dns('a.com.evil.test')],
    ['a.com', dns('a.com\0.evil.test')],
    ['a.com', dns('a.com.')],
    ['a.com', dns(' a.com')],
    ['a.com', dns('')],
    ['xn--a.b.com'.replace('xn--a', 'xn--4ca'), dns('xn--*.b.com')],
    ['127.0.0.1', dns('127.0.0.1')],
    ['8.8.8.8', dns('*.8.8.8')],
    ['::1', dns('::1')],
    ['localhost', ip('127.0.0.1')],
    ['::ffff:127.0.0.1', ip('127.0.0.1')],
  ]
  it.each(uncovered)('%s by %o', (host, name) => {
    expect(nameCovers(name, peerName(host))).toBe(false)
  })

  it.each(['.example.test', 'a..example.test', '', 'a b', 'a.com\0'])(
    'when the host %j is none, even if it got this far',
    (name) => {
      for (const pattern of ['*.example.test', 'example.test', name]) {
        expect(nameCovers(dns(pattern), { name, isIp: false })).toBe(false)
      }
    },
  )
})

it('a host that is none does not become a peer to verify', () => {
  for (const host of ['a.com\0.evil', '.example.test', 'a..b', '', 'a.com/']) {
    expect(() => peerName(host)).toThrow()
  }
})

it('a wildcard covers exactly one label more than its parent', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)
  fc.assert(
    fc.property(
      fc.array(label, { minLength: 1, maxLength: 5 }),
      fc.array(label, { minLength: 2, maxLength: 4 }),
      (more, parent) => {
        const host = Origin.of('https', [...more, ...parent].join('.')).serverName
        expect(nameCovers(dns(`*.${parent.join('.')}`), { name: host, isIp: false })).toBe(more.length === 1)
      },
    ),
  )
})
