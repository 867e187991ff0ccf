/** From an error to the exit code that scripts know from curl. */
import {
  CertificateError,
  DecodeError,
  IncompleteRead,
  LocationValueError,
  MaxRetryError,
  NameResolutionError,
  NewConnectionError,
  OptionsError,
  PinError,
  ProtocolError,
  ProxyError,
  ResponseError,
  SSLError,
  TimeoutError,
} from '@rockpool/core'
import { EXIT, OutputError, UsageError } from './io.js'

/** The first that fits: a subclass stands before its class. */
const CODES: readonly (readonly [kind: abstract new (...args: never[]) => Error, code: number])[] = [
  [UsageError, EXIT.usage],
  [OptionsError, EXIT.usage],
  [OutputError, EXIT.unwritable],
  [NameResolutionError, 6],
  [NewConnectionError, 7],
  [IncompleteRead, 18],
  [TimeoutError, 28],
  [CertificateError, 60],
  [PinError, 90],
  [SSLError, 35],
  [DecodeError, 61],
  [ProtocolError, 56],
]

/** The exit code for a call that failed with `error`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof MaxRetryError) {
    if (error.reason instanceof ResponseError) return /redirect/.test(error.reason.message) ? 47 : EXIT.status
    return exitCodeOf(error.reason)
  }
  if (error instanceof ProxyError) {
    if (error.originalError instanceof NameResolutionError) return 5
    const inner = exitCodeOf(error.originalError)
    return inner === EXIT.failed ? 56 : inner
  }
  // The user's own URL, not one that a server redirected to.
  if (error instanceof LocationValueError && error.attempt === undefined) return EXIT.usage
  return CODES.find(([kind]) => error instanceof kind)?.[1] ?? EXIT.failed
}
