// Counts what the unit tests have proven about faults and load: `npm run faults:score`, after `npm test`. Reads vitest's JSON
// report (reports/unit.json, or the one given) and writes reports/reliability/faults.json and load.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../results.mjs'
import { score } from './counts.mjs'

const report = JSON.parse(readFileSync(process.argv[2] ?? join(root, 'reports', 'unit.json'), 'utf8'))
const results = ['faults', 'load'].map((area) => score(report, area, 'npm run faults:score'))
for (const { area, counts, failures } of results)
  console.log(`${area}: ${JSON.stringify(counts)}${failures.map((text) => `\n  ${text}`).join('')}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
