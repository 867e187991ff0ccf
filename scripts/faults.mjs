// `npm run faults`: the faults in full: every byte offset on every route, a hundred thousand races, ten thousand callers.
// Minutes, not seconds; in CI the same files run with fewer rounds. Writes reports/reliability/faults.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeResult } from '../reliability/results.mjs'
import { prepare, root, runNode, vitestArgs } from './workspace.mjs'

prepare()
const env = { ...process.env, FAULTS: 'full', RACES: process.env.RACES ?? '100000' }
const args = vitestArgs('vitest.config.ts', 'faults', [
  '--testTimeout=900000',
  'reliability/faults',
  'reliability/load',
])
const code = runNode(args, { env })
const report = JSON.parse(readFileSync(join(root, 'reports', 'faults.json'), 'utf8'))
const failed = report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status === 'failed')
  .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.split('\n')[0]}`)
const counts = { passed: report.numPassedTests, failed: report.numFailedTests, races: Number(env.RACES) }
if (code !== 0 && failed.length === 0) failed.push('the run was not successful')
writeResult('faults', { command: 'npm run faults', counts, failures: failed })
process.exitCode = code
