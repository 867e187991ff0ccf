// Where an input went: a map of counted edges, as AFL has it, and a step counter that ends what does not end.
//
// An edge is a pair of places passed one after the other, so that the same branches in another order count as news. How often
// is kept in eight classes. Steps are counted the same way on every machine: "linear in the input" is checked in them, never
// in milliseconds.

const SIZE = 1 << 16
const counts = new Uint32Array(SIZE)
const seen = new Uint8Array(SIZE)
const touched = []
let previous = 0
let steps = 0
let allowed = Number.POSITIVE_INFINITY

/** An input took more steps than its length allows. */
export class TooManySteps extends Error {}

globalThis.__cover = (place) => {
  const edge = (previous ^ place) & (SIZE - 1)
  previous = (place << 1) & (SIZE - 1)
  if (counts[edge]++ === 0) touched.push(edge)
  if (++steps > allowed) {
    allowed = Number.POSITIVE_INFINITY
    throw new TooManySteps('more steps than the length of the input allows')
  }
}

/** Starts the next input, which may take `limit` steps. */
export function begin(limit) {
  for (const edge of touched) counts[edge] = 0
  touched.length = 0
  previous = 0
  steps = 0
  allowed = limit
}

/** Ends it; returns the steps it took. */
export function end() {
  allowed = Number.POSITIVE_INFINITY
  return steps
}

/** The edges of the last input. */
export function passed() {
  return [...touched]
}

/** Whether the last input showed something no earlier one did; remembers it. */
export function isNews() {
  let news = false
  for (const edge of touched) {
    const bit = 1 << classOf(counts[edge])
    if ((seen[edge] & bit) !== 0) continue
    seen[edge] |= bit
    news = true
  }
  return news
}

/** How many edges were ever seen. */
export function edges() {
  return seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0)
}

function classOf(count) {
  if (count <= 3) return count - 1
  if (count < 8) return 3
  if (count < 16) return 4
  if (count < 32) return 5
  return count < 128 ? 6 : 7
}
