// `npm run faults`: the faults in full: every byte offset on every route, races by the hundred thousand, a million requests, ten
// thousand callers. Minutes, not seconds; in CI the same files run with fewer rounds. Arguments choose files, as in
// `npm run faults -- reliability/load`. Writes reports/reliability/faults.json and load.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { score } from '../reliability/faults/counts.mjs'
import { prepare, root, runNode, vitestArgs } from './workspace.mjs'

prepare()
const given = process.argv.slice(2)
const chosen = given.filter((argument) => !argument.startsWith('-'))
const flags = given.filter((argument) => argument.startsWith('-'))
const env = { ...process.env, FAULTS: 'full', RACES: process.env.RACES ?? '100000' }
// One file after the other: what one of them leaves over or costs must not be taken for another one's.
const args = ['--testTimeout=900000', '--no-file-parallelism', ...flags]
args.push(...(chosen.length === 0 ? ['reliability/faults', 'reliability/load'] : chosen))
const code = runNode(vitestArgs('vitest.config.ts', 'faults', args), { env })
const report = JSON.parse(readFileSync(join(root, 'reports', 'faults.json'), 'utf8'))
const command = ['npm run faults', ...(chosen.length === 0 ? [] : ['--', ...chosen])].join(' ')
for (const area of ['faults', 'load'])
  if (chosen.length === 0 || chosen.some((path) => path.includes(`reliability/${area}`)))
    score(report, area, command)
process.exitCode = code
