// npm run bench                        every row, five rounds
// npm run bench -- --only small,https  some rows;  --clients rockpool-core,undici-request  some clients
// npm run bench -- --quick             three short rounds: a first look, not a figure to quote
// npm run bench -- --profile small     a CPU profile of one client (--clients names it) in results/profiles
// npm run bench:check                  short; fails when a ratio misses what is `kept` by more than the noise of this run
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chart } from './harness/chart.mjs'
import { chooseNode, choosePins, describeMachine } from './harness/environment.mjs'
import { profileRow } from './harness/profile.mjs'
import { describeTarget, reportRow } from './harness/report.mjs'
import { runRow } from './harness/run-row.mjs'
import { runSeries } from './harness/series.mjs'
import { runStart } from './harness/start-row.mjs'
import { rows } from './rows.mjs'
import { startServers } from './servers/start.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    clients: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    profile: { type: 'string' },
    node: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})
const results = new URL('./results/', import.meta.url)
const say = (text) => process.stdout.write(`${text}\n`)
const listed = (text) => text?.split(',').map((name) => name.trim())

function chosenRows() {
  const wanted = listed(options.only)
  if (wanted === undefined) return options.check ? rows.filter((row) => row.inCheck).map(atWhatIsKept) : rows
  const unknown = wanted.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0)
    throw new Error(`no row ${unknown.join(', ')}; rows: ${rows.map(({ name }) => name).join(', ')}`)
  return rows.filter((row) => wanted.includes(row.name))
}

const runnerOf = (row) =>
  row.series !== undefined ? runSeries : row.imports !== undefined ? runStart : runRow

/** The row with its targets at what has been reached so far. */
function atWhatIsKept(row) {
  const targets = row.targets.map((target) => {
    if (target.kept === undefined) return target
    return target.atLeast === undefined
      ? { ...target, atMost: target.kept }
      : { ...target, atLeast: target.kept }
  })
  return { ...row, targets }
}

/** Who a check needs: the clients that a target names. */
const judged = (row) => row.targets.flatMap(({ client, against, beyond }) => [client, against, beyond])

/** As JSON, lists of numbers on one line. */
const json = (value) =>
  `${JSON.stringify(value, undefined, 2).replace(/\[\s+([-\d.,\s]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)}\n`

/** Only a complete run may replace the published figures. */
function writeResults(report) {
  mkdirSync(results, { recursive: true })
  const whole = [options.only, options.clients, options.rounds].every((option) => option === undefined)
  if (options.check || options.quick || !whole) {
    writeFileSync(new URL('partial.json', results), json(report))
    return
  }
  writeFileSync(new URL('latest.json', results), json(report))
  writeFileSync(new URL('chart.svg', results), chart(report))
}

const hasMissed = (result) => result.targets.some(({ verdict }) => verdict === 'missed')

/** A check repeats a row that missed, once: what is really slower misses twice. */
async function runOrRepeat(row, servers, settings) {
  const run = () => runnerOf(row)(row, servers, settings)
  const result = await run()
  return options.check && hasMissed(result) ? run() : result
}

async function runAll(servers, node, place) {
  const quick = options.quick || options.check
  const rounds = Number(options.rounds ?? (options.quick ? 3 : 5))
  const report = { machine: describeMachine(node), server: servers.name, rows: [] }
  say(`Node ${report.machine.node}, ${report.machine.cpu} × ${report.machine.cores}, server: ${servers.name}`)
  for (const row of chosenRows()) {
    const only = listed(options.clients) ?? (options.check ? judged(row) : undefined)
    const result = await runOrRepeat(row, servers, { place, rounds, scale: quick ? 0.4 : 1, only })
    say(reportRow(result))
    if (options.verbose) for (const { detail } of result.missing) say(detail)
    report.rows.push(result)
  }
  return report
}

const node = chooseNode(options.node)
const pins = choosePins()
const servers = await startServers({ pin: pins.server, node })
try {
  const place = { pin: pins.client, node }
  if (options.profile === undefined) {
    const report = await runAll(servers, node, place)
    writeResults(report)
    const missed = report.rows.flatMap((row) => row.targets.filter(({ verdict }) => verdict === 'missed'))
    for (const target of missed) say(`missed: ${describeTarget(target)}`)
    if (options.check && missed.length > 0) process.exitCode = 1
  } else {
    const row = rows.find(({ name }) => name === options.profile)
    const client = listed(options.clients)?.[0] ?? 'rockpool-core'
    say(await profileRow(row, client, servers, { place, directory: new URL('profiles/', results) }))
  }
} finally {
  servers.stop()
}
