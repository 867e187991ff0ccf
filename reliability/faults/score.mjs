// Counts what the unit tests have proven about faults and load: `npm run faults:score`, after `npm test`. Reads vitest's JSON
// report (reports/unit.json, or the one given) and writes reports/reliability/faults.json and load.json.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, writeResult } from '../results.mjs'

const report = JSON.parse(readFileSync(process.argv[2] ?? join(root, 'reports', 'unit.json'), 'utf8'))

/** The tests of a folder, as far as they ran. */
function testsBelow(folder) {
  return report.testResults
    .filter(({ name }) => relative(root, name).replaceAll('\\', '/').startsWith(folder))
    .flatMap(({ assertionResults }) => assertionResults)
}

function score(area, folder, more) {
  const tests = testsBelow(folder)
  const passed = tests.filter(({ status }) => status === 'passed')
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => `failed: ${fullName}`)
  if (tests.length === 0) failures.push(`no test of ${folder} has run`)
  return writeResult(area, {
    command: 'npm run faults:score',
    counts: { ...more(passed), tests: passed.length, failed: failures.length },
    failures,
  })
}

/** Cells of the fault matrix stand in the titles of its tests. */
const cellsOf = (passed) =>
  passed.reduce((sum, { title }) => sum + Number(/: (\d+) cells$/.exec(title)?.[1] ?? 0), 0)

const results = [
  score('faults', 'reliability/faults/', (passed) => ({ faultsTimesPhasesSurvived: cellsOf(passed) })),
  score('load', 'reliability/load/', () => ({})),
]
for (const { area, counts, failures } of results)
  console.log(`${area}: ${JSON.stringify(counts)}${failures.map((text) => `\n  ${text}`).join('')}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
