// Medians, and the noise that belongs to them. Ratios are formed round by round: what ran side by side suffered the same
// disturbances, and dividing removes them. `spread` tells how far single rounds wavered, `error` how far the median of all
// of them is to be trusted: verdicts use the latter, tables show the former.

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

/** Median of `values`, how far they waver, and the standard error of that median (1.2533 σ / √n for normal noise). */
export function estimate(values) {
  const wavering = spread(values)
  return {
    value: median(values),
    spread: wavering,
    error: (1.2533 * wavering) / Math.sqrt(values.length),
    rounds: values.length,
  }
}

const MEASURES = ['rate', 'cpu', 'p50', 'p99', 'rss', 'serverIdle', 'others']

/** One figure per measure out of a client's rounds, with the spread of rate and CPU time; peak memory is the highest seen. */
export function summarise(rounds) {
  const of = (measure) => rounds.map((round) => round[measure])
  const summary = Object.fromEntries(MEASURES.map((measure) => [measure, median(of(measure))]))
  return {
    ...summary,
    rateSpread: spread(of('rate')),
    cpuSpread: spread(of('cpu')),
    rss: Math.max(...of('rss')),
    heapGrowth: heapGrowth(rounds),
    rounds: rounds.length,
  }
}

/** Bytes of collected heap gained per request between the first round and the last. */
function heapGrowth(rounds) {
  const requests = rounds.slice(0, -1).reduce((sum, { count }) => sum + count, 0)
  return requests === 0 ? 0 : (rounds.at(-1).heap - rounds[0].heap) / requests
}

/** `measure` of one client over that of another, over the rounds that both took part in. */
export function ratio(mine, theirs, measure) {
  const both = Math.min(mine.length, theirs.length)
  return estimate(Array.from({ length: both }, (_, index) => mine[index][measure] / theirs[index][measure]))
}
