/**
 * What can go wrong between a client and a server, as data: a test can write it down, a soak can draw it by lot, and a
 * failure can be printed and repeated. Neighbour: relay-flow.ts does it. Must not know: sockets, HTTP.
 */
import type { Gate } from '../gate.js'

/** Which way bytes go. A fault without a direction is about those to the client: the response. */
export type RelayDirection = 'toClient' | 'toServer'

interface Where {
  /** Default `toClient`. */
  readonly direction?: RelayDirection
  /**
   * The offset of the byte in whose place the fault strikes: every byte before it is forwarded, it is not. Counted for
   * each connection and direction, on the wire (over TLS: records). `'accept'`: as soon as the connection is there.
   * Default 0, the first byte.
   */
  readonly at?: number | 'accept'
}

/** FIN to both ends. What still comes from them is read and dropped. */
export interface RelayCut extends Where {
  readonly kind: 'cut'
}

/** RST to both ends. */
export interface RelayReset extends Where {
  readonly kind: 'reset'
}

/** FIN in this direction only; the other one goes on. */
export interface RelayHalfClose extends Where {
  readonly kind: 'halfClose'
}

/** Nothing more is forwarded in this direction, not even FIN. */
export interface RelayStall extends Where {
  readonly kind: 'stall'
  /** Goes on when the gate opens. Default: never. */
  readonly until?: Gate
}

/** The byte at this offset arrives changed; everything else is as it was. */
export interface RelayCorrupt extends Where {
  readonly kind: 'corrupt'
  /** The bits to flip. Default all, 0xff. */
  readonly mask?: number
}

/** From here on everything arrives later, in order. */
export interface RelayDelay extends Where {
  readonly kind: 'delay'
  /** Milliseconds between arrival and departure. */
  readonly ms: number
}

/** From here on bytes come in small pieces, one for each interval. */
export interface RelayDrip extends Where {
  readonly kind: 'drip'
  /** Bytes in each piece. Default 1. */
  readonly bytes?: number
  /** Milliseconds between two pieces; 0: each in a read of its own, as fast as that goes. Default 0. */
  readonly everyMs?: number
}

/** One thing that goes wrong. See each kind. */
export type RelayFault =
  | RelayCut
  | RelayReset
  | RelayHalfClose
  | RelayStall
  | RelayCorrupt
  | RelayDelay
  | RelayDrip

/** The faults of every connection, or of the n-th one (from 0). None: bytes pass as they are. */
export type RelayPlan = readonly RelayFault[] | ((index: number) => readonly RelayFault[])

/** The faults that strike in the middle of one direction, first offset first; at one offset in the order given. */
export function faultsOf(plan: readonly RelayFault[], direction: RelayDirection): RelayFault[] {
  return plan
    .filter((fault) => fault.at !== 'accept' && (fault.direction ?? 'toClient') === direction)
    .sort((one, other) => offsetOf(one) - offsetOf(other))
}

/** Where a fault strikes. */
export function offsetOf({ at = 0 }: RelayFault): number {
  return at === 'accept' ? 0 : at
}
