// How long to wait for the next attempt, or why not to.
//
// Rule: never earlier than the server asked. A wait that is longer than the policy allows, or than the call has time for,
// ends the call instead of being cut short: a server that asks for seven hours is not helped by six. One rule for statuses
// and redirects; a redirect has no back-off of its own.
//
// Neighbours: retry-after.ts reads the field, policy.ts has the caps. Must not know: counters.

import type { Clock, ExchangeView, HTTPHeaders } from '@rockpool/core/plugin'
import type { Retry } from './policy.js'
import { longestRetryAfter } from './retry-after.js'

/** A wait in milliseconds, or the reason why the call ends here. */
export type Pause = { readonly delayMs: number } | { readonly refusal: string }

/**
 * The pause after an answer.
 *
 * @param backoffMs what to wait when the answer does not say, or says "now"
 */
export function pauseAfter(
  headers: HTTPHeaders,
  policy: Retry,
  backoffMs: number,
  { clock, exchange }: { readonly clock: Clock; readonly exchange: ExchangeView },
): Pause {
  const asked = policy.respectRetryAfterHeader ? askedWait(headers, clock) : 0
  if (asked > policy.retryAfterMax) {
    return {
      refusal: `the server asks for ${asked} ms, more than the ${policy.retryAfterMax} ms of retryAfterMax`,
    }
  }
  const delayMs = asked > 0 ? asked : backoffMs
  const { timeLeft } = exchange
  if (timeLeft !== undefined && delayMs > 0 && delayMs >= timeLeft) {
    return {
      refusal: `waiting ${delayMs} ms would pass the total time-out, ${Math.floor(timeLeft)} ms are left`,
    }
  }
  return { delayMs }
}

/** Whether an answer has a `Retry-After` that is not empty, readable or not. */
export function hasRetryAfter(headers: HTTPHeaders): boolean {
  return headers.getAll('retry-after').some((line) => line.trim() !== '')
}

function askedWait(headers: HTTPHeaders, clock: Clock): number {
  return longestRetryAfter(headers.getAll('retry-after'), clock.wallNow()) ?? 0
}
