// `npm run mutation`: how many planted mistakes the quick tests of an area notice. `--area codec|pool|retry` for one, `--fresh`
// to forget what earlier runs found. Writes reports/reliability/mutation.json; below BAR the exit code is 1.
// Survivors that survivors.json does not explain are counted and listed. `--only waiter.ts` mutates files of that name alone, in
// seconds: for work on one file, and no result of the area.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
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

const counts = {}
const failures = []
for (const name of chosen) {
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
  if (status !== 0) {
    failures.push(`${name}: Stryker ended with ${status}`)
    continue
  }
  const { killed, survived, unexplained } = explain(
    name,
    JSON.parse(readFileSync(report(name, 'full'), 'utf8')),
  )
  const score = Math.round((1_000 * killed) / (killed + survived)) / 10
  Object.assign(counts, {
    [`${name} mutants`]: killed + survived,
    [`${name} killed`]: killed,
    [`${name} survived`]: survived,
    [`${name} score`]: score,
    [`${name} unexplained`]: unexplained.length,
  })
  console.log(`${name}: ${killed} of ${killed + survived} mutants noticed, ${score} %`)
  if (score < BAR) failures.push(`${name}: ${score} % is below ${BAR} %`)
  for (const text of unexplained) console.log(`survived without an explanation: ${text}`)
}
if (values.only !== undefined) {
  for (const failure of failures) console.log(failure)
  process.exit(failures.length === 0 ? 0 : 1)
}
// What was measured before stays on the board until it is measured again.
const earlier = join(root, 'reports', 'reliability', 'mutation.json')
const before = existsSync(earlier) ? JSON.parse(readFileSync(earlier, 'utf8')) : { counts: {}, failures: [] }
const others = before.failures.filter((text) => !chosen.some((name) => text.startsWith(`${name}: `)))
const command = `npm run mutation -- ${process.argv.slice(2).join(' ')}`.trim()
const { ok } = writeResult('mutation', {
  command,
  counts: { ...before.counts, ...counts },
  failures: [...others, ...failures],
})
for (const failure of failures) console.log(failure)
process.exitCode = ok ? 0 : 1
