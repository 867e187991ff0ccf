/**
 * What a response tells about how it came: times and the connection that carried it. Plain data, no handles.
 */
import type { Origin } from './origin.js'

/** How long each step of the exchange took, in milliseconds; `undefined` when it did not happen. */
export interface ResponseTimings {
  /** From the call to a connection, less what making one took. */
  readonly queue: number | undefined
  /** Looking the name up; `undefined` on a connection that was there, as the next two. */
  readonly dns: number | undefined
  /** The TCP connect. */
  readonly connect: number | undefined
  /** The TLS handshakes. */
  readonly tls: number | undefined
  /** Writing the request. */
  readonly send: number | undefined
  /** From the request's last byte to the response's head. */
  readonly wait: number | undefined
  /** From the head to the end of the body; `undefined` until it has ended. */
  readonly receive: number | undefined
}

/** No step happened: a response that a plugin made. */
export const NO_TIMINGS: ResponseTimings = {
  queue: undefined,
  dns: undefined,
  connect: undefined,
  tls: undefined,
  send: undefined,
  wait: undefined,
  receive: undefined,
}

/** One step of the way to the origin, in the order taken. */
export interface RouteStep {
  /** `tcp` and `unix` dial; `tls` secures what is below; `connect` and `socks` ask a proxy to go on. */
  readonly kind: 'tcp' | 'unix' | 'tls' | 'connect' | 'socks'
  /** Whom the step reached or secured: `host:port`, or a path for `unix`. Never a credential. */
  readonly peer: string
}

/** What a verified TLS session looked like. Filled by the plugin that secured the transport. */
export interface TlsSummary {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string
  /** The cipher suite's standard name. */
  readonly cipher: string
  /** The protocol agreed by ALPN, when one was. */
  readonly alpn: string | undefined
  /** The subject of the peer's certificate, one `KEY=value` per line as Node prints it. */
  readonly subject: string | undefined
  /** The peer's subject alternative names, as `DNS:…` and `IP Address:…`. */
  readonly subjectAltNames: readonly string[]
  /** SHA-256 of the peer's certificate (DER), upper-case hexadecimal with colons. */
  readonly fingerprint: string | undefined
  /** `sha256/<base64>` of the peer's public key (SPKI). */
  readonly spkiPin: string | undefined
  /** Whether the session was resumed rather than negotiated. */
  readonly resumed: boolean
  /** Whether the certificate chain was verified. */
  readonly verified: boolean
  /** What has proven who the peer is: its chain, or a pin where the chain is not looked at. */
  readonly verifiedBy?: 'chain' | 'pin' | undefined
  /**
   * Whether a client certificate was at hand in the handshake. Whether the peer asked for one is not known, nor, in TLS 1.3, what
   * it made of it: a client is done first.
   */
  readonly clientCertificate?: boolean | undefined
}

/** The connection that carried an exchange. */
export interface ConnectionFacts {
  /** Counts the connections of a pool, from 1. */
  readonly id: number
  /** What it serves: the origin, or the forward proxy that passed the request on. */
  readonly origin: Origin
  /** `address:port` of the peer; IPv6 in brackets; `undefined` on a unix socket. */
  readonly peer: string | undefined
  /** Whom the socket is connected to: behind a proxy, the proxy. */
  readonly remoteAddress: string | undefined
  /** The port there. */
  readonly remotePort: number | undefined
  /** This end's address. */
  readonly localAddress: string | undefined
  /** This end's port. */
  readonly localPort: number | undefined
  /** Whether an earlier exchange had used it. */
  readonly reused: boolean
  /** The steps that led to the origin. */
  readonly route: readonly RouteStep[]
  /** Its TLS session; `undefined` without TLS. */
  readonly tls: TlsSummary | undefined
  /**
   * How the end of the body is known: `framed` by a length or the last chunk, or `close`, by the end of the
   * connection. Over TLS the latter cannot be proven complete; see `requireFraming`.
   */
  readonly bodyEnd: 'framed' | 'close'
}
