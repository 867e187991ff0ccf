// Numbers by lot that a seed repeats: mulberry32, 32 bits of state, good enough to choose what goes wrong next.

/** A generator of numbers in [0, 1), with the draws that harnesses need. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit) => Math.floor(next() * limit)
  return {
    next,
    /** An integer in [0, limit). */
    below,
    /** One of a list. */
    pick: (list) => list[below(list.length)],
    /** True in `share` of the draws. */
    chance: (share) => next() < share,
    /** Another generator that does not depend on how often this one is asked. */
    fork: (name) =>
      randomOf([...String(name)].reduce((sum, c) => Math.imul(sum ^ c.charCodeAt(0), 16_777_619), seed)),
  }
}
