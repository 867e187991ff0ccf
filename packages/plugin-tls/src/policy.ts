/**
 * The options of `tls()` turned into what a handshake needs: read, checked, immutable.
 *
 * Made once per plugin. The secure context is built once as well, not once per connection; with nothing to put into it
 * only at the first handshake, so that a pool that never speaks TLS does not pay for one.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { OptionsError, Origin } from '@rockpool/core/plugin'
import { type Fingerprint, isCollisionWeak, parseFingerprints } from './fingerprints.js'
import type { PeerName } from './host-match.js'
import { identityOf, type VersionRange } from './identity.js'
import { type KeyLog, keyLogFromEnvironment } from './key-log.js'
import { type Material, readMaterial } from './material.js'
import { TLS_VERSIONS, type TlsOptions } from './options.js'
import { type PinRules, parsePins } from './pins.js'
import { SessionCache } from './session-cache.js'

/** An hour: how long a server may go on with a key it has replaced. */
const SESSION_MAX_AGE_MS = 3_600_000
/** Some 2 to 4 KiB each. */
const SESSION_CACHE_SIZE = 256
const DEFAULT_MINIMUM = 'TLSv1.2'

/** See the file's head. */
export interface TlsPolicy {
  /** False with `certReqs: 'none'`: neither chain nor name decide. */
  readonly verifiesChain: boolean
  /** For SNI and the check of the name, instead of the peer's own name. */
  readonly serverHostname: PeerName | undefined
  /** For the check of the name alone; `false`: no check. */
  readonly assertHostname: PeerName | false | undefined
  readonly fingerprints: readonly Fingerprint[]
  readonly pins: PinRules | undefined
  /** Whether the options bring a client certificate; one in a caller's `secureContext` is not known of. */
  readonly showsCertificate: boolean
  /** Digest over all that distinguishes this policy from another. */
  readonly identity: string
  /** `undefined`: sessions are not resumed. */
  readonly sessions: SessionCache | undefined
  /** Whether that is so for pinned peers as well: only when it was asked for. */
  readonly resumesPinned: boolean
  readonly keyLog: KeyLog | undefined
  secureContext(): SecureContext
}

/**
 * Reads the options.
 *
 * @throws {OptionsError} something in them is missing, broken or contradicts something else
 */
export function createPolicy(options: TlsOptions): TlsPolicy {
  if (options.secureContext !== undefined) refuseBesideContext(options)
  const material = readMaterial(options)
  const versions = versionRange(options)
  const fingerprints = parseFingerprints(options.assertFingerprint)
  if (isCollisionWeak(fingerprints)) {
    process.emitWarning('an MD5 or SHA-1 fingerprint can be forged; pin with SHA-256', {
      type: 'RockpoolWarning',
      code: 'ROCKPOOL_WEAK_FINGERPRINT',
    })
  }
  return Object.freeze({
    verifiesChain: options.certReqs !== 'none',
    serverHostname: optionalName(options.serverHostname, 'serverHostname'),
    assertHostname:
      options.assertHostname === false ? false : optionalName(options.assertHostname, 'assertHostname'),
    fingerprints,
    pins: parsePins(options.pins),
    showsCertificate: material.client !== undefined,
    identity: identityOf(options, material, versions),
    sessions: createSessionCache(options),
    resumesPinned: resumesPinned(options),
    keyLog: keyLogFromEnvironment(),
    secureContext: contextMaker(options, material, versions),
  })
}

/**
 * A name in the spelling in which names are compared.
 *
 * @throws {LocationValueError} it is no host
 */
export function peerName(host: string): PeerName {
  const { serverName, isIp } = Origin.of('https', host)
  return { name: serverName, isIp }
}

function optionalName(host: string | undefined, path: string): PeerName | undefined {
  if (host === undefined) return undefined
  try {
    return peerName(host)
  } catch (cause) {
    throw new OptionsError('it is neither a host name nor an address', { path, cause })
  }
}

