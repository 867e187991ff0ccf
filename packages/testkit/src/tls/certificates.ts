/**
 * Certificates for TLS tests, made when a test asks: authorities, intermediates, good leaves and every bad one.
 *
 * Nothing is checked in, so nothing expires. Each distinct request is made once per process and kept (two calls of
 * openssl, about 20 ms, ECDSA P-256); the files live in a temporary directory until the process exits. Needs the
 * `openssl` command. Neighbour: openssl.ts.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { sign, writeTemporary } from './openssl.js'

const DAY = 86_400_000

/** What every certificate may choose. */
export interface CertificateOptions {
  /** Subject common name. Default: the first host, or a name that says what the certificate is. */
  readonly commonName?: string
  /** Default `ecdsa` (P-256), which is made in no time. */
  readonly key?: 'ecdsa' | 'rsa' | 'ed25519'
  /** Size of an RSA key. Default 2048. */
  readonly rsaBits?: number
  /** Certifies the key of this certificate instead of a new one: a renewal. */
  readonly keyOf?: Certificate
  /** Default: yesterday. */
  readonly notBefore?: Date
  /** Default: in 30 days. */
  readonly notAfter?: Date
  /** Shorthand: was valid until yesterday. */
  readonly expired?: boolean
  /** Shorthand: becomes valid tomorrow. */
  readonly notYetValid?: boolean
  /** Digest of the signature. Default `sha256`. */
  readonly digest?: string
  /** Further extension lines in openssl's syntax, e.g. `nameConstraints=critical,permitted;DNS:.example.com`. */
  readonly extensions?: readonly string[]
  /** Distinguishes certificates that are otherwise asked for alike: other label, other key. */
  readonly label?: string
}

/** A leaf. */
export interface LeafOptions extends CertificateOptions {
  /** DNS names in the subject alternative names; `*.example.com` for a wildcard. Default: `localhost`. */
  readonly hosts?: readonly string[]
  /** IP addresses there. Default: `127.0.0.1` and `::1`, unless `hosts` is given. */
  readonly ips?: readonly string[]
  /**
   * The subject alternative names in openssl's notation, instead of `hosts` and `ips`: for kinds and spellings that those do
   * not have, such as `URI:https://example.com`.
   */
  readonly altNames?: readonly string[]
  /** Extended key usage. Default `server`; `none` leaves the extension out. */
  readonly usage?: 'server' | 'client' | 'both' | 'none'
  /** Who signs. Default: `certificates.ca()`. */
  readonly issuer?: Authority
  /** Signed by its own key instead. */
  readonly selfSigned?: boolean
  /** Encrypts `key` and `keyFile` (PKCS #8, AES-256-CBC) with this passphrase. */
  readonly passphrase?: string
}

/** An authority. */
export interface AuthorityOptions extends CertificateOptions {
  /** Who signs. Default: itself, which makes it a root. */
  readonly issuer?: Authority
  /** How many authorities may follow. Default: no limit. */
  readonly pathLength?: number
  /** `false` makes one that must not be one: a leaf that signs. Default `true`. */
  readonly isCa?: boolean
}

/** A certificate with its key, as PEM text and as files. */
export interface Certificate {
  /** The certificate alone, PEM. */
  readonly cert: string
  /** The private key, PKCS #8 PEM; encrypted when a passphrase was given. */
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
  /** The certificate and the intermediates that lead to the root, as a server sends them. PEM. */
  readonly chain: string
  readonly chainFile: string
  /** The root that a client must trust. PEM. */
  readonly ca: string
  readonly caFile: string
  readonly passphrase: string | undefined
  /** Parsed. */
  readonly x509: X509Certificate
  /** SHA-256 of the DER, upper-case hexadecimal with colons. */
  readonly fingerprint: string
  /** `sha256/<base64>` of the public key. RFC 7469 §2.4 */
  readonly spkiPin: string
  /** Options for `tls.createSecureContext` or a scripted server's `tls`: key, chain, passphrase. */
  readonly tls: { readonly key: string; readonly cert: string; readonly passphrase?: string }
  /** A secure context of key and chain. */
  context(): SecureContext
}

