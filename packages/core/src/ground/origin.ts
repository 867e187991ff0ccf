// The origin: scheme, host and port, and every text that is made of them.
//
// Rule: two origins are the same exactly when their `key` is. A host is checked and normalised once, in host.ts, and every
// other form (Host field, name to look up, name to verify, CONNECT authority) is derived here, so they cannot disagree.
//   - `localhost.` is another origin than `localhost`, because a resolver treats them differently; the dot is kept for the
//     look-up and dropped in the Host field and in TLS names.
//   - An IPv6 zone says which interface to use. It belongs to the identity, never to anything a peer sees.
//   - Port 0 is a port like any other, never "the default".
//
// Neighbours: url.ts makes origins out of urls, pools are keyed by them. Must not know: how a connection is made.

import { normaliseHost } from './host.js'
import { LocationParseError } from './usage-errors.js'

/** The schemes an origin can have. */
export type Scheme = 'http' | 'https'

const DEFAULT_PORT: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }

/**
 * Scheme, host and port of a server (RFC 9110 §4.3.1).
 *
 * @example
 * const origin = Origin.of('https', 'Example.COM')
 * origin.key        // 'https://example.com:443'
 * origin.hostHeader // 'example.com'
 */
export class Origin {
  /** `'http'` or `'https'`. */
  readonly scheme: Scheme
  /** Lower-case, IDNA-encoded, without brackets; a trailing dot is kept, a zone reads `fe80::1%eth0`. */
  readonly host: string
  /** 0 to 65 535. */
  readonly port: number
  /** The identity: `http://host:port`, IPv6 in brackets, the port always there. */
  readonly key: string
  /** The Host field: no trailing dot, no zone, default port left out, IPv6 in brackets (RFC 9110 §7.2). */
  readonly hostHeader: string
  /** What to look up or to dial: as `host`. */
  readonly dnsName: string
  /** What to put in SNI and to verify: no trailing dot, no brackets, no zone (RFC 6066 §3). */
  readonly serverName: string
  /** Whether the host is an IPv4 or IPv6 address. */
  readonly isIp: boolean
  /** The target of a CONNECT: `host:port`, no trailing dot, no zone, IPv6 in brackets (RFC 9110 §9.3.6). */
  readonly authority: string
  /** The beginning of an absolute url: default port left out, a zone as `%25eth0` (RFC 6874). */
  readonly prefix: string

  private constructor(scheme: Scheme, host: string, isIp: boolean, port: number) {
    const v6 = isIp && host.includes(':')
    const zoneAt = v6 ? host.indexOf('%') : -1
    const bare = zoneAt < 0 ? host : host.slice(0, zoneAt)
    const name = !isIp && bare.endsWith('.') ? bare.slice(0, -1) : bare
    const portSuffix = port === DEFAULT_PORT[scheme] ? '' : `:${port}`
    const shown = v6 ? `[${name}]` : name
    this.scheme = scheme
    this.host = host
    this.port = port
    this.key = `${scheme}://${v6 ? `[${host}]` : host}:${port}`
    this.hostHeader = shown + portSuffix
    this.dnsName = host
    this.serverName = name
    this.isIp = isIp
    this.authority = `${shown}:${port}`
    this.prefix = `${scheme}://${v6 ? `[${host.replace('%', '%25')}]` : host}${portSuffix}`
    // Remembered for the whole process: a changed scheme would send the https requests of everybody in clear.
    Object.freeze(this)
  }

  /**
   * @param scheme `'http'` or `'https'`
   * @param host a name, an IPv4 address, or an IPv6 address with or without brackets
   * @param port 0 to 65 535; default 80 for http, 443 for https
   * @throws {LocationValueError} the host is empty
   * @throws {LocationParseError} the host or the port breaks its grammar
   */
  static of(scheme: Scheme, host: string, port?: number): Origin {
    if (scheme !== 'http' && scheme !== 'https') {
      throw new LocationParseError('the scheme of an origin is http or https', { location: String(scheme) })
    }
    const { name, isIp } = normaliseHost(host)
    return new Origin(scheme, name, isIp, port === undefined ? DEFAULT_PORT[scheme] : checkedPort(port))
  }

  /** Whether both are the same server. */
  equals(other: Origin): boolean {
    return this === other || this.key === other.key
  }

  /** The origin as the beginning of a url: `https://example.com`, `http://[::1]:8080`. */
  toString(): string {
    return this.prefix
  }

  /** The same as `toString()`. */
  toJSON(): string {
    return this.prefix
  }
}

function checkedPort(port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LocationParseError(`port ${String(port)} is not an integer from 0 to 65535`, {
      location: String(port),
    })
  }
  return port
}