function versionRange(options: TlsOptions): VersionRange {
  const { sslVersion, sslMinimumVersion, sslMaximumVersion } = options
  if (sslVersion !== undefined) {
    if (sslMinimumVersion !== undefined || sslMaximumVersion !== undefined) {
      throw new OptionsError('an exact version leaves no room for a minimum or a maximum', {
        path: 'sslVersion',
      })
    }
    return { min: sslVersion, max: sslVersion }
  }
  const min = sslMinimumVersion ?? DEFAULT_MINIMUM
  // Node takes such a range without a word and then offers whatever it likes.
  if (
    sslMaximumVersion !== undefined &&
    TLS_VERSIONS.indexOf(min) > TLS_VERSIONS.indexOf(sslMaximumVersion)
  ) {
    throw new OptionsError(
      `the maximum ${sslMaximumVersion} is below the minimum ${min}` +
        (sslMinimumVersion === undefined ? ' (the default)' : ''),
      { path: 'sslMaximumVersion' },
    )
  }
  return { min, max: sslMaximumVersion }
}

function createSessionCache({ sessionCache }: TlsOptions): SessionCache | undefined {
  if (sessionCache === false) return undefined
  const { size, maxAge } = typeof sessionCache === 'object' ? sessionCache : {}
  return new SessionCache(size ?? SESSION_CACHE_SIZE, maxAge ?? SESSION_MAX_AGE_MS)
}

/** Own properties count only: what a bug elsewhere put on `Object.prototype` turns no check off. */
function resumesPinned({ sessionCache }: TlsOptions): boolean {
  return (
    typeof sessionCache === 'object' && Object.hasOwn(sessionCache, 'pinned') && sessionCache.pinned === true
  )
}

/**
 * Node sorts what `ciphers` lists: names in `TLS_` are for TLS 1.3, all else for the older versions, and a version for which
 * nothing is left is not offered, or offered with its defaults if it is the only one. What cannot have been meant is refused.
 */
function refuseCiphersOfOtherVersions(ciphers: string, { min, max }: VersionRange): void {
  const names = ciphers.split(':')
  const modern = names.filter((name) => name.startsWith('TLS_'))
  const refuse = (problem: string): never => {
    throw new OptionsError(problem, { path: 'ciphers' })
  }
  if (modern.length === names.length && max !== undefined && max !== 'TLSv1.3')
    refuse(`they are all of TLS 1.3, and the newest version allowed is ${max}`)
  // `DEFAULT@SECLEVEL=0` says something for TLS 1.3 as well.
  if (modern.length === 0 && min === 'TLSv1.3' && !ciphers.includes('@'))
    refuse('none of them is of TLS 1.3 (TLS_…), the only version allowed')
}

function contextMaker(options: TlsOptions, material: Material, versions: VersionRange): () => SecureContext {
  const make = (): SecureContext => options.secureContext ?? createContext(options, material, versions)
  const hasInput =
    material.trust !== undefined || material.client !== undefined || options.ciphers !== undefined
  let context = hasInput ? make() : undefined
  return () => {
    context ??= make()
    return context
  }
}

function createContext(options: TlsOptions, material: Material, versions: VersionRange): SecureContext {
  const { trust, client } = material
  const { ciphers } = options
  if (ciphers !== undefined) refuseCiphersOfOtherVersions(ciphers, versions)
  try {
    return createSecureContext({
      minVersion: versions.min,
      ...(versions.max !== undefined && { maxVersion: versions.max }),
      // A server that asks for a new handshake in the middle could change who it is.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      ...(ciphers !== undefined && { ciphers }),
      ...(trust !== undefined && { ca: trust.map(String) }),
      ...(client !== undefined && {
        cert: client.chain.map(String).join(''),
        key: client.key.export({ type: 'pkcs8', format: 'pem' }),
      }),
    })
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code ?? 'unknown error')
    if (code === 'ERR_SSL_NO_CIPHER_MATCH' || code === 'ERR_TLS_INVALID_CIPHER') {
      throw new OptionsError('no known cipher suite is among them', { path: 'ciphers', cause })
    }
    throw new OptionsError(`the client certificate cannot be used (${code})`, { path: 'certFile', cause })
  }
}

function refuseBesideContext(options: TlsOptions): void {
  const inContext = [
    'caCerts',
    'caCertDir',
    'caCertData',
    'certFile',
    'certData',
    'keyFile',
    'keyData',
    'keyPassword',
    'sslVersion',
    'sslMinimumVersion',
    'sslMaximumVersion',
    'ciphers',
  ] as const
  for (const name of inContext) {
    if (options[name] === undefined) continue
    throw new OptionsError(
      'it would have to change the secureContext, which is used as it is; put it into that instead',
      { path: name },
    )
  }
}
