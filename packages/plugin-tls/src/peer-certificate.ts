/**
 * What a certificate says about its owner, read once from its DER: names, public key, digests.
 *
 * A resumed session shows no certificate, so these facts are kept with the session and asked again there. Must not
 * know: what is demanded of them.
 */
import { createHash, type X509Certificate } from 'node:crypto'
import { contentIs, DER_TAG, type DerElement, expectDer, readChildren, readDer } from './der.js'

/** One subject alternative name that can identify a server. */
export interface AlternativeName {
  readonly kind: 'dns' | 'ip'
  /** Of a dns name: as in the certificate, byte for byte. Of an address: its usual notation. */
  readonly value: string
}

/** `id-ce-subjectAltName`, 2.5.29.17. */
const SUBJECT_ALT_NAME = '\x55\x1d\x11'
/** GeneralName (RFC 5280 §4.2.1.6): dNSName [2] and iPAddress [7]. */
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** The facts of one certificate. */
export class PeerCertificate {
  /** The subject as Node prints it, one `KEY=value` a line. */
  readonly subject: string
  /** Wall-clock milliseconds of notBefore and notAfter. */
  readonly notBefore: number
  readonly notAfter: number
  readonly names: readonly AlternativeName[]
  readonly der: Buffer
  readonly #key: Uint8Array
  readonly #digests: Map<string, Buffer> = new Map()
  #pin: string | undefined

  /** @throws {RangeError} the certificate cannot be read */
  constructor(certificate: X509Certificate) {
    const der = certificate.raw
    const parts = readCertificate(der)
    this.der = der
    this.subject = certificate.subject ?? ''
    this.notBefore = Date.parse(certificate.validFrom)
    this.notAfter = Date.parse(certificate.validTo)
    this.names = parts.names
    this.#key = der.subarray(parts.key.start, parts.key.end)
  }

  /** Digest of the whole certificate. */
  digest(algorithm: string): Buffer {
    let digest = this.#digests.get(algorithm)
    if (digest === undefined) {
      digest = createHash(algorithm).update(this.der).digest()
      this.#digests.set(algorithm, digest)
    }
    return digest
  }

  /** SHA-256 of the certificate, upper-case hexadecimal with colons, as OpenSSL prints it. */
  get fingerprint(): string {
    return colonHex(this.digest('sha256'))
  }

  /** `sha256/<base64>` of the SubjectPublicKeyInfo, RFC 7469 §2.4. */
  get spkiPin(): string {
    this.#pin ??= `sha256/${createHash('sha256').update(this.#key).digest('base64')}`
    return this.#pin
  }
}

/** Bytes as `AB:CD:…`. */
export function colonHex(bytes: Buffer): string {
  return bytes
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1:')
}

function readCertificate(der: Uint8Array): { key: DerElement; names: AlternativeName[] } {
  const certificate = readDer(der, 0)
  const body = expectDer(readChildren(der, certificate), 0, DER_TAG.sequence)
  const fields = readChildren(der, body)
  // TBSCertificate, RFC 5280 §4.1: [0] version is left out in a v1 certificate, everything shifts by one.
  const shift = fields[0]?.tag === DER_TAG.context0 ? 1 : 0
  const key = expectDer(fields, 5 + shift, DER_TAG.sequence)
  const extensions = fields.find((field, index) => index > 5 + shift && field.tag === DER_TAG.context3)
  return { key, names: extensions === undefined ? [] : readNames(der, extensions) }
}

function readNames(der: Uint8Array, extensions: DerElement): AlternativeName[] {
  const list = expectDer(readChildren(der, extensions), 0, DER_TAG.sequence)
  for (const extension of readChildren(der, list)) {
    const fields = readChildren(der, extension)
    if (!contentIs(der, expectDer(fields, 0, DER_TAG.oid), SUBJECT_ALT_NAME)) continue
    const value = expectDer(fields, fields.length - 1, DER_TAG.octetString)
    return readGeneralNames(der, readDer(der, value.contentStart, value.end))
  }
  return []
}

function readGeneralNames(der: Uint8Array, list: DerElement): AlternativeName[] {
  const names: AlternativeName[] = []
  for (const { tag, contentStart, end } of readChildren(der, list)) {
    const content = Buffer.from(der.buffer, der.byteOffset + contentStart, end - contentStart)
    if (tag === DNS_NAME) names.push({ kind: 'dns', value: content.toString('latin1') })
    const address = tag === IP_ADDRESS ? formatAddress(content) : undefined
    if (address !== undefined) names.push({ kind: 'ip', value: address })
  }
  return names
}

function formatAddress(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
