// Whether a promise is kept, and by which figure that is decided. Only 'missed' is a failure.
//
// A rate says what a user sees, but it is the machine's as much as the client's: with other work on the cores, or a server
// that has nothing left to give, it no longer compares clients. Then the rate is judged by CPU time per request, which is
// what the rate would follow if the client's core were the limit; the verdict says so.
import { ratio, summarise } from './statistics.mjs'

/** More than this share of a core used by others, and wall-clock time says more about them than about the clients. */
const BUSY = 0.25

/** With less than this share of its core left, the server is what limits a rate. */
const SERVER_SPENT = 0.08

/** Errors of the median that a gap must exceed: two of them leave a chance of one in forty that the gap is noise. */
export const ERRORS = 2

/** Why a rate cannot be trusted here, or undefined. */
function doubtOf(mine, theirs) {
  const [one, other] = [summarise(mine), summarise(theirs)]
  if (Math.max(one.others, other.others) > BUSY) return 'CPU time, the machine being busy'
  if (Math.min(one.serverIdle, other.serverIdle) < SERVER_SPENT) return 'CPU time, the server being the limit'
  return undefined
}

function compare(target, mine, theirs) {
  const doubt = target.measure === 'rate' ? doubtOf(mine, theirs) : undefined
  if (doubt === undefined) return { ...ratio(mine, theirs, target.measure), by: target.measure }
  return { ...ratio(theirs, mine, 'cpu'), by: doubt }
}

/** `gap` is how far the figure is on the wrong side of its bound. */
export function verdictOf(gap, error) {
  if (gap <= 0) return 'met'
  return gap <= ERRORS * error ? 'within noise' : 'missed'
}

/** How far `value` is on the wrong side of what `target` promises. */
export const gapOf = (target, value) =>
  target.atLeast === undefined ? value - target.atMost : target.atLeast - value

/** Checks one promise of a row against the rounds of its clients (a Map by name). */
export function judge(target, rounds) {
  const mine = rounds.get(target.client)
  const theirs = rounds.get(target.against)
  if (!mine?.length || !theirs?.length) return { ...target, verdict: 'not measured' }
  const found = compare(target, mine, theirs)
  return { ...target, ...found, verdict: verdictOf(gapOf(target, found.value), found.error) }
}
