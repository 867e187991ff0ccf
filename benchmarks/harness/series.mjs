// Growth rows: the same work with more and more of something (connections, origins, plugins, bytes). Each size is a process of
// its own, and sizes take turns like clients do, so that a drift of the machine does not pass for growth. Sizes that open
// more connections than the server may hold at once are measured one after another instead.
import { readFileSync } from 'node:fs'
import { judgeGrowth } from './growth.mjs'
import { startClient } from './process.mjs'
import { COMPUTED, measured, warmUp } from './run-row.mjs'
import { setupOf } from './setup.mjs'
import { median, spread } from './statistics.mjs'

/** How many connections all that runs at one time may hold: the limit of open files, less what a server needs itself. */
function mostConnections() {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return Math.max(64, Number(limit) - 512)
  } catch {
    return 512
  }
}

/** Jobs in groups that run side by side; the ones that can never run are told to `refuse`. */
function grouped(jobs, budget, refuse) {
  const groups = []
  let room = 0
  for (const job of jobs) {
    if (job.open > budget) {
      refuse(job, `the limit of open files allows ${budget} connections`)
      continue
    }
    if (groups.length === 0 || job.open > room) {
      groups.push([])
      room = budget
    }
    groups.at(-1).push(job)
    room -= job.open
  }
  return groups
}

/** Opens, warms up and measures a group in turns, then looks at the heap of each with everything open and idle. */
async function runGroup(group, row, servers, { place, pace }, refuse) {
  const running = new Map()
  const attempt = async (job, work) => {
    try {
      await work()
    } catch (error) {
      await running.get(job)?.kill()
      running.delete(job)
      refuse(job, error.message)
    }
  }
  const { pids } = servers[row.server]
  for (const job of group)
    await attempt(job, async () => running.set(job, await startClient(job.client, job.setup, place)))
  for (const [job, started] of running) await attempt(job, () => warmUp(started, pace.warmUpMs))
  const [rounds, scale] = [pace.seriesRounds ?? pace.rounds, pace.seriesScale ?? pace.scale]
  for (let round = 0; round < rounds; round++) {
    for (const [job, started] of running) {
      await attempt(job, async () =>
        job.rounds.push(
          await measured(started, row.ms * scale, pids, { leastCpuMs: row.ms * scale * COMPUTED }),
        ),
      )
    }
  }
  for (const [job, started] of running) {
    await attempt(job, async () => {
      job.heap = (await started.heap()).heap
      await started.close()
      running.delete(job)
    })
  }
}

const middle = (rounds, measure) => median(rounds.map((round) => round[measure]))

const pointOf = ({ client, size, rounds, heap }) => ({
  client,
  size,
  rate: middle(rounds, 'rate'),
  cpu: middle(rounds, 'cpu'),
  cpuSpread: spread(rounds.map(({ cpu }) => cpu)),
  p99: middle(rounds, 'p99'),
  rss: Math.max(...rounds.map(({ rss }) => rss)),
  serverIdle: middle(rounds, 'serverIdle'),
  others: middle(rounds, 'others'),
  heap,
})

function jobsOf(row, servers, { only, few }) {
  const { of, sizes, at, open } = row.series
  const names = only === undefined ? row.clients : row.clients.filter((name) => only.includes(name))
  const chosen = few ? row.series.few : sizes
  const jobs = chosen.flatMap((size) =>
    names.map((client, index) => {
      const host = servers.hosts[index % servers.hosts.length]
      const setup = {
        ...setupOf(row, servers, row.server === 'http' ? host : undefined),
        [of]: size,
        ...at?.(size),
      }
      return { client, size, setup, open: open?.(size) ?? setup.connections, rounds: [] }
    }),
  )
  return { jobs, chosen }
}

/** Measures `row` at each of its sizes, or with `few` at some of them. */
export async function runSeries(row, servers, options) {
  const missing = []
  const refuse = ({ client, size }, reason) =>
    missing.push({ client, reason: `at ${size}: ${reason.split('\n')[0]}`, detail: reason })
  const { jobs, chosen } = jobsOf(row, servers, options)
  for (const group of grouped(jobs, mostConnections(), refuse))
    await runGroup(group, row, servers, options, refuse)
  const done = jobs.filter(({ rounds, heap }) => rounds.length > 0 && heap !== undefined)
  return {
    kind: 'series',
    name: row.name,
    title: row.title,
    of: row.series.of,
    sizes: chosen,
    points: done.map(pointOf),
    clients: [],
    targets: row.targets.map((target) => judgeGrowth(target, done)),
    missing,
  }
}
