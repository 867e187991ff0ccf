// npm run bench:micro               what the pure parts cost alone, in yardsticks, beside the committed figures
// npm run bench:micro -- --check    ends with 1 when one is slower than committed by more than the tolerance
// npm run bench:micro -- --write    commits to the figures of this run
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chooseNode, choosePins, versionOf } from './harness/environment.mjs'
import { json } from './harness/write-report.mjs'
import { subjects } from './micro/subjects.mjs'

/** A ratio may rise by half before it counts: caches and compilers differ between machines more than between runs. */
const TOLERANCE = 1.5
const ATTEMPTS = 3
const baselineFile = new URL('./micro/baseline.json', import.meta.url)
const measureFile = fileURLToPath(new URL('./micro/measure.mjs', import.meta.url))

function measure(name, { node, pin }) {
  const [command, ...args] = [...pin, node, measureFile, name]
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${name}: ${stderr.split('\n').find((line) => /Error/.test(line)) ?? stderr}`)
  return JSON.parse(stdout)
}

/** A figure over what is allowed is measured again: noise only ever makes slower, so the best counts. */
function bestOf(name, allowed, place) {
  let best = measure(name, place)
  for (let attempt = 1; attempt < ATTEMPTS && best.ratio > allowed; attempt++) {
    const again = measure(name, place)
    if (again.ratio < best.ratio) best = again
  }
  return best
}

const describe = ({ ns, bytes, ratio }) => {
  const speed =
    bytes === undefined ? `${(1e3 / ns).toFixed(2)} M/s` : `${((bytes * 1e3) / ns).toFixed(0)} MB/s`
  return (
    `${ns < 1e4 ? ns.toFixed(1) : Math.round(ns)} ns`.padStart(12) +
    speed.padStart(12) +
    ratio.toFixed(3).padStart(10)
  )
}

/** Runs every subject; returns the names of those that became too slow or cannot be run. */
export function runMicro({ write, say }) {
  const place = { node: chooseNode(undefined), pin: choosePins().client }
  const major = versionOf(place.node).split('.')[0]
  const baseline = JSON.parse(readFileSync(baselineFile, 'utf8'))
  const kept = baseline[major] ?? {}
  const found = {}
  const failed = []
  say(`micro-benchmarks on Node ${versionOf(place.node)}: time, speed, ratio to the yardstick (committed)`)
  for (const name of Object.keys(subjects)) {
    try {
      const allowed = write ? 0 : (kept[name] ?? Number.POSITIVE_INFINITY) * TOLERANCE
      const result = bestOf(name, allowed, place)
      found[name] = Number(result.ratio.toPrecision(4))
      const isSlow = result.ratio > allowed && !write
      if (isSlow) failed.push(name)
      say(
        `  ${name.padEnd(30)} ${describe(result)} (${kept[name] ?? '–'})${isSlow ? '  slower than allowed' : ''}`,
      )
    } catch (error) {
      failed.push(name)
      say(`  ${error.message}`)
    }
  }
  if (write) writeFileSync(baselineFile, json({ ...baseline, [major]: found }))
  return failed
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
  })
  const failed = runMicro({ write: values.write, say: (text) => process.stdout.write(`${text}\n`) })
  if (failed.length > 0 && (values.check || values.write)) process.exitCode = 1
}
