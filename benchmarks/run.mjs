// npm run bench                          every row on Node 24, the main ones on Node 20 too, growth, a million requests, imports
// npm run bench -- --write-readme        the same, and the table in benchmarks/README.md and the charts in docs are written anew
// npm run bench -- --only small,https    some rows;  --clients rockpool-core,undici-request  some clients
// npm run bench -- --quick               few short rounds: a first look, not a figure to quote
// npm run bench -- --profile small       a CPU profile of one client (--clients names it) in results/profiles
// npm run bench -- --profile-missed      profiles of every row that results/latest.json says missed its target
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bodySizes, growthRows } from './growth-rows.mjs'
import {
  chooseNode,
  chooseOldestNode,
  choosePins,
  describeMachine,
  versionOf,
} from './harness/environment.mjs'
import { heapRow, runHeap } from './harness/heap.mjs'
import { microRow, runMicroRow } from './harness/micro-row.mjs'
import { profileRow } from './harness/profile.mjs'
import { describeTarget, reportRow } from './harness/report.mjs'
import { runRow } from './harness/run-row.mjs'
import { runSeries } from './harness/series.mjs'
import { runStart } from './harness/start-row.mjs'
import { resultsUrl, writeReport } from './harness/write-report.mjs'
import { rows } from './rows.mjs'
import { startServers } from './servers/start.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    clients: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    'profile-missed': { type: 'boolean', default: false },
    'write-readme': { type: 'boolean', default: false },
    node: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})
const say = (text) => process.stdout.write(`${text}\n`)
const listed = (text) => text?.split(',').map((name) => name.trim())
/** Only a whole run may replace published figures. */
const isWhole =
  !options.quick &&
  [options.only, options.clients, options.rounds, options.node].every((option) => option === undefined)
const everyRow = [...rows, ...growthRows, heapRow, microRow]

/** How long and how often; see run-row.mjs. A full run is to stay under twelve minutes. */
const short = { seriesRounds: 4, seriesScale: 0.5 }
const paces = {
  full: { rounds: 7, most: 11, onlookers: 3, scale: 1, warmUpMs: 800, starts: 9, ...short },
  quick: { rounds: 3, most: 3, onlookers: 2, scale: 0.5, warmUpMs: 400, starts: 3 },
}
const pace = { ...(options.quick ? paces.quick : paces.full) }
if (options.rounds !== undefined) pace.rounds = pace.most = pace.onlookers = Number(options.rounds)

function chosenRows() {
  const wanted = listed(options.only)
  if (wanted === undefined) return everyRow
  const unknown = wanted.filter((name) => !everyRow.some((row) => row.name === name))
  if (unknown.length > 0)
    throw new Error(`no row ${unknown.join(', ')}; rows: ${everyRow.map(({ name }) => name).join(', ')}`)
  return everyRow.filter((row) => wanted.includes(row.name))
}

function runnerOf(row) {
  if (row.series !== undefined) return runSeries
  if (row.imports !== undefined) return runStart
  if (row.micro !== undefined) return runMicroRow
  return row.heap === undefined ? runRow : runHeap
}

/** Each row, then those with `oldNode` again on the oldest Node: `{ row, place, node }`. */
function plan(place) {
  const chosen = chosenRows()
  const oldest = chooseOldestNode()
  if (oldest === undefined) say('no Node 20 here: undici 7 is not measured')
  const again =
    oldest === undefined || oldest === place.node || options.node !== undefined
      ? []
      : chosen
          .filter(({ oldNode }) => oldNode !== undefined)
          .map((row) => ({
            row: { ...row, clients: row.oldNode, targets: row.targets.filter(among(row.oldNode)) },
            place: { ...place, node: oldest },
            node: versionOf(oldest),
          }))
  const only = listed(options.clients)
  const takesPart = ({ row }) =>
    only === undefined || row.clients === undefined || row.clients.some((name) => only.includes(name))
  return [...chosen.map((row) => ({ row, place })), ...again].filter(takesPart)
}

const among =
  (clients) =>
  ({ client, against }) =>
    clients.includes(client) && clients.includes(against)

const command = ['npm run bench', ...process.argv.slice(2)]
  .join(' ')
  .replace('npm run bench -', 'npm run bench -- -')

async function runAll(servers, place) {
  const began = performance.now()
  const report = { machine: describeMachine(place.node), server: servers.name, command, rows: [] }
  say(`Node ${report.machine.node}, ${report.machine.cpu} × ${report.machine.cores}, server: ${servers.name}`)
  const only = listed(options.clients)
  for (const { row, place: where, node } of plan(place)) {
    const result = await runnerOf(row)(row, servers, { place: where, only, pace, few: true })
    if (node !== undefined) result.node = node
    say(reportRow(result))
    if (options.verbose) for (const { detail } of result.missing) say(detail)
    report.rows.push(result)
  }
  report.seconds = Math.round((performance.now() - began) / 1000)
  return report
}

async function profileOne(row, client, servers, place) {
  say(`\n${row.name}, ${client}`)
  say(await profileRow(row, client, servers, { place, directory: new URL('profiles/', resultsUrl) }))
}

async function profileMissed(servers, place) {
  const { rows: measured } = JSON.parse(readFileSync(new URL('latest.json', resultsUrl), 'utf8'))
  for (const { name, targets } of measured.filter(
    ({ kind, node }) => kind === 'compare' && node === undefined,
  )) {
    const clients = new Set(targets.filter(({ verdict }) => verdict === 'missed').map(({ client }) => client))
    const row = rows.find((candidate) => candidate.name === name)
    for (const client of clients) await profileOne(row, client, servers, place)
  }
}

function conclude(report) {
  writeReport(report, { publish: isWhole, readme: options['write-readme'] })
  for (const { name, node, targets } of report.rows) {
    for (const target of targets.filter(({ verdict }) => verdict === 'missed'))
      say(`missed: ${name}${node === undefined ? '' : ` on Node ${node}`}: ${describeTarget(target)}`)
  }
  say(`${report.seconds} s`)
}

if (options['write-readme'] && !isWhole) throw new Error('--write-readme needs a whole run')
const node = chooseNode(options.node)
const pins = choosePins()
const servers = await startServers({ pin: pins.server, node, bodySizes })
try {
  const place = { pin: pins.client, node }
  if (options['profile-missed']) await profileMissed(servers, place)
  else if (options.profile === undefined) conclude(await runAll(servers, place))
  else {
    const row = rows.find(({ name }) => name === options.profile)
    if (row === undefined) throw new Error(`no row ${options.profile} to profile`)
    const client = listed(options.clients)?.[0] ?? row.targets[0].client
    await profileOne(row, client, servers, place)
  }
} finally {
  servers.stop()
}
