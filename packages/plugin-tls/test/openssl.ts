/**
 * What the `openssl` command says about the test kit's certificates, and files beside them: what is verified here was
 * not computed by the code that verifies.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Certificate } from '@rockpool/testkit'

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

/** The certificate's bytes. */
export function derOf(issued: Certificate): Buffer {
  return openssl(['x509', '-outform', 'der', '-in', issued.certFile])
}

/** A digest of the certificate as openssl prints it: `AB:CD:…`. */
export function fingerprintOf(issued: Certificate, algorithm: string): string {
  const line = openssl(['x509', '-noout', '-fingerprint', `-${algorithm}`, '-in', issued.certFile]).toString()
  return line.slice(line.indexOf('=') + 1).trim()
}

/** The pin of the key, computed by the pipeline that RFC 7469 (appendix A) shows. */
export function pinOf(issued: Certificate): string {
  const spki = openssl(['pkey', '-in', issued.keyFile, '-pubout', '-outform', 'der'])
  return `sha256/${openssl(['dgst', '-sha256', '-binary'], spki).toString('base64')}`
}

/** The key encrypted with `password`, as a file. */
export function encryptedKey(issued: Certificate, password: string): string {
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
