// What happened in the attempts before the one at hand.
//
// Rule: one shape for every kind of resend (retry, redirect, a plugin's own), on responses and on errors alike. An entry
// records what was really sent, not what a later attempt turned it into, and holds no live object.
//
// Neighbours: http-error.ts carries a history, response.ts carries one. Must not know: who resends, and why.

import type { HTTPError } from './http-error.js'
import { redactUrl } from './redact.js'

/** One earlier attempt of the same call (urllib3: `RequestHistory`). */
export interface HistoryEntry {
  /** The method that was sent. */
  readonly method: string
  /** The absolute url that was asked, without userinfo. */
  readonly url: string
  /** The status of the answer; undefined when there was none. */
  readonly status?: number | undefined
  /** The failure; undefined when there was an answer. */
  readonly error?: HTTPError | undefined
  /** The answer's `Location`, as it came; undefined when it had none or was no redirect. */
  readonly location?: string | undefined
  /** How long the next attempt waited, in milliseconds. */
  readonly delayMs: number
  /** The name of the plugin, or of the rule in core, that asked for another attempt. */
  readonly reason: string
}

/** Makes a frozen entry with all fields present and urls without userinfo. */
export function historyEntry(entry: HistoryEntry): HistoryEntry {
  return Object.freeze({
    method: entry.method,
    url: redactUrl(entry.url),
    status: entry.status,
    error: entry.error,
    location: entry.location === undefined ? undefined : redactUrl(entry.location),
    delayMs: entry.delayMs,
    reason: entry.reason,
  })
}
