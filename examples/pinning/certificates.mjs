// Keys and certificates for the example, made by the `openssl` command in a folder that is removed at exit.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'rockpool-pinning-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

function openssl(...args) {
  return execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
}

/** A private CA. */
export function makeAuthority() {
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'ca.key')
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=Example CA', '-days', '2', '-out', 'ca.pem')
  return readFileSync(join(folder, 'ca.pem'), 'utf8')
}

/** A new key and its certificate for localhost, signed by the CA. */
export function makeServerKey(name) {
  writeFileSync(join(folder, 'names.cnf'), 'subjectAltName=DNS:localhost\n')
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`)
  openssl('req', '-new', '-key', `${name}.key`, '-subj', '/', '-out', `${name}.csr`)
  openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '1', '-extfile', 'names.cnf', '-out', `${name}.pem`],
  )
  const read = (suffix) => readFileSync(join(folder, `${name}.${suffix}`), 'utf8')
  return { cert: read('pem'), key: read('key') }
}
