// Adds up the JSON reports of the vitest runs: node scripts/sum-reports.mjs unit types … The last line printed is
// "N passed, N failed, N skipped". Exits 1 when a report is missing or unreadable, has no test that ran, or has a failure:
// a suite that silently ran nothing must not look like success.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.mjs'

const sum = { passed: 0, failed: 0, skipped: 0 }
let sound = true
const complain = (text) => {
  sound = false
  process.stdout.write(`${text}\n`)
}

for (const name of process.argv.slice(2)) {
  const file = join(root, 'reports', `${name}.json`)
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    const { numPassedTests: passed, numFailedTests: failed, numTotalTests: total } = report
    if (passed + failed === 0) complain(`reports/${name}.json: no test ran`)
    if (!report.success) complain(`reports/${name}.json: the run was not successful`)
    sum.passed += passed
    sum.failed += failed
    sum.skipped += total - passed - failed
  } catch (error) {
    complain(`reports/${name}.json: ${error.code === 'ENOENT' ? 'missing' : error.message}`)
  }
}

process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`)
process.exitCode = sound && sum.failed === 0 && sum.passed > 0 ? 0 : 1
