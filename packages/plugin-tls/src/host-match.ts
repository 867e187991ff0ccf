/**
 * Whether a certificate's name covers a host: RFC 9525 §6, without its allowances.
 *
 * Stricter than `tls.checkServerIdentity`: alternative names only, never the common name; a wildcard is the whole
 * left-most label and needs at least two more labels; a dns name never covers an address, nor the other way round.
 * Hosts arrive here normalised (lower-case, punycode, no trailing dot, no brackets).
 */
import type { AlternativeName, PeerCertificate } from './peer-certificate.js'

/** Whom a certificate has to be for. */
export interface PeerName {
  readonly name: string
  readonly isIp: boolean
}

/** Whether one of the certificate's names covers `host`. */
export function certificateCovers(certificate: PeerCertificate, host: PeerName): boolean {
  return certificate.names.some((name) => nameCovers(name, host))
}

/** Whether one alternative name covers `host`. */
export function nameCovers(alternative: AlternativeName, host: PeerName): boolean {
  if (host.isIp) return alternative.kind === 'ip' && alternative.value === host.name
  return alternative.kind === 'dns' && dnsNameCovers(alternative.value.toLowerCase(), host.name)
}

function dnsNameCovers(pattern: string, host: string): boolean {
  if (!isName(host)) return false
  if (!pattern.startsWith('*.')) return pattern === host && isName(pattern)
  const parent = pattern.slice(2)
  if (!isName(parent) || !parent.includes('.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === parent
}

/** Labels of letters, digits, `-` and `_`, none empty; RFC 1034 §3.5 plus the underscore that is in use. */
function isName(name: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)
}
