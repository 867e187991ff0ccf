/** The pin of a certificate at hand: to write the `pins` option, and to prepare that of the next key. */
import { OptionsError } from '@rockpool/core/plugin'
import { PeerCertificate } from './peer-certificate.js'
import { readCertificates } from './pem.js'

/**
 * The public-key pin of a certificate, `sha256/<base64>` (RFC 7469 §2.4).
 *
 * @param certificate PEM text or DER bytes; of several the first counts
 * @throws {OptionsError} it is no certificate
 * @example
 * ```ts
 * tls({ pins: [spkiPin(readFileSync('current.pem')), spkiPin(readFileSync('next.pem'))] })
 * ```
 */
export function spkiPin(certificate: string | Uint8Array): string {
  const bytes = typeof certificate === 'string' ? Buffer.from(certificate, 'utf8') : certificate
  const [first] = readCertificates({ bytes, path: 'certificate', where: '' })
  if (first === undefined) throw new OptionsError('there is no certificate', { path: 'certificate' })
  return new PeerCertificate(first).spkiPin
}
