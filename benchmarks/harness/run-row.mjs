// Runs one row: every client in its own process, rounds interleaved (A B C A B C …), the first round thrown away.
import { watchCpu } from './cpu-share.mjs'
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

async function measured(client, ms, serverPids) {
  const stop = watchCpu(serverPids, client.pid)
  const result = await client.run(ms)
  return { ...result, ...stop() }
}

const MOST_WARM_UPS = 6

/** Runs until the client has computed for `ms`, however little of the core it got: what counts is compiled code. */
async function warmUp(client, ms) {
  let computed = 0
  for (let times = 0; times < MOST_WARM_UPS && computed < ms * 0.8; times++) {
    const { cpu, count } = await client.run(ms)
    computed += (cpu * count) / 1000
  }
}

/** Each client with its rounds; one that fails is taken out and named. */
async function runRounds(clients, missing, { rounds, ms, warmUpMs, pids }) {
  const results = new Map(clients.map((client) => [client, []]))
  const attempt = async (client, work) => {
    try {
      await work()
    } catch (error) {
      results.delete(client)
      await client.kill()
      missing.push({ client: client.client, reason: firstLine(error), detail: error.message })
    }
  }
  for (const client of clients) await attempt(client, () => warmUp(client, warmUpMs))
  for (let round = 0; round < rounds; round++) {
    for (const [client, list] of [...results]) {
      await attempt(client, async () => list.push(await measured(client, ms, pids)))
    }
  }
  return results
}

/** How each client compares to each other one, by speed and by CPU time, for the report and the chart. */
function ratiosOf(entries) {
  const compare = (mine, theirs) => ({
    rate: ratio(mine, theirs, 'rate').value,
    cpu: ratio(mine, theirs, 'cpu').value,
  })
  return Object.fromEntries(
    entries.map(([{ client }, mine]) => [
      client,
      Object.fromEntries(entries.map(([other, theirs]) => [other.client, compare(mine, theirs)])),
    ]),
  )
}

/** More than this share of a core used by others, and wall-clock time says more about them than about the clients. */
const BUSY = 0.25

/** With more than this, caches and turbo are others' too: not even CPU time can prove that a target is missed. */
const TOO_BUSY = 0.5

const busyness = (mine, theirs) => summarise([...mine, ...theirs]).others

/**
 * What a target compares. On a busy machine a rate is judged by CPU time instead: with one core per client both say the
 * same when it is quiet, and others can take a client's time away but not make it compute more.
 */
function compare(target, mine, theirs) {
  const busy = busyness(mine, theirs) > BUSY
  if (target.measure !== 'rate' || !busy)
    return { ...ratio(mine, theirs, target.measure), by: target.measure }
  return { ...ratio(theirs, mine, 'cpu'), by: 'CPU time, the machine being busy' }
}

function verdictOf(gap, noise, tooBusy) {
  if (gap <= 0) return 'met'
  if (gap <= noise) return 'within noise'
  return tooBusy ? 'undecided, the machine is too busy' : 'missed'
}

/** Checks one promise of the row. Only 'missed' is a failure. */
function judge(target, rounds) {
  const mine = rounds.get(target.client)
  const theirs = rounds.get(target.against)
  if (mine === undefined || theirs === undefined) return { ...target, verdict: 'not measured' }
  const { value, noise, by } = compare(target, mine, theirs)
  const gap = target.atLeast === undefined ? value - target.atMost : target.atLeast - value
  const verdict = verdictOf(gap, noise, busyness(mine, theirs) > TOO_BUSY)
  return { ...target, value, noise, by, verdict }
}

/** Measures `row`; `clients` narrows who takes part. */
export async function runRow(row, servers, { place, rounds, scale, only }) {
  const names = only === undefined ? row.clients : row.clients.filter((name) => only.includes(name))
  const { clients, missing } = await startAll(names, setupOf(row, servers), place)
  const results = await runRounds(clients, missing, {
    rounds,
    ms: row.ms * scale,
    pids: servers[row.server].pids,
  })
  await Promise.all([...results.keys()].map((client) => client.close()))
  const entries = [...results]
  const byName = new Map(entries.map(([{ client }, list]) => [client, list]))
  return {
    kind: 'compare',
    name: row.name,
    title: row.title,
    connections: row.connections,
    rounds,
    clients: entries.map(([{ client, version }, list]) => ({ client, version, ...summarise(list) })),
    ratios: ratiosOf(entries),
    targets: (row.targets ?? []).map((target) => judge(target, byName)),
    missing,
  }
}
