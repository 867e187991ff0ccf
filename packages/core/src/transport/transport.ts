/**
 * A byte stream to a peer, and nothing of HTTP.
 *
 * The connection above writes to it and is its sink; a connector below made it. Bytes arrive by a direct
 * call with a buffer that is only lent (`onData`), because on the fast path it is one buffer that every
 * socket of the process reads into: what outlives the call must be copied.
 */
import type { Duplex } from 'node:stream'
import type { Origin } from '../ground/origin.js'
import type { RouteStep, TlsSummary } from '../ground/response-facts.js'

export type { RouteStep, TlsSummary }

/** How long each step of connecting took, in milliseconds; `undefined` when it did not happen. */
export interface ConnectTimings {
  /** Looking the name up. */
  readonly dns: number | undefined
  /** The TCP connect. */
  readonly connect: number | undefined
  /** The TLS handshakes. */
  readonly tls: number | undefined
}

/** Facts about an open transport. */
export interface TransportInfo {
  /** Whom the socket is connected to: behind a proxy, the proxy. `undefined` on a unix socket. */
  readonly remoteAddress: string | undefined
  /** The port there. */
  readonly remotePort: number | undefined
  /** This end's address. */
  readonly localAddress: string | undefined
  /** This end's port. */
  readonly localPort: number | undefined
  /** The origin whose identity TLS proved on this transport, if any. Core demands it for https. */
  readonly securedFor: Origin | undefined
  /** What the TLS session looks like; `undefined` without TLS. */
  readonly tls: TlsSummary | undefined
  /** The steps it was made by, the dial first. */
  readonly route: readonly RouteStep[]
  /** How long making it took. */
  readonly timings: ConnectTimings
}

/** `address:port` of the peer, for people; IPv6 in brackets; `undefined` on a unix socket. */
export function peerOf(info: TransportInfo): string | undefined {
  const { remoteAddress, remotePort } = info
  if (remoteAddress === undefined) return undefined
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
}

/** Who is told what happens on a transport. Each call is synchronous. */
export interface TransportSink {
  /** Bytes `0..end` of `chunk` arrived. The chunk is lent for the duration of the call only. */
  onData(chunk: Buffer, end: number): void
  /** The peer has finished sending (FIN, or close_notify over TLS). */
  onReadEnd(): void
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
  /**
   * Bytes written that the layer below has not taken yet. At 0 every buffer that was given to `write` may be changed again,
   * and there is no need to wait for `onDrain`. A transport that cannot tell lacks it.
   */
  readonly unsentBytes?: number
  /** Holds writes back until `uncork`, so that they leave as one. */
  cork(): void
  /** Lets go what `cork` held back. */
  uncork(): void
  /**
   * Called from within `onData`: the next read lands in `buffer` instead of a lent one, once. So a long body can
   * be read to where it is wanted without a copy. A transport that cannot do this lacks the method.
   */
  readInto?(buffer: Buffer): void
  /** Stops reading: the peer feels the back-pressure. */
  pause(): void
  /** Reads again. */
  resume(): void
  /** Whether the transport keeps the process alive. */
  ref(): void
  /** The transport alone no longer keeps the process alive. */
  unref(): void
  /** Finishes sending: FIN follows what is queued, and the peer may go on. Without the method, closing is all there is. */
  end?(): void
  /** Closes at once; nothing queued is waited for. Idempotent. */
  destroy(): void
  /**
   * Gives the bare stream away, for TLS or SOCKS on top; this transport is dead afterwards and its
   * sink hears nothing more. `leftover` bytes are put back to be read first.
   */
  takeStream(leftover?: Buffer): Duplex
}
