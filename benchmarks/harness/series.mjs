// Growth rows: the same work with more and more of something (connections, origins, plugins). What counts is how the CPU
// time per request and the heap change along the way, so each size is a process of its own and clients take turns per size.
import { startClient } from './process.mjs'
import { setupOf } from './setup.mjs'
import { median } from './statistics.mjs'

const middle = (rounds, measure) => median(rounds.map((round) => round[measure]))

async function measureOne(client, setup, row, { place, rounds, scale }) {
  const started = await startClient(client, setup, place)
  try {
    await started.run(row.ms)
    const list = []
    for (let round = 0; round < rounds; round++) list.push(await started.run(row.ms * scale))
    const { heap } = await started.heap()
    return { rate: middle(list, 'rate'), cpu: middle(list, 'cpu'), p99: middle(list, 'p99'), heap }
  } finally {
    await started.close()
  }
}

/** Measures `row` at each of its sizes. */
export async function runSeries(row, servers, options) {
  const { of, sizes } = row.series
  const names =
    options.only === undefined ? row.clients : row.clients.filter((name) => options.only.includes(name))
  const points = []
  const missing = new Map()
  for (const size of sizes) {
    const setup = { ...setupOf(row, servers), [of]: size }
    for (const client of names.filter((name) => !missing.has(name))) {
      try {
        points.push({ client, size, ...(await measureOne(client, setup, row, options)) })
      } catch (error) {
        missing.set(client, {
          client,
          reason: `at ${size}: ${error.message.split('\n')[0]}`,
          detail: error.message,
        })
      }
    }
  }
  return {
    kind: 'series',
    name: row.name,
    title: row.title,
    of,
    sizes,
    points,
    clients: [],
    targets: judge(row, points),
    missing: [...missing.values()],
  }
}

/** `cpu`: the last size over the cheapest before it. `cpuEach`, `heapEach` (KiB): last less first, per unit; `beyond` a client's own. */
function judge(row, points) {
  return (row.targets ?? []).map((target) => {
    const mine = points.filter(({ client }) => client === target.client)
    const [first, last] = [mine[0], mine.at(-1)]
    if (first === undefined || first === last) return { ...target, verdict: 'not measured' }
    const span = last.size - first.size
    const values = {
      cpu: last.cpu / Math.min(...mine.slice(0, -1).map(({ cpu }) => cpu)),
      cpuEach: (last.cpu - first.cpu) / span,
      heapEach: (last.heap - first.heap) / span / 1024,
    }
    const own = target.beyond === undefined ? 0 : heapEachOf(points, target.beyond)
    const value = values[target.measure] - own
    return { ...target, value, noise: 0, verdict: value <= target.atMost ? 'met' : 'missed' }
  })
}

function heapEachOf(points, name) {
  const theirs = points.filter(({ client }) => client === name)
  const [first, last] = [theirs[0], theirs.at(-1)]
  return first === undefined || first === last
    ? 0
    : (last.heap - first.heap) / (last.size - first.size) / 1024
}
