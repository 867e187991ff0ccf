// `npm run coverage`: the tests of `npm test` with vitest's coverage. Writes reports/reliability/coverage.json.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, writeResult } from '../results.mjs'

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const folder = join(root, 'reports', 'coverage')
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--config=vitest.config.ts',
    '--reporter=dot',
    // What other commands count, as after `npm test`.
    '--reporter=json',
    `--outputFile.json=${join(root, 'reports', 'unit.json')}`,
    '--coverage',
    '--coverage.reporter=json-summary',
    '--coverage.reporter=html',
    `--coverage.reportsDirectory=${folder}`,
    '--coverage.reportOnFailure',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
)
const { total } = JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8'))
const counts = Object.fromEntries(
  ['lines', 'branches', 'functions', 'statements'].map((name) => [name, total[name].pct]),
)
const failures = status === 0 ? [] : [`the tests ended with ${status}`]
writeResult('coverage', { command: 'npm run coverage', counts, failures })
console.log(counts)
process.exitCode = status ?? 1
