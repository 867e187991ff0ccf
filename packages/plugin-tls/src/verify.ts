/**
 * The judgement on a peer: chain, strength of its keys, name, fingerprint, pins, in that order.
 *
 * Node is told to accept every handshake and says afterwards what it thinks of the chain; what is made of that is
 * decided here alone, so a first handshake, a resumed session and a leg through a proxy are judged by the same lines.
 * The name check is ours (host-match.ts): Node's is skipped on resumption, and kinder than the RFC.
 */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { CertificateError, PinError, quotePeerText } from '@rockpool/core/plugin'
import { type Fingerprint, matchesFingerprint, showFingerprint } from './fingerprints.js'
import { certificateCovers, type PeerName } from './host-match.js'
import type { PeerCertificate } from './peer-certificate.js'
import { colonHex } from './peer-certificate.js'
import { matchesPin, type PinSet, showPins } from './pins.js'

/** NIST SP 800-57: less than 112 bits of security; OpenSSL's level 2, which Node 20 does not demand. */
const MIN_RSA_BITS = 2048
const MIN_CURVE_BITS = 224
const NAMES_SHOWN = 5

const CHAIN_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'a certificate of the chain has expired',
  CERT_NOT_YET_VALID: 'a certificate of the chain is not valid yet; is the clock right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; to trust it give it in caCerts, or pin it',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the chain ends in a root that is not trusted; give that root in caCerts if it should be',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'no trusted CA has issued it: the root is not in caCerts, or the server sent an incomplete chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'no trusted CA has issued it: the root is not in caCerts, or the server sent an incomplete chain',
  UNABLE_TO_GET_ISSUER_CERT:
    'an issuer of the chain is missing: the root is not in caCerts, or the server sent an incomplete chain',
  INVALID_PURPOSE: 'the certificate is not for servers (extended key usage)',
  CERT_REVOKED: 'the certificate has been revoked',
  UNSPECIFIED: 'a key or a signature of the chain is too weak',
}

/**
 * Judges the chain of a full handshake.
 *
 * @throws {CertificateError} not issued by a trusted CA, out of date, for another purpose, or with a weak key
 */
export function verifyChain(
  socket: TLSSocket,
  leaf: X509Certificate,
  facts: PeerCertificate,
  host: PeerName,
): void {
  const problem = weakKeyProblem(leaf) ?? chainProblem(socket, facts)
  if (problem === undefined) return
  throw new CertificateError(`the certificate of ${host.name} is not accepted: ${problem}`, {
    phase: 'tls',
    host: host.name,
    expected: 'a valid certificate that a trusted CA has issued',
    actual: `subject ${quotePeerText(facts.subject)}, issuer ${quotePeerText(leaf.issuer ?? '')}`,
  })
}

/**
 * Judges the name.
 *
 * @throws {CertificateError} no subject alternative name covers `host`
 */
export function verifyName(facts: PeerCertificate, host: PeerName): void {
  if (certificateCovers(facts, host)) return
  const names = facts.names.slice(0, NAMES_SHOWN).map(({ value }) => quotePeerText(value))
  const more = facts.names.length > NAMES_SHOWN ? ` and ${facts.names.length - NAMES_SHOWN} more` : ''
  const actual = names.length === 0 ? 'no name at all' : names.join(', ') + more
  throw new CertificateError(
    `the certificate is not for ${host.name} but for ${actual}` +
      `${names.length === 0 ? ' (a common name does not count)' : ''}`,
    { phase: 'tls', host: host.name, expected: host.name, actual },
  )
}

/**
 * Judges the fingerprint.
 *
 * @throws {PinError} none of `fingerprints` is the certificate's
 */
export function verifyFingerprint(
  facts: PeerCertificate,
  fingerprints: readonly Fingerprint[],
  host: string,
): void {
  const [first] = fingerprints
  if (first === undefined || matchesFingerprint(facts, fingerprints)) return
  const expected = fingerprints.map(({ digest }) => colonHex(digest)).join(', ')
  const actual = showFingerprint(facts, first)
  throw new PinError(
    `the certificate of ${host} has the fingerprint ${actual}, expected ${expected}; ` +
      'if the change is intended, put the former into assertFingerprint',
    { phase: 'tls', host, expected, actual },
  )
}

/** The failure of a pin check, or `undefined` when the key is pinned. */
export function pinMismatch(facts: PeerCertificate, pins: PinSet, host: string): PinError | undefined {
  const actual = facts.spkiPin
  if (matchesPin(actual, pins)) return undefined
  const expected = showPins(pins)
  return new PinError(
    `the public key of ${host} is ${actual}, expected ${expected}; if the change is intended, add the former to pins`,
    { phase: 'tls', host, expected, actual },
  )
}

function chainProblem(socket: TLSSocket, facts: PeerCertificate): string | undefined {
  if (socket.authorized) return undefined
  // Node's types say Error; it is the code of the failed verification.
  const code = String(socket.authorizationError ?? 'unknown reason')
  const dates = code.startsWith('CERT_') ? validity(facts) : ''
  return `${CHAIN_PROBLEMS[code] ?? 'the chain does not verify'}${dates} (${code})`
}

function validity(facts: PeerCertificate): string {
  const day = (time: number): string => (Number.isNaN(time) ? 'unknown' : new Date(time).toISOString())
  return `; the server's own is valid from ${day(facts.notBefore)} to ${day(facts.notAfter)}`
}

/**
 * The server's key and its issuer's, which is as far as Node shows the chain. A root's does not count: a root is
 * trusted by choice, not by a signature.
 */
function weakKeyProblem(leaf: X509Certificate): string | undefined {
  const problem = keyProblem(leaf.publicKey)
  const issuer = leaf.issuerCertificate
  if (problem !== undefined || issuer === undefined || !leaf.checkIssued(issuer)) return problem
  const issuerProblem = issuer.subject === issuer.issuer ? undefined : keyProblem(issuer.publicKey)
  return issuerProblem === undefined ? undefined : `an intermediate's key is weak: ${issuerProblem}`
}

function keyProblem(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa' || type === 'rsa-pss' || type === 'dsa') {
    const bits = details?.modulusLength ?? 0
    return bits < MIN_RSA_BITS ? `its ${type} key has ${bits} bits, less than ${MIN_RSA_BITS}` : undefined
  }
  if (type !== 'ec') return undefined
  const curve = details?.namedCurve
  if (curve === undefined) return 'its key is on a curve without a name'
  // Curves whose names hold no size are rare, and mostly small.
  const bits = curve === 'SM2' ? 256 : Number(/\d{3}/.exec(curve)?.[0] ?? 0)
  return bits < MIN_CURVE_BITS ? `its key is on ${curve}, less than ${MIN_CURVE_BITS} bits` : undefined
}
