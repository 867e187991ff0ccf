// What a `MaxRetryError` says of itself: the same as the failure that ended the call.
//
// Rule: `phase`, `sent` and `reusedConnection` tell whether the last attempt may be repeated. A program that looks at the
// error it caught must find them there, whether or not it looks at `reason` too.
//
// Neighbours: policy.ts, retry.ts and redirect.ts give up. Must not know: why.

import type { ErrorDetails, HTTPError } from '@rockpool/core/plugin'

/** Where a call stands that is given up for the answer it got. */
export const ANSWERED: ErrorDetails = Object.freeze({ phase: 'head', sent: 'all' })

/** The details of the error that gives a call up for `reason`. */
export function givenUp(reason: HTTPError): ErrorDetails & { readonly reason: HTTPError } {
  const { phase, sent, reusedConnection } = reason
  return { reason, phase, sent, reusedConnection }
}
