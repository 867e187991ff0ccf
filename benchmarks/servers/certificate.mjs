// The certificate of the https rows: RSA-2048, the commonest in use, self-signed for 127.0.0.1 and made anew for each run.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Returns the files of a fresh certificate, or undefined where there is no `openssl`. */
export function makeCertificate(directory) {
  const certFile = join(directory, 'cert.pem')
  const keyFile = join(directory, 'key.pem')
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=rockpool benchmark',
  ]
  args.push(
    '-addext',
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  )
  try {
    execFileSync('openssl', [...args, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
    return { certFile, keyFile }
  } catch {
    return undefined
  }
}
