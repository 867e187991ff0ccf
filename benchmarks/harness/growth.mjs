// What a growth row promises. Costs at two sizes are compared round by round; what another client pays at the same size
// (bare sockets) is taken off first where the target says so, because that is not ours to make cheaper.
import { gapOf, verdictOf } from './judge.mjs'
import { estimate } from './statistics.mjs'

const KIB = 1024

const sortedOf = (jobs, client) => jobs.filter((job) => job.client === client).sort((a, b) => a.size - b.size)

/** CPU time per request of each round, less what `less` spent at the same size. */
function costs(job, jobs, less) {
  const other = jobs.find((candidate) => candidate.client === less && candidate.size === job.size)
  return job.rounds.map(({ cpu }, index) => cpu - (other?.rounds[index]?.cpu ?? 0))
}

/** The dearest size against the cheapest smaller one. */
function growth(target, mine, jobs) {
  const upTo = mine.filter(({ size }) => size <= (target.upTo ?? Number.POSITIVE_INFINITY))
  let worst
  for (const [index, larger] of upTo.entries()) {
    for (const smaller of upTo.slice(0, index)) {
      const [above, below] = [costs(larger, jobs, target.less), costs(smaller, jobs, target.less)]
      const found = estimate(above.map((cost, round) => cost / below[round]))
      if (worst === undefined || found.value > worst.value)
        worst = { ...found, by: `CPU time at ${larger.size} over that at ${smaller.size}` }
    }
  }
  return worst
}

function perUnit(target, mine, jobs) {
  const [first, last] = [mine[0], mine.at(-1)]
  const [above, below] = [costs(last, jobs, target.less), costs(first, jobs, target.less)]
  return {
    ...estimate(above.map((cost, round) => (cost - below[round]) / (last.size - first.size))),
    by: `CPU µs from ${first.size} to ${last.size}`,
  }
}

const exact = (value, by) => ({ value, spread: 0, error: 0, by })

function heapPerUnit({ less }, mine, jobs) {
  const each = (list) => (list.at(-1).heap - list[0].heap) / (list.at(-1).size - list[0].size) / KIB
  const theirs = sortedOf(jobs, less).filter(({ size }) => mine.some((job) => job.size === size))
  const own = theirs.length > 1 ? each(theirs) : 0
  return exact(
    each(mine) - own,
    `KiB of heap up to ${mine.at(-1).size}, ${own.toFixed(1)} of ${less} taken off`,
  )
}

function rssGrowth({ from }, mine) {
  const peak = ({ rounds }) => Math.max(...rounds.map(({ rss }) => rss))
  const [start, end] = [mine.find(({ size }) => size === from) ?? mine[0], mine.at(-1)]
  return exact(peak(end) - peak(start), `MiB of peak memory from ${start.size} to ${end.size}`)
}

const measures = { growth, perUnit, heapPerUnit, rssGrowth }

/** Checks one promise against the jobs of its row (see series.mjs). */
export function judgeGrowth(target, jobs) {
  const mine = sortedOf(jobs, target.client)
  if (mine.length < 2) return { ...target, verdict: 'not measured' }
  const found = measures[target.measure](target, mine, jobs)
  return { ...target, ...found, verdict: verdictOf(gapOf(target, found.value), found.error) }
}
