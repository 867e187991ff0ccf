// Host names and addresses: the strict grammar, and the one spelling everything else uses.
//
// Rule: what is accepted here is later looked up, compared with certificates, put into a Host field and into a CONNECT
// line, so it must have one meaning in all of them. The WHATWG host parser that Node carries does the mapping (IDNA, odd
// IPv4 spellings such as 0x7f.1, IPv6 compression); around it stand the checks it lacks: no empty label, no label over 63
// and no name over 253 characters (RFC 1035 §2.3.4), no ASCII-only `xn--` label, nothing outside letters, digits, `-`, `_`
// and `.`. A name that is plain lower-case ASCII skips the parser.
//
// Neighbours: origin.ts. Must not know: ports, schemes, urls.

import { domainToUnicode } from 'node:url'
import { quotePeerText } from './http-error.js'
import { MAX_HOST_LENGTH, MAX_LABEL_LENGTH } from './limits.js'
import { LocationParseError, LocationValueError } from './usage-errors.js'

/** A host in its one spelling. */
export interface Host {
  /** Lower-case, IDNA-encoded, no brackets; a zone as `%eth0`. */
  readonly name: string
  /** Whether it is an address. */
  readonly isIp: boolean
}

const ZONE = /^[A-Za-z0-9._~-]{1,64}$/
const PLAIN: Uint8Array = plainTable()

/**
 * Brings a host into its one spelling.
 *
 * @throws {LocationValueError} it is empty
 * @throws {LocationParseError} it breaks the grammar
 */
export function normaliseHost(host: string): Host {
  if (typeof host !== 'string' || host === '') throw new LocationValueError('no host given')
  if (host.length > 4 * MAX_HOST_LENGTH) throw refusal(host, 'is too long')
  if (host.includes(':') || host.startsWith('[')) return normaliseIPv6(host)
  return isPlain(host) ? { name: checkedLabels(host, host), isIp: false } : mapHost(host)
}

// Lower-case letters, digits, `-`, `_`, `.`, no punycode, and a last label that cannot be read as a number: nothing that the
// WHATWG parser would change.
function isPlain(host: string): boolean {
  for (let i = 0; i < host.length; i++) if (PLAIN[host.charCodeAt(i)] !== 1) return false
  const end = host.endsWith('.') ? host.length - 1 : host.length
  const last = host.charCodeAt(host.lastIndexOf('.', end - 1) + 1)
  return !(last >= 0x30 && last <= 0x39) && !host.includes('xn--')
}

function mapHost(host: string): Host {
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i)
    // Controls and blanks the url parser would strip, and delimiters that would end the host early.
    if (c <= 0x20 || c === 0x7f || '/\\?#@:[]'.includes(host.charAt(i)))
      throw refusal(host, 'has a character no host can have')
  }
  let mapped: string
  try {
    mapped = new URL(`http://${host}/`).hostname
  } catch {
    throw refusal(host, 'is neither a name nor an address')
  }
  if (mapped === '') throw refusal(host, 'is empty after mapping')
  for (let i = 0; i < mapped.length; i++) {
    if (PLAIN[mapped.charCodeAt(i)] !== 1)
      throw refusal(host, 'has a character other than letters, digits, "-", "_" and "."')
  }
  const last = mapped.charCodeAt(mapped.length - 1)
  const isIp = last >= 0x30 && last <= 0x39 && /^\d+\.\d+\.\d+\.\d+$/.test(mapped)
  return { name: isIp ? mapped : checkedLabels(mapped, host), isIp }
}

function checkedLabels(name: string, given: string): string {
  const end = name.endsWith('.') ? name.length - 1 : name.length
  if (end > MAX_HOST_LENGTH) throw refusal(given, `is longer than ${MAX_HOST_LENGTH} characters`)
  for (let start = 0; start <= end; ) {
    const dot = name.indexOf('.', start)
    const stop = dot < 0 || dot > end ? end : dot
    if (stop === start) throw refusal(given, 'has an empty label')
    if (stop - start > MAX_LABEL_LENGTH)
      throw refusal(given, `has a label of more than ${MAX_LABEL_LENGTH} characters`)
    if (name.startsWith('xn--', start)) checkPunycode(name.slice(start, stop), given)
    start = stop + 1
  }
  return name
}

// `xn--example-` decodes to plain `example`: two spellings of one name, of which only one would match a rule.
function checkPunycode(label: string, given: string): void {
  const decoded = domainToUnicode(label)
  for (let i = 0; i < decoded.length; i++) if (decoded.charCodeAt(i) > 0x7f) return
  throw refusal(given, 'has a label that is not valid punycode')
}

function normaliseIPv6(host: string): Host {
  const bracketed = host.startsWith('[')
  if (bracketed !== host.endsWith(']')) throw refusal(host, 'has unbalanced brackets')
  const inner = bracketed ? host.slice(1, -1) : host
  const percent = inner.indexOf('%')
  const address = percent < 0 ? inner : inner.slice(0, percent)
  for (let i = 0; i < address.length; i++) {
    if (!'0123456789abcdefABCDEF:.'.includes(address.charAt(i))) throw refusal(host, 'is no IPv6 address')
  }
  let mapped: string
  try {
    mapped = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  } catch {
    throw refusal(host, 'is no IPv6 address')
  }
  if (percent < 0) return { name: mapped, isIp: true }
  // RFC 6874 writes the percent sign as %25; the bare form is what operating systems print.
  const zone = inner.startsWith('%25', percent) ? inner.slice(percent + 3) : inner.slice(percent + 1)
  if (!ZONE.test(zone)) throw refusal(host, 'has an invalid zone')
  return { name: `${mapped}%${zone}`, isIp: true }
}

function refusal(host: string, problem: string): LocationParseError {
  return new LocationParseError(`host ${quotePeerText(host)} ${problem}`, { location: host })
}

function plainTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-_.') table[c.charCodeAt(0)] = 1
  return table
}
