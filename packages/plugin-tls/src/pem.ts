/**
 * Certificates and keys out of PEM text or DER bytes (RFC 7468), each of them parsed.
 *
 * Node takes junk where CAs are expected without a word, and an empty string even means "trust the defaults"; so
 * nothing goes to Node that was not read here. Errors name the option and the file, never the content.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { OptionsError } from '@rockpool/core/plugin'

/** Bytes of an option and how to speak of them. */
export interface Source {
  readonly bytes: Uint8Array
  /** The option: `caCerts`, `keyFile`, … */
  readonly path: string
  /** `in /etc/ca.pem`, or empty for data given in the option itself. */
  readonly where: string
}

const CERTIFICATE = /-----BEGIN (?:X509 )?CERTIFICATE-----[^-]*-----END (?:X509 )?CERTIFICATE-----/g
const BEGIN_CERTIFICATE = /-----BEGIN (?:X509 )?CERTIFICATE-----/g
const BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----/g
/** What Node says of an encrypted key whose password is missing, or wrong. */
const ENCRYPTED_DER = new Set(['ERR_MISSING_PASSPHRASE', 'ERR_OSSL_BAD_DECRYPT', 'ERR_OSSL_EVP_BAD_DECRYPT'])
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/

/**
 * All certificates in a source, in order.
 *
 * @throws {OptionsError} there is none, or one of them is broken
 */
export function readCertificates(source: Source): X509Certificate[] {
  if (source.bytes.length === 0) throw refusal(source, 'there is nothing')
  const text = Buffer.from(source.bytes).toString('latin1')
  if (!text.includes('-----BEGIN ')) return [readDerCertificate(source)]
  const begun = text.match(BEGIN_CERTIFICATE)?.length ?? 0
  if (begun === 0) throw refusal(source, 'there is PEM, but no certificate')
  const blocks = text.match(CERTIFICATE) ?? []
  if (blocks.length !== begun) throw refusal(source, 'a certificate is cut short')
  return blocks.map((block) => parseCertificate(source, block.replaceAll('X509 CERT', 'CERT')))
}

/** Whether this is PEM of other things only: keys, parameters, revocation lists, requests. */
export function isOtherPem(source: Source): boolean {
  const labels = [...Buffer.from(source.bytes).toString('latin1').matchAll(BEGIN)].map(([, label]) => label)
  return labels.length > 0 && labels.every((label) => !/CERTIFICATE$/.test(label ?? ''))
}

/** Whether PEM text holds a private key. */
export function hasPrivateKey(source: Source): boolean {
  return PRIVATE_KEY.test(Buffer.from(source.bytes).toString('latin1'))
}

/**
 * The private key in a source.
 *
 * @throws {OptionsError} there is none, or it is encrypted and the password is missing or wrong
 */
export function readPrivateKey(source: Source, password: string | Uint8Array | undefined): KeyObject {
  if (source.bytes.length === 0) throw refusal(source, 'there is nothing')
  const key = Buffer.from(source.bytes)
  const isPem = key.includes('-----BEGIN ')
  if (isPem && !hasPrivateKey(source)) throw refusal(source, 'there is PEM, but no private key')
  const passphrase =
    password === undefined
      ? {}
      : { passphrase: typeof password === 'string' ? password : Buffer.from(password) }
  try {
    return isPem
      ? createPrivateKey({ key, format: 'pem', ...passphrase })
      : createPrivateKey({ key, format: 'der', type: 'pkcs8', ...passphrase })
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code ?? 'unknown format')
    // Which code an encrypted key fails with differs between versions, so its text is asked; DER has none.
    if (isPem ? isEncrypted(key) : ENCRYPTED_DER.has(code)) {
      const problem =
        password === undefined
          ? 'the key is encrypted and no keyPassword is given'
          : 'the keyPassword does not open the key'
      throw refusal({ ...source, path: 'keyPassword' }, problem)
    }
    throw refusal(source, `the private key cannot be read${isPem ? '' : ' as PKCS #8'} (${code})`)
  }
}

/** A file of several would be taken for its first: the others would be lost without a word. */
function readDerCertificate(source: Source): X509Certificate {
  const certificate = parseCertificate(source, Buffer.from(source.bytes))
  const rest = source.bytes.length - certificate.raw.length
  if (rest !== 0)
    throw refusal(source, `there are ${rest} more bytes after a DER certificate; give each by itself, or PEM`)
  return certificate
}

function isEncrypted(pem: Buffer): boolean {
  return pem.includes('ENCRYPTED')
}

function parseCertificate(source: Source, certificate: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(certificate)
  } catch {
    const escaped = Buffer.from(source.bytes).includes('-----\\n')
    const hint = escaped ? '; its line breaks are written as a backslash and an n' : ''
    throw refusal(source, `there is no certificate that can be read${hint}`)
  }
}

function refusal(source: Source, problem: string): OptionsError {
  return new OptionsError(source.where === '' ? problem : `${problem} (${source.where})`, {
    path: source.path,
  })
}
