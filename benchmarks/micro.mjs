// npm run bench:micro               what the pure parts cost alone, in yardsticks, beside the committed figures
// npm run bench:micro -- --check    ends with 1 when one is slower than committed by more than the tolerance
// npm run bench:micro -- --write    commits to the figures of this run
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chooseNode, choosePins, versionOf } from './harness/environment.mjs'
import { describeSubject, measureSubject } from './harness/micro-row.mjs'
import { json } from './harness/write-report.mjs'
import { subjects } from './micro/subjects.mjs'

/** A ratio may double before it counts: caches and compilers differ between machines more than between runs. */
const TOLERANCE = 2
const ATTEMPTS = 4
const baselineFile = new URL('./micro/baseline.json', import.meta.url)

/** A figure over what is allowed is measured again: noise only ever makes slower, so the best counts. */
function bestOf(name, allowed, place) {
  let best = measureSubject(name, place)
  for (let attempt = 1; attempt < ATTEMPTS && best.ratio > allowed; attempt++) {
    const again = measureSubject(name, place)
    if (again.ratio < best.ratio) best = again
  }
  return best
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
      const allowed = write
        ? 0
        : (kept[name] ?? Number.POSITIVE_INFINITY) * (subjects[name].tolerance ?? TOLERANCE)
      const result = bestOf(name, allowed, place)
      found[name] = Number(result.ratio.toPrecision(4))
      const isSlow = result.ratio > allowed && !write
      if (isSlow) failed.push(name)
      say(
        `  ${name.padEnd(30)} ${describeSubject(result)} (${kept[name] ?? '–'})${isSlow ? '  slower than allowed' : ''}`,
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
