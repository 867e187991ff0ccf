/**
 * `assertFingerprint`: digests of the server's whole certificate, the hash told by the length, as urllib3 has it.
 *
 * A fingerprint names one certificate and breaks with its renewal; pins.ts has the kind that survives it.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { OptionsError } from '@rockpool/core/plugin'
import { colonHex, type PeerCertificate } from './peer-certificate.js'

/** One accepted digest of the certificate. */
export interface Fingerprint {
  readonly algorithm: string
  readonly digest: Buffer
}

const ALGORITHM_OF_LENGTH: Readonly<Record<number, string>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
}

/** Hashes in which two certificates with the same digest can be made. */
const COLLISION_WEAK = new Set(['md5', 'sha1'])

/**
 * Reads the `assertFingerprint` option.
 *
 * @throws {OptionsError} not hexadecimal, of a length that no hash has, or of a hash that this Node lacks (FIPS)
 */
export function parseFingerprints(option: string | readonly string[] | undefined): readonly Fingerprint[] {
  if (option === undefined) return []
  return (typeof option === 'string' ? [option] : option).map(parseFingerprint)
}

/** Whether one of `fingerprints` can be forged by a collision. */
export function isCollisionWeak(fingerprints: readonly Fingerprint[]): boolean {
  return fingerprints.some(({ algorithm }) => COLLISION_WEAK.has(algorithm))
}

/** Whether the certificate is one of those expected. Compared in constant time. */
export function matchesFingerprint(
  certificate: PeerCertificate,
  fingerprints: readonly Fingerprint[],
): boolean {
  return fingerprints.some(({ algorithm, digest }) => timingSafeEqual(certificate.digest(algorithm), digest))
}

/** The certificate's digest in the notation and hash of `like`. */
export function showFingerprint(certificate: PeerCertificate, like: Fingerprint): string {
  return colonHex(certificate.digest(like.algorithm))
}

function parseFingerprint(text: string): Fingerprint {
  const hex = text.replaceAll(':', '')
  const refuse = (problem: string): never => {
    throw new OptionsError(`the fingerprint ${problem}`, { path: 'assertFingerprint' })
  }
  if (hex === '') return refuse('is empty; leave the option out to demand none')
  if (!/^[0-9a-fA-F]*$/.test(hex)) return refuse('has characters that are not hexadecimal digits')
  const algorithm = ALGORITHM_OF_LENGTH[hex.length]
  if (algorithm === undefined) {
    return refuse(
      `has ${hex.length} hexadecimal digits; 32 (MD5), 40 (SHA-1), 64 (SHA-256), 96 (SHA-384) or 128 (SHA-512) are known`,
    )
  }
  try {
    createHash(algorithm)
  } catch {
    return refuse(`is an ${algorithm} digest, which this Node cannot compute; use SHA-256`)
  }
  return { algorithm, digest: Buffer.from(hex, 'hex') }
}
