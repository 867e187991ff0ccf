/**
 * Tells whoever listens on `rockpool:tls:pin-report` that a key was not among its pins: the way to try pins on live
 * traffic before they are enforced. RFC 7469 §2.1.3 has the idea.
 */
import { channel } from 'node:diagnostics_channel'
import type { PinError } from '@rockpool/core/plugin'

/**
 * The name of the channel.
 *
 * @example
 * ```ts
 * subscribe(PIN_REPORT_CHANNEL, (message) => console.warn((message as PinReport).host))
 * ```
 */
export const PIN_REPORT_CHANNEL = 'rockpool:tls:pin-report'

/** What is published. */
export interface PinReport {
  /** The name the pins are for. */
  readonly host: string
  /** `host:port` that was dialled. */
  readonly peer: string
  /** The pins that would have been accepted. */
  readonly expected: string
  /** The key that came, in the notation of the `pins` option. */
  readonly actual: string
  /** Whether the connection was refused; false with `reportOnly`. */
  readonly enforced: boolean
}

const reports = channel(PIN_REPORT_CHANNEL)

/** Publishes a mismatch. */
export function reportPinMismatch(mismatch: PinError, peer: string, enforced: boolean): void {
  if (!reports.hasSubscribers) return
  const { host = '', expected = '', actual = '' } = mismatch
  const report: PinReport = { host, peer, expected, actual, enforced }
  reports.publish(report)
}