/** A certificate that signs others. */
export interface Authority extends Certificate {
  /** A leaf signed by this authority. */
  leaf(options?: Omit<LeafOptions, 'issuer' | 'selfSigned'>): Certificate
  /** An authority signed by this one. */
  intermediate(options?: Omit<AuthorityOptions, 'issuer'>): Authority
}

function newKey({ key = 'ecdsa', rsaBits = 2048 }: CertificateOptions): string {
  return newKeyPair(key, rsaBits).export({ type: 'pkcs8', format: 'pem' }).toString()
}

function newKeyPair(key: NonNullable<CertificateOptions['key']>, rsaBits: number): KeyObject {
  if (key === 'rsa') return generateKeyPairSync('rsa', { modulusLength: rsaBits }).privateKey
  if (key === 'ed25519') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

function validity(options: CertificateOptions): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  const from =
    options.notYetValid === true ? now + DAY : options.expired === true ? now - 30 * DAY : now - DAY
  const until = options.expired === true ? now - DAY : now + 30 * DAY
  return { notBefore: options.notBefore ?? new Date(from), notAfter: options.notAfter ?? new Date(until) }
}

const USAGES = { server: 'serverAuth', client: 'clientAuth', both: 'serverAuth,clientAuth' } as const

function alternativeNames(options: LeafOptions): readonly string[] {
  if (options.altNames !== undefined) return options.altNames
  const { hosts = ['localhost'] } = options
  const ips = options.ips ?? (options.hosts === undefined ? ['127.0.0.1', '::1'] : [])
  return [...hosts.map((host) => `DNS:${host}`), ...ips.map((ip) => `IP:${ip}`)]
}

function leafExtensions(options: LeafOptions): string[] {
  const { usage = 'server' } = options
  const lines = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment']
  if (usage !== 'none') lines.push(`extendedKeyUsage=${USAGES[usage]}`)
  return [...lines, ...identifiers(options.selfSigned === true)]
}

function authorityExtensions({ isCa = true, pathLength, issuer }: AuthorityOptions): string[] {
  const length = pathLength === undefined ? '' : `,pathlen:${pathLength}`
  const usage = isCa ? 'keyCertSign,cRLSign' : 'digitalSignature'
  return [
    `basicConstraints=critical,CA:${isCa ? `TRUE${length}` : 'FALSE'}`,
    `keyUsage=critical,${usage}`,
    ...identifiers(issuer === undefined),
  ]
}

/** RFC 5280 §4.2.1.1 and §4.2.1.2: strict verifiers want both, a root needs no authority key identifier. */
const identifiers = (isRoot: boolean): string[] =>
  isRoot
    ? ['subjectKeyIdentifier=hash']
    : ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always']

function issue(
  options: CertificateOptions & { readonly passphrase?: string },
  name: string,
  extensions: readonly string[],
  issuer: Authority | undefined,
  altNames: readonly string[] = [],
): Certificate {
  const plainKey = keyOf(options)
  const plainFile = writeTemporary('key.pem', plainKey)
  const cert = sign({
    keyFile: plainFile,
    subject: `/O=Rockpool test kit/CN=${(options.commonName ?? name).replaceAll('/', '\\/')}`,
    extensions: [...extensions, ...(options.extensions ?? [])],
    altNames,
    ...validity(options),
    digest: options.digest ?? 'sha256',
    issuer,
  })
  return describe(cert, plainKey, plainFile, options.passphrase, issuer)
}

