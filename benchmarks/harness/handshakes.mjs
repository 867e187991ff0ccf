// Handshakes as the server counted them, in rows that connect again for every request. A full one costs both sides a
// signature and the chain; a client that keeps its sessions makes none after the warm-up.
import { gapOf, verdictOf } from './judge.mjs'

/** What has been made between two counts. */
export const handshakesSince = (before, after) => ({
  full: after.full - before.full,
  resumed: after.resumed - before.resumed,
})

const total = (rounds, kind) => rounds.reduce((sum, round) => sum + round[kind], 0)

/** `{ handshakes: { full, resumed } }` over all rounds; nothing where nobody counted. */
export const addHandshakes = (rounds) =>
  rounds[0]?.full === undefined
    ? {}
    : { handshakes: { full: total(rounds, 'full'), resumed: total(rounds, 'resumed') } }

/** Checks a promise about full handshakes. */
export function judgeHandshakes(target, byName) {
  const rounds = byName.get(target.client)
  if (!rounds?.length) return { ...target, verdict: 'not measured' }
  const value = total(rounds, 'full')
  const connected = value + total(rounds, 'resumed')
  const verdict = connected === 0 ? 'not measured' : verdictOf(gapOf(target, value), 0)
  return { ...target, value, spread: 0, error: 0, by: `of ${connected} connections`, verdict }
}
