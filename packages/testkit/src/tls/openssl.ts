/**
 * The one place that calls the `openssl` command: it signs a certificate request.
 *
 * `openssl ca` rather than `openssl x509`, because only the former has let one choose both ends of the validity
 * in every version since 1.0; an expired certificate must not need a changed system clock. Knows files and
 * extensions, not what makes a certificate good or bad.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let directory: string | undefined
let files = 0

/** A directory of this process, removed when it exits. */
function workDirectory(): string {
  if (directory !== undefined) return directory
  const made = mkdtempSync(join(tmpdir(), 'rockpool-certificates-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  directory = made
  return made
}

/** Writes a file that lives as long as the process and returns its path. */
export function writeTemporary(suffix: string, content: string): string {
  const path = join(workDirectory(), `${++files}-${suffix}`)
  writeFileSync(path, content, { mode: 0o600 })
  return path
}

/** Everything that a signature needs. */
export interface SigningRequest {
  readonly keyFile: string
  /** In openssl's form: `/O=…/CN=…`. */
  readonly subject: string
  /** Lines of an extension section. */
  readonly extensions: readonly string[]
  /** Subject alternative names, `DNS:localhost`. */
  readonly altNames: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** A digest's name, `sha256`. */
  readonly digest: string
  /** Who signs; `undefined`: the key itself. */
  readonly issuer: { readonly certFile: string; readonly keyFile: string } | undefined
}

/** YYYYMMDDHHMMSSZ, as ASN.1 writes a time. */
const asn1Time = (date: Date): string => `${date.toISOString().replace(/\.\d+Z$|[-:T]/g, '')}Z`

/** In a section of its own, where a comma or a semicolon in a name is part of the name. */
function altNameLines(names: readonly string[]): string[] {
  if (names.length === 0) return []
  const entries = names.map((name, index) => {
    const colon = name.indexOf(':')
    return `${name.slice(0, colon)}.${index + 1} = ${name.slice(colon + 1)}`
  })
  return ['subjectAltName = @names', '[names]', ...entries]
}

function configuration(extensions: readonly string[], altNames: readonly string[]): string {
  const base = join(workDirectory(), `${++files}-authority`)
  writeFileSync(`${base}.index`, '')
  writeFileSync(`${base}.index.attr`, 'unique_subject = no\n')
  return writeTemporary(
    'openssl.cnf',
    [
      '[req]',
      'distinguished_name = name',
      'prompt = no',
      'utf8 = yes',
      '[name]',
      '[ca]',
      'default_ca = authority',
      '[authority]',
      `database = ${base}.index`,
      `new_certs_dir = ${workDirectory()}`,
      'policy = any',
      'rand_serial = yes',
      'preserve = yes',
      '[any]',
      'organizationName = optional',
      'commonName = optional',
      '[extensions]',
      ...extensions,
      ...altNameLines(altNames),
      '',
    ].join('\n'),
  )
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: Buffer }
    if (code === 'ENOENT')
      throw new Error('the certificate factory needs the openssl command', { cause: error })
    throw new Error(`openssl ${args[0]} failed: ${stderr?.toString().trim()}`, { cause: error })
  }
}

/** Signs and returns the certificate as PEM. */
export function sign(request: SigningRequest): string {
  const config = configuration(request.extensions, request.altNames)
  const csr = `${config}.csr`
  const out = `${config}.pem`
  openssl([
    'req',
    '-new',
    '-utf8',
    '-config',
    config,
    '-key',
    request.keyFile,
    '-subj',
    request.subject,
    '-out',
    csr,
  ])
  const signer =
    request.issuer === undefined
      ? ['-selfsign', '-keyfile', request.keyFile]
      : ['-cert', request.issuer.certFile, '-keyfile', request.issuer.keyFile]
  const times = ['-startdate', asn1Time(request.notBefore), '-enddate', asn1Time(request.notAfter)]
  const how = ['-batch', '-notext', '-extensions', 'extensions', '-md', request.digest]
  openssl(['ca', '-config', config, ...how, ...times, ...signer, '-in', csr, '-out', out])
  return readFileSync(out, 'latin1')
}