function keyOf(options: CertificateOptions): string {
  const { keyOf: other } = options
  if (other === undefined) return newKey(options)
  if (other.passphrase === undefined) return other.key
  const opened = createPrivateKey({ key: other.key, passphrase: other.passphrase })
  return opened.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function encrypted(key: string, passphrase: string): string {
  const how = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const
  return createPrivateKey(key).export(how).toString()
}

function describe(
  cert: string,
  plainKey: string,
  plainFile: string,
  passphrase: string | undefined,
  issuer: Authority | undefined,
): Certificate {
  const key = passphrase === undefined ? plainKey : encrypted(plainKey, passphrase)
  const certFile = writeTemporary('cert.pem', cert)
  // A root is what a client has already; a server that sends it only wastes bytes.
  const chain = issuer === undefined || issuer.cert === issuer.ca ? cert : cert + issuer.chain
  const x509 = new X509Certificate(cert)
  const tls = { key, cert: chain, ...(passphrase === undefined ? {} : { passphrase }) }
  return {
    cert,
    key,
    certFile,
    keyFile: passphrase === undefined ? plainFile : writeTemporary('encrypted-key.pem', key),
    chain,
    chainFile: writeTemporary('chain.pem', chain),
    ca: issuer?.ca ?? cert,
    caFile: issuer?.caFile ?? certFile,
    passphrase,
    x509,
    fingerprint: x509.fingerprint256,
    spkiPin: `sha256/${createHash('sha256')
      .update(x509.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64')}`,
    tls,
    context: () => createSecureContext(tls),
  }
}

const made = new Map<string, Certificate>()

/** One certificate for equal requests: `issuer` counts by its fingerprint, `keyOf` by its key, everything else by value. */
function once<T extends Certificate>(
  kind: string,
  options: { readonly issuer?: Authority; readonly keyOf?: Certificate },
  make: () => T,
): T {
  const { issuer, keyOf: other, ...rest } = options
  const key = JSON.stringify([
    kind,
    issuer?.fingerprint,
    other?.spkiPin,
    Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
  const known = made.get(key)
  if (known !== undefined) return known as T
  const certificate = make()
  made.set(key, certificate)
  return certificate
}

function authority(options: AuthorityOptions): Authority {
  return once('authority', options, () => {
    // A name of its own: one that equals its issuer's would be self-issued, which path lengths do not count.
    const name = `Test ${options.issuer === undefined ? 'root' : 'intermediate'} ${made.size + 1}`
    const base = issue(options, name, authorityExtensions(options), options.issuer)
    const self: Authority = {
      ...base,
      leaf: (leafOptions = {}) => leaf({ ...leafOptions, issuer: self }),
      intermediate: (more = {}) => authority({ ...more, issuer: self }),
    }
    return self
  })
}

function leaf(options: LeafOptions): Certificate {
  const issuer = options.selfSigned === true ? undefined : (options.issuer ?? authority({}))
  const wanted: LeafOptions = issuer === undefined ? options : { ...options, issuer }
  return once('leaf', wanted, () =>
    issue(
      options,
      options.hosts?.[0] ?? options.ips?.[0] ?? 'localhost',
      leafExtensions(options),
      issuer,
      alternativeNames(options),
    ),
  )
}

/**
 * The factory. Equal requests give the same certificate.
 *
 * @example
 * ```ts
 * const { ca, tls } = certificates.leaf({ hosts: ['example.com'] })
 * await using server = await scriptedServer(answerAll(response(200)), { tls })
 * const expired = certificates.leaf({ expired: true })
 * const deep = certificates.ca().intermediate({ pathLength: 0 }).leaf({ key: 'rsa' })
 * const client = certificates.leaf({ usage: 'client', passphrase: 'secret' })
 * ```
 */
export const certificates: {
  /** A self-signed root; the same one each time it is asked for with the same options. */
  ca(options?: AuthorityOptions): Authority
  /** A leaf, by default for localhost, 127.0.0.1 and ::1, signed by `certificates.ca()`. */
  leaf(options?: LeafOptions): Certificate
} = {
  ca: (options = {}) => authority(options),
  leaf: (options = {}) => leaf(options),
}
