// How long to wait when nobody says how long.
//
// Rule (urllib3): the first retry is immediate, then the wait doubles; chance is added before the cap, and a redirect starts
// the row over. Milliseconds.
//
// Neighbours: policy.ts knows the row. Must not know: clocks, servers.

/** What a back-off is computed from, all in milliseconds. */
export interface BackoffRule {
  /** The unit that is doubled. */
  readonly backoffFactor: number
  /** No wait is longer. */
  readonly backoffMax: number
  /** The most that chance adds. */
  readonly backoffJitter: number
  /** Chance, 0 ≤ n < 1. */
  readonly random: () => number
}

/**
 * The wait before the next attempt, in milliseconds.
 *
 * @param row how many attempts in a row have failed, the present one included; 0 and 1 mean no wait
 */
export function backoff(row: number, rule: BackoffRule): number {
  if (row <= 1) return 0
  // 2 ** 1024 is Infinity, and Infinity times a factor of 0 no number.
  const doubled = rule.backoffFactor === 0 ? 0 : rule.backoffFactor * 2 ** (row - 1)
  const jitter = rule.backoffJitter === 0 ? 0 : rule.backoffJitter * rule.random()
  return Math.max(0, Math.min(rule.backoffMax, doubled + jitter))
}

/**
 * A source of chance that repeats itself: the same seed gives the same numbers (mulberry32). For tests and for waits that
 * must be told again from a log; not for secrets.
 *
 * @param seed a whole number; the lower 32 bits count
 * @example retry({ backoffFactor: 100, backoffJitter: 50, random: seededRandom(7) })
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
