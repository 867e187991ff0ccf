/**
 * Trust and client identity: files read once, when the plugin is made, and checked to the last certificate.
 *
 * urllib3 reads them for every connection and reports a missing file as a broken one. Here every bad input is an
 * OptionsError, no file is touched afterwards, and the caller's values are copied.
 */
import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { OptionsError } from '@rockpool/core/plugin'
import type { TlsOptions } from './options.js'
import { hasPrivateKey, isOtherPem, readCertificates, readPrivateKey, type Source } from './pem.js'

/** What the client shows a server that asks. */
export interface ClientIdentity {
  /** The certificate and its intermediates. */
  readonly chain: readonly X509Certificate[]
  readonly key: KeyObject
}

/** All that the options bring from files or as data. */
export interface Material {
  /** The only CAs to trust; `undefined`: Node's own. */
  readonly trust: readonly X509Certificate[] | undefined
  readonly client: ClientIdentity | undefined
}

/** File names that are taken out of a CA directory: by extension, or OpenSSL's subject hashes. */
const CA_FILE = /\.(pem|crt|cer)$|^[0-9a-f]{8}\.\d+$/i

/**
 * Reads what the options name.
 *
 * @throws {OptionsError} a file is missing or broken, a key does not fit, two sources contradict each other
 */
export function readMaterial(options: TlsOptions): Material {
  return { trust: readTrust(options), client: readClient(options) }
}

function readTrust(options: TlsOptions): X509Certificate[] | undefined {
  const { caCerts, caCertDir, caCertData } = options
  if (caCerts === undefined && caCertDir === undefined && caCertData === undefined) return undefined
  const found: X509Certificate[] = []
  for (const path of list(caCerts)) found.push(...readCertificates(file('caCerts', path)))
  for (const data of list(caCertData)) found.push(...readCertificates(given('caCertData', data)))
  if (caCertDir !== undefined) found.push(...readDirectory(caCertDir))
  const unique = new Map(found.map((certificate) => [certificate.fingerprint256, certificate]))
  return [...unique.values()]
}

function readDirectory(directory: string): X509Certificate[] {
  const path = expandHome(directory)
  let names: string[]
  try {
    names = readdirSync(path)
  } catch (cause) {
    throw new OptionsError(`the directory ${directory} cannot be read (${codeOf(cause)})`, {
      path: 'caCertDir',
    })
  }
  const found: X509Certificate[] = []
  for (const name of names.sort()) {
    if (!CA_FILE.test(name) || isDirectory(join(path, name))) continue
    const source = file('caCertDir', join(path, name))
    // A directory of CAs often holds their keys and revocation lists as well.
    if (!isOtherPem(source)) found.push(...readCertificates(source))
  }
  if (found.length === 0) {
    throw new OptionsError(`the directory ${directory} holds no certificate`, { path: 'caCertDir' })
  }
  return found
}

function readClient(options: TlsOptions): ClientIdentity | undefined {
  const certificate = oneOf('certFile', options.certFile, 'certData', options.certData)
  const separateKey = oneOf('keyFile', options.keyFile, 'keyData', options.keyData)
  if (certificate === undefined) {
    if (separateKey !== undefined)
      throw lacking(separateKey.path, 'a key needs its certificate: certFile or certData')
    if (options.keyPassword !== undefined) throw lacking('keyPassword', 'there is no key that it could open')
    return undefined
  }
  const chain = readCertificates(certificate)
  if (separateKey === undefined && !hasPrivateKey(certificate)) {
    throw lacking(
      certificate.path,
      'a client certificate needs its private key: keyFile, keyData, or in the same file',
    )
  }
  const key = readPrivateKey(separateKey ?? certificate, options.keyPassword)
  if (chain[0]?.checkPrivateKey(key) !== true) {
    const misplaced = chain.slice(1).some((certificate) => certificate.checkPrivateKey(key))
    const hint = misplaced ? ', which has to be the first; the key belongs to a later one' : ''
    throw new OptionsError(`the private key does not belong to the client certificate${hint}`, {
      path: (separateKey ?? certificate).path,
    })
  }
  return { chain, key }
}

/** What cannot be looked at is no directory: reading it tells why. */
function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function oneOf(
  fileOption: string,
  path: string | undefined,
  dataOption: string,
  data: string | Uint8Array | undefined,
): Source | undefined {
  if (path !== undefined && data !== undefined) {
    throw new OptionsError(`${fileOption} and ${dataOption} are two sources of the same; give one`, {
      path: dataOption,
    })
  }
  if (path !== undefined) return file(fileOption, path)
  return data === undefined ? undefined : given(dataOption, data)
}

function file(option: string, path: string): Source {
  try {
    return { bytes: readFileSync(expandHome(path)), path: option, where: `in ${path}` }
  } catch (cause) {
    throw new OptionsError(`the file ${path} cannot be read (${codeOf(cause)})`, { path: option })
  }
}

function given(option: string, data: string | Uint8Array): Source {
  return { bytes: typeof data === 'string' ? Buffer.from(data, 'utf8') : data, path: option, where: '' }
}

function lacking(path: string, problem: string): OptionsError {
  return new OptionsError(problem, { path })
}

function expandHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}

function list<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value]
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === 'string' ? code : 'unknown error'
}

/** SHA-256 of certificates, in hexadecimal: what a trust set or a client identity is compared by. */
export function digestOf(certificates: readonly X509Certificate[]): string {
  const hash = createHash('sha256')
  for (const certificate of certificates) hash.update(certificate.raw)
  return hash.digest('hex')
}
