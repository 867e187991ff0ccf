// Medians, and the noise that belongs to them. Ratios are formed round by round: what ran side by side suffered the same
// disturbances, and dividing removes them.

/** The middle value; the mean of the two middle ones. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Median distance from the median, scaled to match a standard deviation of normal noise (factor 1.4826). */
export function spread(values) {
  const centre = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - centre)))
}

const MEASURES = ['rate', 'cpu', 'p50', 'p99', 'rss', 'serverIdle', 'others']

/** One figure per measure out of a client's rounds; peak memory is the highest seen. */
export function summarise(rounds) {
  const summary = Object.fromEntries(
    MEASURES.map((measure) => [measure, median(rounds.map((round) => round[measure]))]),
  )
  return { ...summary, rss: Math.max(...rounds.map((round) => round.rss)), heapGrowth: heapGrowth(rounds) }
}

/** Bytes of collected heap gained per request between the first round and the last. */
function heapGrowth(rounds) {
  const requests = rounds.slice(0, -1).reduce((sum, { count }) => sum + count, 0)
  return requests === 0 ? 0 : (rounds.at(-1).heap - rounds[0].heap) / requests
}

/** `measure` of one client over that of another: median over the rounds, and how far it wavered. */
export function ratio(mine, theirs, measure) {
  const values = mine.map((round, index) => round[measure] / theirs[index][measure])
  return { value: median(values), noise: spread(values) }
}
