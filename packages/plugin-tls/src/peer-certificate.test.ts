import { X509Certificate } from 'node:crypto'
import { certificates } from '@rockpool/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derOf, fingerprintOf, pinOf } from '../test/openssl.js'
import { readChildren, readDer } from './der.js'
import { PeerCertificate } from './peer-certificate.js'
import { spkiPin } from './spki-pin.js'

describe('the facts of a certificate', () => {
  it('are what openssl says of it, for every kind of key', () => {
    for (const key of ['ecdsa', 'rsa', 'ed25519'] as const) {
      const issued = certificates.leaf({ key, commonName: 'someone', hosts: ['localhost'], selfSigned: true })
      const facts = new PeerCertificate(new X509Certificate(issued.cert))
      expect(facts.spkiPin).toBe(pinOf(issued))
      expect(facts.fingerprint).toBe(fingerprintOf(issued, 'sha256'))
      expect(facts.subject).toBe('O=Rockpool test kit\nCN=someone')
      expect(spkiPin(issued.cert)).toBe(pinOf(issued))
      expect(spkiPin(derOf(issued))).toBe(pinOf(issued))
    }
  })

  it('hold the names that can identify a server, and no others', () => {
    const san =
      'DNS:a.test,email:x@b.test,URI:https://c.test/,IP:127.0.0.1,DNS:*.d.test,IP:2001:db8::1,RID:1.2.3'
    const facts = new PeerCertificate(
      new X509Certificate(
        certificates.leaf({ altNames: san.split(','), commonName: 'cn.test', selfSigned: true }).cert,
      ),
    )
    expect(facts.names).toEqual([
      { kind: 'dns', value: 'a.test' },
      { kind: 'ip', value: '127.0.0.1' },
      { kind: 'dns', value: '*.d.test' },
      { kind: 'ip', value: '2001:db8::1' },
    ])
  })

  it('hold a name byte for byte, so that one cannot imitate several', () => {
    const facts = new PeerCertificate(
      new X509Certificate(
        certificates.leaf({ altNames: ['DNS:a.test; DNS:victim.test'], selfSigned: true }).cert,
      ),
    )
    expect(facts.names).toEqual([{ kind: 'dns', value: 'a.test; DNS:victim.test' }])
  })

  it('hold no name when the certificate has none', () => {
    const facts = new PeerCertificate(
      new X509Certificate(
        certificates.leaf({ commonName: 'localhost', altNames: [], selfSigned: true }).cert,
      ),
    )
    expect(facts.names).toEqual([])
  })
})

describe('DER', () => {
  it('that is broken throws and never reads outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const element = readDer(bytes, 0)
          expect(element.end).toBeLessThanOrEqual(bytes.length)
          for (const child of readChildren(bytes, element)) expect(child.end).toBeLessThanOrEqual(element.end)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    [[]],
    [[0x30]],
    [[0x30, 0x80, 0, 0]],
    [[0x30, 0x85, 1, 0, 0, 0, 0]],
    [[0x30, 0x02, 0]],
    [[0x1f, 0x81, 0x01, 0]],
  ])('%j is refused', (bytes) => {
    expect(() => readDer(Uint8Array.from(bytes), 0)).toThrow(RangeError)
  })
})
