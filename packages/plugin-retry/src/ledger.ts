// What is left of each call's policy, seen by both plugins.
//
// Rule: one ledger for the package, keyed by the exchange, so that `retry()` and `redirect()` count against the same `total`
// without knowing of each other's options. `retry()` decides before `redirect()` (one stage apart) and lays its policy down
// for a redirect; where only `redirect()` is installed, redirects alone are counted. An exchange that ends takes its entry
// with it. Calls that go well never have one.
//
// Neighbours: retry.ts, redirect.ts. Must not know: what a policy means.

import type { ExchangeView } from '@rockpool/core/plugin'
import type { Retry } from './policy.js'

const entries = new WeakMap<ExchangeView, Retry>()

/** What is left of an exchange's policy; undefined when nothing has been counted or laid down yet. */
export function remaining(exchange: ExchangeView): Retry | undefined {
  return entries.get(exchange)
}

/** Notes what is left of an exchange's policy. */
export function note(exchange: ExchangeView, left: Retry): void {
  entries.set(exchange, left)
}
