// Counts what the unit tests have proven about security: `npm run security:score`, after `npm test`. Reads vitest's JSON report
// (reports/unit.json, or the one given) and writes reports/reliability/advisories.json and injection.json.
// A rule is covered when every test that its proof names ran and passed.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root, writeResult } from '../results.mjs'

const reportFile = process.argv[2] ?? join(root, 'reports', 'unit.json')
const command = 'npm run security:score'
const rules = JSON.parse(readFileSync(join(root, 'reliability', 'advisories', 'rules.json'), 'utf8'))
const report = JSON.parse(readFileSync(reportFile, 'utf8'))

/** Test results by file, relative to the repository. */
const byFile = new Map()
for (const { name, assertionResults } of report.testResults) {
  byFile.set(relative(root, name).replaceAll('\\', '/'), assertionResults)
}

/** Tests of a file whose full name has the constant parts of `test` in their order; `%s` and `${…}` stand for anything. */
function testsOf({ file, test }) {
  const parts = test.split(/%[sji]|\$\{[^}]*\}|\$\w+/).map((part) => part.trim())
  return (byFile.get(file) ?? []).filter(({ fullName }) => {
    let from = 0
    return parts.every((part) => {
      const found = fullName.indexOf(part, from)
      from = found + part.length
      return found >= 0
    })
  })
}

function judged(rule) {
  const faults = []
  for (const proof of rule.proof) {
    const tests = testsOf(proof)
    if (!tests.some(({ status }) => status === 'passed'))
      faults.push(`${rule.rule}: no such test passed: ${proof.file}: ${proof.test}`)
    for (const { status, fullName } of tests)
      if (status === 'failed') faults.push(`${rule.rule}: failed: ${fullName}`)
  }
  return faults
}

const applicable = rules.filter(({ notApplicable }) => notApplicable === undefined)
const failures = rules.flatMap(judged)
const ruleFailed = (rule) => failures.some((text) => text.startsWith(`${rule.rule}: `))
const tests = new Set(
  rules.flatMap(({ proof }) => proof.flatMap((each) => testsOf(each).map(({ fullName }) => fullName))),
)
const advisories = writeResult('advisories', {
  command,
  counts: {
    rules: rules.length,
    covered: applicable.filter((rule) => !ruleFailed(rule)).length,
    notApplicable: rules.length - applicable.length,
    identifiers: new Set(rules.flatMap(({ ids }) => ids)).size,
    tests: tests.size,
  },
  failures,
})

const INJECTION = [
  'packages/rockpool/test/security/injection.property.test.ts',
  'packages/core/test/request-injection.test.ts',
  'packages/core/test/framing-injection.test.ts',
  'packages/core/test/injection-by-plugins.test.ts',
  'packages/core/test/last-look.test.ts',
  'packages/rockpool/test/security/polluted-prototypes.test.ts',
]
const CREDENTIALS = [
  'packages/rockpool/test/security/redirect-credentials.test.ts',
  'packages/rockpool/test/security/secrets.test.ts',
  'packages/plugin-retry/test/credentials.test.ts',
  'packages/plugin-proxy/test/credentials.test.ts',
  'packages/plugin-proxy/test/credentials.property.test.ts',
]
const POOL_KEYS = ['packages/rockpool/test/security/pool-keys.test.ts']
const ran = (files) => files.flatMap((file) => byFile.get(file) ?? [])
const missing = [...INJECTION, ...CREDENTIALS, ...POOL_KEYS].filter(
  (file) => (byFile.get(file) ?? []).length === 0,
)
const injection = writeResult('injection', {
  command,
  counts: {
    doors: ran(INJECTION.slice(0, 1)).length,
    injectionTests: ran(INJECTION).length,
    credentialTests: ran(CREDENTIALS).length,
    poolKeyTests: ran(POOL_KEYS).length,
  },
  failures: [
    ...missing.map((file) => `did not run: ${file}`),
    ...ran([...INJECTION, ...CREDENTIALS, ...POOL_KEYS])
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => fullName),
  ],
})

for (const { area, counts, failures: found } of [advisories, injection]) {
  const text = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  process.stdout.write(`${area}: ${text.join(', ')}, failures ${found.length}\n`)
  for (const failure of found) process.stdout.write(`  ${failure}\n`)
}
process.exitCode = advisories.ok && injection.ok ? 0 : 1
