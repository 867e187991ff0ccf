// Runs one row: every client in its own process, rounds interleaved (A B C A B C …), all of them after a warm-up.
// Clients that a target names take part in all rounds; the others, who are there to be compared with, in the first few.
// There are more rounds than the least only while the ratios that are judged still waver, up to the row's time.
import { watchCpu } from './cpu-share.mjs'
import { addHandshakes, handshakesSince, judgeHandshakes } from './handshakes.mjs'
import { judge } from './judge.mjs'
import { startClient } from './process.mjs'
import { setupOf } from './setup.mjs'
import { ratio, summarise } from './statistics.mjs'

const firstLine = (error) => String(error.message).split('\n')[0]

/** Starts those that can be started; the others are named with their reason. */
async function startAll(names, setup, place) {
  const clients = []
  const missing = []
  for (const name of names) {
    try {
      clients.push(await startClient(name, setup, place))
    } catch (error) {
      missing.push({ client: name, reason: firstLine(error), detail: error.message })
    }
  }
  return { clients, missing }
}

/** One round of one client, with what the server and everybody else used meanwhile; `bounds` as in worker.mjs. */
export async function measured(client, ms, serverPids, bounds) {
  const stop = watchCpu(serverPids, client.pid)
  const result = await client.run(ms, bounds)
  return { ...result, ...stop() }
}

/** The same, with the handshakes that the server has made meanwhile, where it has `count` to tell. */
async function measuredAndCounted(client, ms, { pids, count }, bounds) {
  if (count === undefined) return measured(client, ms, pids, bounds)
  const before = await count()
  const result = await measured(client, ms, pids, bounds)
  return { ...result, ...handshakesSince(before, await count()) }
}

/** A round in which a client computed for less than this share of it says more about the machine. */
export const COMPUTED = 0.3
const LONGEST_WARM_UP_MS = 20_000

/**
 * Runs until the client has computed for `ms`, however little of the core it got: what counts is compiled code, and that
 * depends on the number of calls, not on the time they took.
 */
export async function warmUp(client, ms, bounds) {
  const until = performance.now() + LONGEST_WARM_UP_MS
  let computed = 0
  while (computed < ms && performance.now() < until) {
    const { cpu, count } = await client.run(Math.min(ms, 250), bounds)
    computed += (cpu * count) / 1000
  }
}

/** Whether every judged ratio is known well enough: the error of its median is at most this share of it. */
const KNOWN = 0.015

const isKnown = (targets) =>
  targets.every(({ verdict, value, error }) => verdict === 'not measured' || error <= KNOWN * value)

const named = (results) => new Map([...results].map(([{ client }, list]) => [client, list]))

/** Whom a target or the check names. */
const judgedOf = ({ targets, kept = {} }) =>
  new Set([
    ...targets.flatMap(({ client, against }) => [client, against]),
    kept.client,
    kept.peer,
    kept.floor,
  ])

/** Each client with its rounds; one that fails is taken out and named. */
async function runRounds(row, clients, missing, { rounds, most, onlookers, ms, warmUpMs, server }) {
  const results = new Map(clients.map((client) => [client, []]))
  const judged = judgedOf(row)
  const collect = row.collect !== false
  const attempt = async (client, work) => {
    try {
      await work()
    } catch (error) {
      results.delete(client)
      await client.kill()
      missing.push({ client: client.client, reason: firstLine(error), detail: error.message })
    }
  }
  for (const client of clients) {
    await attempt(client, () =>
      warmUp(client, judged.has(client.client) ? warmUpMs : warmUpMs / 2, { collect }),
    )
  }
  for (let round = 0; round < most; round++) {
    if (round >= rounds && isKnown(judgeAll(row, named(results)))) break
    for (const [client, list] of [...results]) {
      if (round >= onlookers && !judged.has(client.client)) continue
      await attempt(client, async () =>
        list.push(await measuredAndCounted(client, ms, server, { leastCpuMs: ms * COMPUTED, collect })),
      )
    }
  }
  return results
}

const judgeAll = (row, byName) =>
  row.targets.map((target) =>
    target.measure === 'full' ? judgeHandshakes(target, byName) : judge(target, byName),
  )

/** How each client compares to each other one, by speed and by CPU time, for the report and the chart. */
function ratiosOf(entries) {
  const compare = (mine, theirs) => {
    const [rate, cpu] = [ratio(mine, theirs, 'rate'), ratio(mine, theirs, 'cpu')]
    return { rate: rate.value, rateSpread: rate.spread, cpu: cpu.value, cpuSpread: cpu.spread }
  }
  return Object.fromEntries(
    entries.map(([{ client }, mine]) => [
      client,
      Object.fromEntries(entries.map(([other, theirs]) => [other.client, compare(mine, theirs)])),
    ]),
  )
}

/**
 * Measures `row`; `only` narrows who takes part, `pace` says how long and how often:
 * `{ rounds, most, onlookers, scale, warmUpMs }`.
 */
export async function runRow(row, servers, { place, only, pace }) {
  const names = only === undefined ? row.clients : row.clients.filter((name) => only.includes(name))
  const { clients, missing } = await startAll(names, setupOf(row, servers), place)
  const results = await runRounds(row, clients, missing, {
    ...pace,
    ms: row.ms * pace.scale,
    warmUpMs: Math.max(pace.warmUpMs, row.warmUpMs ?? 0),
    server: servers[row.server],
  })
  await Promise.all([...results.keys()].map((client) => client.close()))
  const entries = [...results].filter(([, list]) => list.length > 0)
  return {
    kind: 'compare',
    name: row.name,
    title: row.title,
    connections: row.connections,
    clients: entries.map(([{ client, version }, list]) => ({
      client,
      version,
      ...summarise(list),
      ...addHandshakes(list),
      cpuRounds: list.map(({ cpu }) => Number(cpu.toPrecision(4))),
    })),
    ratios: ratiosOf(entries),
    targets: judgeAll(row, named(results)),
    missing,
  }
}
