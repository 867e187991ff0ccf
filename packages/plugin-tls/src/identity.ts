/**
 * One digest over everything that decides whom TLS trusts and as whom it appears.
 *
 * Part of the key under which sessions are kept: two sets of options that differ in anything, be it the content of a
 * file of the same name, never share one. Content is hashed, so equal options have equal identities.
 */
import { createHash, createPublicKey } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { digestOf, type Material } from './material.js'
import type { TlsOptions, TlsVersion } from './options.js'

const contextNumbers = new WeakMap<SecureContext, number>()
let contextsSeen = 0

/** The versions that a policy allows. */
export interface VersionRange {
  readonly min: TlsVersion
  readonly max: TlsVersion | undefined
}

/** SHA-256 over the options' meaning, in hexadecimal. */
export function identityOf(options: TlsOptions, material: Material, versions: VersionRange): string {
  const parts: Record<string, unknown> = {
    // 'optional' checks what 'required' checks.
    verifies: options.certReqs !== 'none',
    trust: material.trust === undefined ? null : digestOf(byDigest(material.trust)),
    client: material.client === undefined ? null : digestOf(material.client.chain),
    key: material.client === undefined ? null : publicDigest(material.client.key),
    min: versions.min,
    max: versions.max ?? null,
    serverHostname: options.serverHostname ?? null,
    assertHostname: options.assertHostname ?? null,
    fingerprints: canonical(options.assertFingerprint),
    pins: canonical(options.pins),
    ciphers: options.ciphers ?? null,
    context: options.secureContext === undefined ? null : numberOf(options.secureContext),
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function byDigest(trust: NonNullable<Material['trust']>): NonNullable<Material['trust']> {
  return [...trust].sort((a, b) => (a.fingerprint256 < b.fingerprint256 ? -1 : 1))
}

function publicDigest(key: NonNullable<Material['client']>['key']): string {
  return createHash('sha256')
    .update(createPublicKey(key).export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** A context is opaque: the same object is the same identity, any other is another. */
function numberOf(context: SecureContext): number {
  let number = contextNumbers.get(context)
  if (number === undefined) {
    contextsSeen += 1
    number = contextsSeen
    contextNumbers.set(context, number)
  }
  return number
}

/** The same value for the same meaning, whatever the order of keys; one and a list of one are the same. */
function canonical(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return [...value].sort()
  return Object.entries(value)
    .map(([key, item]) => [key, canonical(item)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
