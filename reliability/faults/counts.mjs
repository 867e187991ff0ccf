// What a run of the fault and load tests has proven, from vitest's JSON report. What a test did stands at the end of its title
// ("…: 22 cells", "…: 10000 idle closes"), and is counted when the test has passed.
import { relative } from 'node:path'
import { root, writeResult } from '../results.mjs'

const AMOUNT = /: (\d+) ([a-z ]+)$/

function testsBelow(report, folder) {
  return report.testResults
    .filter(({ name }) => relative(root, name).replaceAll('\\', '/').startsWith(folder))
    .flatMap(({ assertionResults }) => assertionResults)
}

function amountsOf(passed) {
  const amounts = {}
  for (const { title } of passed) {
    const [, amount, what] = AMOUNT.exec(title) ?? []
    if (what !== undefined) amounts[what] = (amounts[what] ?? 0) + Number(amount)
  }
  return amounts
}

/** Writes the result of one area; `command` is what measured it. */
export function score(report, area, command) {
  const tests = testsBelow(report, `reliability/${area}/`)
  const passed = tests.filter(({ status }) => status === 'passed')
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(
      ({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0]?.split('\n')[0] ?? 'failed'}`,
    )
  if (tests.length === 0) failures.push(`no test of reliability/${area}/ has run`)
  const skipped = tests.length - passed.length - failures.length
  const counts = { ...amountsOf(passed), tests: passed.length, failed: failures.length, skipped }
  return writeResult(area, { command, counts, failures })
}
