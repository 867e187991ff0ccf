/**
 * How an origin is reached: a function from an address to an open transport.
 *
 * Connectors compose by wrapping. The base one dials; a proxy plugin wraps it with one that dials the proxy
 * and asks for a tunnel; the TLS plugin wraps that with one that secures what it gets. Each destroys what it
 * opened when it fails, so that a failed connect leaves nothing behind: `closeOnError` is the way to do that.
 */
import type { LookupFunction } from 'node:net'
import type { Origin } from '../ground/origin.js'
import type { Clock } from './clock.js'
import type { ConnectProgress } from './connect-progress.js'
import type { Transport } from './transport.js'

export type { LookupFunction }

/** What a dialler needs to know beyond the address. All of it comes from the pool's options. */
export interface DialOptions {
  /** The local address to connect from; `undefined`: the system's choice. */
  readonly localAddress: string | undefined
  /** A unix socket to connect to instead of host and port. */
  readonly socketPath: string | undefined
  /** Resolves names, as `dns.lookup` does, which is what `undefined` means. */
  readonly lookup: LookupFunction | undefined
  /** `TCP_NODELAY`. Default true, as urllib3 and `node:http` set it. */
  readonly noDelay: boolean
  /** TCP keep-alive probes: `false`, or the idle time in milliseconds before the first. */
  readonly keepAliveProbe: number | false
}

/** The address that a connector is asked to reach. IPv6 without brackets. */
export interface ConnectTarget {
  /** A name, or an address. */
  readonly host: string
  /** 0 to 65 535. */
  readonly port: number
}

/** What is true while one connection is made; handed to `beforeConnect` and to every connector. */
export interface ConnectContext {
  /** The origin that the connection will serve. */
  readonly origin: Origin
  /**
   * Whether `origin` is a forward proxy, shared by requests of many origins: whoever routes to it also secures it,
   * and what is configured for the TLS of origins does not apply. Default false.
   */
  readonly forward?: boolean
  /** The plugin-chosen part of the pool's key; `''` when no plugin set one. */
  readonly partition: string
  /** Aborted when nobody wants the connection any more, or the pool closes. */
  readonly signal: AbortSignal
  /** The connect time-out in milliseconds, over DNS, TCP, proxy and TLS; `undefined` for none. */
  readonly connectTimeout: number | undefined
  /** The clock of the pool, for time-outs and measurements. */
  readonly clock: Clock
  /** What the pool's options say about dialling. */
  readonly dial: DialOptions
  /**
   * `stream` asks the dialler for a transport whose stream can be taken over natively, because TLS or a SOCKS
   * handshake will be put on top of it. Default `direct`: the fastest way to read, into one lent buffer.
   */
  readonly readMode?: 'direct' | 'stream'
  /**
   * Where to say which step of the work begins, so that a call cut meanwhile has the right `phase`:
   * `context.progress?.enter('proxy')`. The dialler, TLS and `openTunnel` say theirs; a connector that hands on
   * `{ ...context, progress: undefined }` speaks for all beneath it. There in every pool; may be missing in a test.
   */
  readonly progress?: ConnectProgress | undefined
}

/**
 * Opens a transport to `target`.
 *
 * Rejects with an `HTTPError` (`NameResolutionError`, `NewConnectionError`, `ConnectTimeoutError`, …) or with
 * `context.signal.reason`, having destroyed whatever it had opened.
 */
export interface Connector {
  (target: ConnectTarget, context: ConnectContext): Promise<Transport>
  /** Set on the base dialler only: TLS on top of it may dial and secure in one step. */
  readonly bareDial?: true
}

/**
 * Runs `work` on a transport that the caller has just opened and destroys it if that fails.
 *
 * @example
 * ```ts
 * const transport = await next(proxy, context)
 * return closeOnError(transport, () => openTunnel(transport, authority, context))
 * ```
 */
export async function closeOnError<T>(transport: Transport, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    transport.destroy()
    throw error
  }
}
