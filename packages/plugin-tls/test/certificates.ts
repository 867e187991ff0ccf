/**
 * Certificates for tests, made by the `openssl` command in a directory of their own: what is verified here was not
 * made by the code that verifies.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as PEM text and as files. */
export interface Issued {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** What a certificate is to say. */
export interface Wish {
  /** The common name. */
  readonly name?: string
  /** In OpenSSL's notation: `DNS:localhost,IP:127.0.0.1`. */
  readonly san?: string
  /** `ec` is P-256. */
  readonly key?: 'ec' | `rsa:${number}` | 'ed25519'
  /** `YYYYMMDDHHMMSSZ`. */
  readonly notBefore?: string
  readonly notAfter?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
  readonly digest?: string
  /** Whether it may issue others. */
  readonly ca?: boolean
  /** Use this key instead of a new one. */
  readonly keyOf?: Issued
}

const directory = mkdtempSync(join(tmpdir(), 'rockpool-tls-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
let made = 0

/** The directory of all the files; removed at exit. */
export const certificateDirectory: string = directory

/** Runs openssl in the directory; its answer as bytes. */
export function openssl(args: readonly string[], input?: string | Buffer): Buffer {
  return execFileSync('openssl', args, {
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  })
}

/** A certificate that has signed itself. */
export function selfSigned(wish: Wish = {}): Issued {
  return issue(undefined, wish)
}

/** A root. */
export function authority(name = 'Test Root'): Issued {
  return issue(undefined, { name, ca: true })
}

/** Issues what is wished, signed by `issuer`. */
export function issue(issuer: Issued | undefined, wish: Wish = {}): Issued {
  made += 1
  const id = `c${made}`
  const at = (suffix: string): string => join(directory, `${id}.${suffix}`)
  const keyFile = wish.keyOf?.keyFile ?? at('key')
  if (wish.keyOf === undefined) openssl(['genpkey', ...keyArgs(wish.key ?? 'ec'), '-out', keyFile])
  const subject = wish.name === undefined ? '/O=Rockpool Test' : `/O=Rockpool Test/CN=${wish.name}`
  openssl([
    'req',
    '-new',
    '-key',
    keyFile,
    '-subj',
    subject,
    '-out',
    at('csr'),
    '-config',
    config(at('cnf'), wish),
  ])
  const signer = issuer === undefined ? ['-selfsign', '-keyfile', keyFile] : signedBy(issuer)
  writeFileSync(at('db'), '')
  writeFileSync(at('serial'), `${(4096 + made).toString(16)}\n`)
  openssl([
    'ca',
    ...['-config', at('cnf'), '-batch', '-notext', '-in', at('csr'), '-out', at('crt')],
    ...['-startdate', wish.notBefore ?? '20200101000000Z', '-enddate', wish.notAfter ?? '20490101000000Z'],
    ...['-extensions', 'made', '-md', wish.digest ?? 'sha256'],
    ...signer,
  ])
  return {
    cert: readFileSync(at('crt'), 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    certFile: at('crt'),
    keyFile,
  }
}

/** The certificate's bytes. */
export function derOf(issued: Issued): Buffer {
  return openssl(['x509', '-outform', 'der', '-in', issued.certFile])
}

/** A digest of the certificate as openssl prints it: `AB:CD:…`. */
export function fingerprintOf(issued: Issued, algorithm: string): string {
  const line = openssl(['x509', '-noout', '-fingerprint', `-${algorithm}`, '-in', issued.certFile]).toString()
  return line.slice(line.indexOf('=') + 1).trim()
}

/** The pin of the key, computed by the pipeline that RFC 7469 (appendix A) shows. */
export function pinOf(issued: Issued): string {
  const spki = openssl(['pkey', '-in', issued.keyFile, '-pubout', '-outform', 'der'])
  return `sha256/${openssl(['dgst', '-sha256', '-binary'], spki).toString('base64')}`
}

/** The key encrypted with `password`, as a file. */
export function encryptedKey(issued: Issued, password: string): string {
  made += 1
  const path = join(directory, `c${made}.enc.key`)
  openssl([
    'pkcs8',
    '-topk8',
    '-v2',
    'aes-256-cbc',
    '-in',
    issued.keyFile,
    '-passout',
    `pass:${password}`,
    '-out',
    path,
  ])
  return path
}

/** Writes a file beside the others. */
export function fileOf(name: string, content: string | Buffer): string {
  made += 1
  const path = join(directory, `${made}-${name}`)
  writeFileSync(path, content)
  return path
}

function keyArgs(key: NonNullable<Wish['key']>): string[] {
  if (key === 'ed25519') return ['-algorithm', 'ed25519']
  if (key === 'ec') return ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
  return ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${key.slice('rsa:'.length)}`]
}

function signedBy(issuer: Issued): string[] {
  return ['-cert', issuer.certFile, '-keyfile', issuer.keyFile]
}

function config(path: string, wish: Wish): string {
  const lines = [
    ...['[req]', 'distinguished_name=dn', '[dn]', '[ca]', 'default_ca=it', '[it]', 'new_certs_dir=.'],
    ...[`database=${path.replace('.cnf', '.db')}`, `serial=${path.replace('.cnf', '.serial')}`],
    ...['policy=any', 'email_in_dn=no', 'unique_subject=no', 'x509_extensions=made', '[any]'],
    ...['organizationName=optional', 'commonName=optional', '[made]'],
    `basicConstraints=critical,CA:${wish.ca === true ? 'TRUE' : 'FALSE'}`,
    ...(wish.ca === true ? ['keyUsage=critical,keyCertSign,cRLSign'] : []),
    ...(wish.usage === undefined ? [] : [`extendedKeyUsage=${wish.usage}`]),
    ...['subjectKeyIdentifier=hash'],
    ...(wish.san === undefined ? [] : ['subjectAltName=@san', '[san]', ...sanLines(wish.san)]),
  ]
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

function sanLines(san: string): string[] {
  return san.split(',').map((entry, index) => {
    const colon = entry.indexOf(':')
    return `${entry.slice(0, colon)}.${index + 1}=${entry.slice(colon + 1)}`
  })
}
