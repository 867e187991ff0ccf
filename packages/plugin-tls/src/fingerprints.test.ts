import { X509Certificate } from 'node:crypto'
import { OptionsError } from '@rockpool/core/plugin'
import { certificates } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { fingerprintOf } from '../test/openssl.js'
import { isCollisionWeak, matchesFingerprint, parseFingerprints, showFingerprint } from './fingerprints.js'
import { PeerCertificate } from './peer-certificate.js'

const issued = certificates.leaf({ hosts: ['localhost'], selfSigned: true })
const certificate = new PeerCertificate(new X509Certificate(issued.cert))

describe('a fingerprint', () => {
  it.each(['md5', 'sha1', 'sha256', 'sha384', 'sha512'])(
    'of %s is told by its length, colons and case aside',
    (hash) => {
      const colons = fingerprintOf(issued, hash)
      for (const text of [colons, colons.toLowerCase(), colons.replaceAll(':', '')]) {
        expect(matchesFingerprint(certificate, parseFingerprints(text))).toBe(true)
      }
      const other = colons.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
      const wrong = parseFingerprints(other)
      expect(matchesFingerprint(certificate, wrong)).toBe(false)
      expect(wrong.map((each) => showFingerprint(certificate, each))).toEqual([colons])
    },
  )

  it('is one of several', () => {
    const right = fingerprintOf(issued, 'sha256')
    expect(matchesFingerprint(certificate, parseFingerprints(['00'.repeat(20), right]))).toBe(true)
    expect(matchesFingerprint(certificate, parseFingerprints(['00'.repeat(20), 'ff'.repeat(32)]))).toBe(false)
  })

  it.each([
    ['', 'is empty'],
    [':', 'is empty'],
    ['AA', '2 hexadecimal digits'],
    ['AA:A', '3 hexadecimal digits'],
    ['0'.repeat(31), '31'],
    ['0'.repeat(33), '33'],
    [`${'0'.repeat(39)}g`, 'not hexadecimal'],
    [`sha256:${'0'.repeat(40)}`, 'not hexadecimal'],
    [`${'00 '.repeat(32)}`, 'not hexadecimal'],
  ])('%j is refused', (text, words) => {
    expect(() => parseFingerprints(text)).toThrow(OptionsError)
    expect(() => parseFingerprints(['00'.repeat(32), text])).toThrow(words)
  })

  it('of MD5 or SHA-1 counts as weak', () => {
    expect(isCollisionWeak(parseFingerprints('0'.repeat(32)))).toBe(true)
    expect(isCollisionWeak(parseFingerprints(['0'.repeat(64), '0'.repeat(40)]))).toBe(true)
    expect(isCollisionWeak(parseFingerprints('0'.repeat(64)))).toBe(false)
  })
})
