/**
 * A byte stream to a peer, and nothing of HTTP.
 *
 * The connection above writes to it and is its sink; a connector below made it. Bytes arrive by a direct
 * call with a buffer that is only lent (`onData`), because on the fast path it is one buffer that every
 * socket of the process reads into: what outlives the call must be copied.
 */
import type { Duplex } from 'node:stream'
import type { Origin } from '../ground/origin.js'

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
}

/** How long each step of connecting took, in milliseconds; `undefined` when it did not happen. */
export interface ConnectTimings {
  readonly dns: number | undefined
  readonly connect: number | undefined
  readonly tls: number | undefined
}

/** Facts about an open transport. */
export interface TransportInfo {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  /** The origin whose identity TLS proved on this transport, if any. Core demands it for https. */
  readonly securedFor: Origin | undefined
  readonly tls: TlsSummary | undefined
  readonly route: readonly RouteStep[]
  readonly timings: ConnectTimings
}

/** Who is told what happens on a transport. Each call is synchronous. */
export interface TransportSink {
  /** Bytes `0..end` of `chunk` arrived. The chunk is lent for the duration of the call only. */
  onData(chunk: Buffer, end: number): void
  /** The peer has finished sending (FIN, or close_notify over TLS). */
  onEnd(): void
  /** The transport broke; `onClose` follows. */
  onError(error: Error): void
  /** A `write` that returned `false` has been taken by the kernel. */
  onDrain(): void
  /** Nothing more will come. Called exactly once. */
  onClose(): void
}

/** A byte stream that a connection can own. */
export interface Transport {
  readonly info: TransportInfo
  /** Who is told. Bytes that arrive while there is none wait inside. */
  sink: TransportSink | undefined
  readonly destroyed: boolean
  /** Queues bytes; `false` asks the caller to wait for `onDrain`. A string is sent as latin1. */
  write(data: string | Uint8Array): boolean
  /** Holds writes back until `uncork`, so that they leave as one. */
  cork(): void
  uncork(): void
  /** Stops reading: the peer feels the back-pressure. */
  pause(): void
  resume(): void
  /** Whether the transport keeps the process alive. */
  ref(): void
  unref(): void
  /** Closes at once; nothing queued is waited for. Idempotent. */
  destroy(): void
  /**
   * Gives the bare stream away, for TLS or SOCKS on top; this transport is dead afterwards and its
   * sink hears nothing more. `leftover` bytes are put back to be read first.
   */
  takeStream(leftover?: Buffer): Duplex
}
