// What bench:check holds a change against: the cost that has been reached, as a figure that travels between machines.
//
// With a floor it is `share`: where our cost lies between the bare socket's and the peer's, both measured in the same run. A
// machine with dear system calls raises all three, one with a slow core mostly the latter two; the share stays. Without a
// floor it is `times`: our cost over the peer's. From either follows what a call may cost on this machine in this run.
import { startClient } from './process.mjs'
import { measured, warmUp } from './run-row.mjs'
import { setupOf } from './setup.mjs'
import { estimate, median } from './statistics.mjs'

/**
 * Rounds are short and many: what disturbs one disturbs its neighbours alike, and is divided away. They last until the client
 * has computed for this long, so that one that gets little of a busy core is measured as well; the second is the most they take.
 */
const ROUND_CPU_MS = 80
const ROUND_MS = 800
const ROUNDS = 8
const WARM_UP_MS = 800
/** More than this share of a core used by others, and a figure is not one to hold changes against. */
const QUIET = 0.25

const rolesOf = ({ client, peer, floor }) =>
  floor === undefined ? { client, peer } : { client, peer, floor }

/**
 * Fresh processes for each client of the row, warmed up, then in turns: CPU µs per request by role, round by round,
 * and how much of a core everybody else used.
 * `plant` are microseconds of computing that each of our calls is burdened with, to try the check itself.
 */
export async function generation(row, servers, place, plant = 0) {
  const roles = Object.entries(rolesOf(row.kept))
  const running = []
  const costs = Object.fromEntries(roles.map(([role]) => [role, []]))
  const others = []
  try {
    for (const [role, client] of roles) {
      const env = role === 'client' && plant > 0 ? { ROCKPOOL_BENCH_PLANT: String(plant) } : {}
      running.push({ role, started: await startClient(client, setupOf(row, servers), { ...place, env }) })
    }
    for (const { started } of running) await warmUp(started, WARM_UP_MS)
    for (let round = 0; round < ROUNDS; round++) {
      for (const { role, started } of running) {
        const found = await measured(started, ROUND_MS, servers[row.server].pids, { cpuMs: ROUND_CPU_MS })
        costs[role].push(found.cpu)
        others.push(found.others)
      }
    }
    return { ...costs, others }
  } finally {
    for (const { started } of running) await started.close()
  }
}

/** The figure to be kept, out of some generations. */
export function keptOf(generations) {
  const values = generations.flatMap(({ client, peer, floor }) =>
    client.map((mine, round) =>
      floor === undefined ? mine / peer[round] : (mine - floor[round]) / (peer[round] - floor[round]),
    ),
  )
  const figure = Number(median(values).toPrecision(3))
  return generations[0].floor === undefined ? { times: figure } : { share: figure }
}

/** The same out of the rows of a whole run: `{ name: figure }` of those that were measured with all roles and little noise about. */
export function keptOfReport(results, rows) {
  const found = {}
  for (const { name, clients } of results.filter(
    ({ kind, node }) => kind === 'compare' && node === undefined,
  )) {
    const { kept } = rows.find((row) => row.name === name)
    if (kept === undefined) continue
    const entries = Object.entries(rolesOf(kept)).map(([role, client]) => [
      role,
      clients.find((entry) => entry.client === client),
    ])
    if (entries.some(([, entry]) => entry === undefined || entry.others > QUIET)) continue
    const least = Math.min(...entries.map(([, { cpuRounds }]) => cpuRounds.length))
    found[name] = keptOf([
      Object.fromEntries(entries.map(([role, { cpuRounds }]) => [role, cpuRounds.slice(0, least)])),
    ])
  }
  return found
}

const allowedCost = ({ share, times }, peer, floor) =>
  share === undefined ? times * peer : floor + share * (peer - floor)

/**
 * Our cost over what it may be: 1 is what has been reached. The error is that of the median, or half the distance between
 * generations when that is larger: two processes of one program can differ for as long as they live.
 */
export function compareWithKept(kept, generations) {
  const each = generations.map(({ client, peer, floor }) =>
    client.map((mine, round) => mine / allowedCost(kept, peer[round], floor?.[round])),
  )
  const medians = each.map(median)
  const between = (Math.max(...medians) - Math.min(...medians)) / 2 / Math.sqrt(each.length)
  const found = estimate(each.flat())
  const others = median(generations.flatMap((one) => one.others))
  return { ...found, error: Math.max(found.error, between), others }
}
