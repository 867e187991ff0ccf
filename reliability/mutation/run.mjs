// `npm run mutation`: how many planted mistakes the quick tests of an area notice. `--area codec|pool|retry` for one, `--fresh`
// to forget what earlier runs found. Writes reports/reliability/mutation-<area>.json as each area ends, and touches no other
// area's. Red: a score below BAR, or a survivor that survivors.json does not explain. Explanations that nothing needs any more
// are listed. `--only waiter.ts` mutates files of that name alone, in seconds: for work on one file, and no result of the area.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, writeResult } from '../results.mjs'
import { areas } from './areas.mjs'
import { explain } from './survivors.mjs'

/** Percent of the mutants that must be noticed. */
const BAR = 85

const { values } = parseArgs({
  options: {
    area: { type: 'string', multiple: true },
    fresh: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const chosen = values.area ?? Object.keys(areas)
for (const name of chosen) if (areas[name] === undefined) throw new Error(`no such area: ${name}`)

const report = (name, kind) => join(root, 'reports', 'reliability', `mutation-${name}-${kind}.json`)
const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')

let held = true
for (const name of chosen) {
  const { counts, failures } = measured(name)
  for (const failure of failures) console.log(failure)
  held &&= failures.length === 0
  if (values.only !== undefined || counts === undefined) continue
  writeResult('mutation', { part: name, command: `npm run mutation -- --area ${name}`, counts, failures })
}
process.exitCode = held ? 0 : 1

/** Runs Stryker on one area; without counts when it came to no end. */
function measured(name) {
  if (values.fresh || values.only !== undefined) rmSync(report(name, 'incremental'), { force: true })
  const { status } = spawnSync(
    process.execPath,
    [stryker, 'run', 'reliability/mutation/stryker.config.mjs'],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ROCKPOOL_MUTATION_AREA: name, ROCKPOOL_MUTATION_ONLY: values.only },
    },
  )
  if (status !== 0) return { failures: [`${name}: Stryker ended with ${status}`] }
  const found = explain(name, JSON.parse(readFileSync(report(name, 'full'), 'utf8')))
  const { killed, survived, unexplained, idle } = found
  const score = Math.round((1_000 * killed) / (killed + survived)) / 10
  console.log(`${name}: ${killed} of ${killed + survived} mutants noticed, ${score} %`)
  if (values.only === undefined)
    for (const { file, code } of idle) console.log(`explains nothing any more: ${name}: ${file}: ${code}`)
  return {
    counts: {
      [`${name} mutants`]: killed + survived,
      [`${name} killed`]: killed,
      [`${name} survived`]: survived,
      [`${name} score`]: score,
      [`${name} unexplained`]: unexplained.length,
    },
    failures: [
      ...(score < BAR ? [`${name}: ${score} % is below ${BAR} %`] : []),
      ...unexplained.map((text) => `survived without an explanation: ${text}`),
    ],
  }
}
