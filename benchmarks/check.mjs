// npm run bench:check                  short, for CI: fails when a change made the hot path slower, or leaky
// npm run bench:check -- --write-kept  commits to the costs of this run (on a quiet machine, after a speed-up)
// npm run bench:check -- --plant 25    burdens every call of ours with so many per cent: the check must fail
// npm run bench:check -- --strict      looks as closely on a busy machine as on a quiet one
// npm run bench:check -- --only small  some rows; without micro-benchmarks and heap
//
// The full benchmark says how far the targets are; this says whether a change moved away from what has been reached (kept.json).
// It judges CPU time per request only: on a shared machine of two cores a rate says more about the neighbours. A row is
// red when its cost is over the kept one by more than the tolerance and twice the error, both found in this run, and
// stays so with another generation of processes. A row with too much noise says so.
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { chooseNode, choosePins, describeMachine } from './harness/environment.mjs'
import { heapRow, runHeap } from './harness/heap.mjs'
import { ERRORS } from './harness/judge.mjs'
import { compareWithKept, generation, keptOf } from './harness/kept.mjs'
import { describeTarget } from './harness/report.mjs'
import { median } from './harness/statistics.mjs'
import { json } from './harness/write-report.mjs'
import { runMicro } from './micro.mjs'
import { rows } from './rows.mjs'
import { startServers } from './servers/start.mjs'

/**
 * Between machines, and between runs of one, the kept figures move. Five runs on a quiet machine lay between 0.92 and 1.09 of the
 * kept cost, but for bodies; one on a busy machine was seen at 1.45. So half as much again is red; a row may ask for more.
 */
const TOLERANCE = 0.5
/**
 * With others on the cores every slice of time begins with cold caches, which costs the larger program more: the ratio itself
 * moves, by up to a factor of two with ten processes on a core, not only its noise. Then only a gross slow-down can be told, and
 * the check says that it looks no closer.
 */
const BUSY_TOLERANCE = 1.5
const BUSY = 0.5
/** More noise than this share of the cost, and a row says nothing. */
const CLEAR = 0.15
const GENERATIONS = 2
const MOST_GENERATIONS = 4
const HEAP_REQUESTS = 50_000
const keptFile = new URL('./kept.json', import.meta.url)

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    plant: { type: 'string' },
    strict: { type: 'boolean', default: false },
    'write-kept': { type: 'boolean', default: false },
  },
})
const say = (text) => process.stdout.write(`${text}\n`)
const wanted = options.only?.split(',')
const checked = rows.filter(({ kept, name }) => kept !== undefined && (wanted?.includes(name) ?? true))

const toleranceOf = ({ others, tolerance }) =>
  others > BUSY && !options.strict ? BUSY_TOLERANCE : (tolerance ?? TOLERANCE)
const isSlower = (found) => found.value - ERRORS * found.error > 1 + toleranceOf(found)
/** Whether the noise is so small that a slow-down beyond the tolerance could not have stayed hidden in it. */
const isClear = (found) => isSlower(found) || ERRORS * found.error < CLEAR

/** Microseconds that are `percent` of what a call costs here. */
async function plantOf(row, servers, place, percent) {
  if (percent === 0) return 0
  const { client } = await generation(row, servers, place)
  return (median(client) * percent) / 100
}

async function checkRow(row, kept, servers, place) {
  const plant = await plantOf(row, servers, place, Number(options.plant ?? 0))
  const generations = []
  let found
  do {
    generations.push(await generation(row, servers, place, plant))
    if (generations.length < GENERATIONS) continue
    found = { ...compareWithKept(kept, generations), tolerance: row.kept.tolerance }
  } while (
    generations.length < GENERATIONS ||
    (generations.length < MOST_GENERATIONS &&
      (!isClear(found) || (isSlower(found) && generations.length < GENERATIONS + 1)))
  )
  const cost = median(generations.flatMap(({ client }) => client))
  const verdict = isSlower(found) ? 'SLOWER' : isClear(found) ? 'kept' : 'undecided: too much noise here'
  say(
    `  ${row.name.padEnd(14)} ${cost.toFixed(1).padStart(8)} µs  ${found.value.toFixed(3)} of the kept cost ± ${found.error.toFixed(3)}, ` +
      `${generations.length} generations: ${verdict}${toleranceOf(found) === BUSY_TOLERANCE ? ' (the machine is busy: only 2.5 times the cost would be red)' : ''}`,
  )
  if (found.value + ERRORS * found.error < 0.85)
    say('  (faster than kept.json says: npm run bench:check -- --write-kept)')
  return isSlower(found) ? [row.name] : []
}

async function writeKept(servers, place) {
  const kept = {}
  for (const row of checked) {
    const generations = []
    for (let i = 0; i < GENERATIONS + 1; i++) generations.push(await generation(row, servers, place))
    kept[row.name] = keptOf(generations)
    say(`  ${row.name.padEnd(14)} ${JSON.stringify(kept[row.name])}`)
  }
  writeFileSync(keptFile, json({ ...readKept(), ...kept }))
}

const readKept = () => JSON.parse(readFileSync(keptFile, 'utf8'))

async function checkHeap(servers, place) {
  const { targets } = await runHeap(heapRow, servers, { place, pace: { requests: HEAP_REQUESTS } })
  for (const target of targets) say(`  ${describeTarget(target)}`)
  return targets.some(({ verdict }) => verdict === 'missed') ? ['heap'] : []
}

async function checkAll(servers, place) {
  const { node, cpu, cores } = describeMachine(place.node)
  say(`Node ${node}, ${cpu} × ${cores}, server: ${servers.name}; CPU per request against kept.json`)
  const kept = readKept()
  const failed = []
  for (const row of checked) {
    if (kept[row.name] === undefined) throw new Error(`kept.json says nothing of ${row.name}`)
    failed.push(...(await checkRow(row, kept[row.name], servers, place)))
  }
  if (wanted !== undefined) return failed
  say(`heap: ${HEAP_REQUESTS} requests of every kind`)
  failed.push(...(await checkHeap(servers, place)))
  return [...failed, ...runMicro({ write: false, say })]
}

const began = performance.now()
const node = chooseNode(undefined)
const pins = choosePins()
const servers = await startServers({ pin: pins.server, node })
try {
  const place = { pin: pins.client, node }
  if (options['write-kept']) await writeKept(servers, place)
  else {
    const failed = await checkAll(servers, place)
    say(failed.length === 0 ? 'nothing became slower' : `failed: ${failed.join(', ')}`)
    if (failed.length > 0) process.exitCode = 1
  }
} finally {
  servers.stop()
  say(`${Math.round((performance.now() - began) / 1000)} s`)
}
