// `npm run differential`: the catalogue through Node's own parser. Where the two disagree, node-differences.json must say why; a
// disagreement without a reason, or a reason without a disagreement, is a failure. Writes reports/reliability/differential.json.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeResult } from '../results.mjs'

if (process.env.ROCKPOOL_SOURCES !== '1') {
  const register = new URL('../loader/register.mjs', import.meta.url).href
  const args = ['--import', register, fileURLToPath(import.meta.url)]
  const env = { ...process.env, ROCKPOOL_SOURCES: '1' }
  process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1)
}

const { comparable, differs, nodeReading, ourReading, startNodePeer } = await import(
  '../../packages/core/test/codec/node-parser.ts'
)
const table = new URL('../../packages/core/test/data/node-differences.json', import.meta.url)
const differences = JSON.parse(readFileSync(table, 'utf8'))

const counts = { compared: 0, agree: 0, explained: 0, unexplained: 0, 'out of date': 0 }
const failures = []
const peer = await startNodePeer()
for (const row of comparable) {
  const name = `${row.group}: ${row.name}`
  const node = JSON.stringify(await nodeReading(peer, row))
  const ours = JSON.stringify(ourReading(row))
  const isExplained = differs(differences[name], process.versions.node)
  counts.compared += 1
  if (ours === node && !isExplained) counts.agree += 1
  else if (ours !== node && isExplained) counts.explained += 1
  else if (ours === node) {
    counts['out of date'] += 1
    failures.push(`${name}: a difference is explained that is not there`)
  } else {
    counts.unexplained += 1
    failures.push(`${name}: ours ${ours.slice(0, 120)}, Node's ${node.slice(0, 120)}`)
  }
}
peer.close()
const known = new Set(comparable.map(({ group, name }) => `${group}: ${name}`))
for (const name of Object.keys(differences)) {
  if (known.has(name)) continue
  counts['out of date'] += 1
  failures.push(`${name}: a difference is explained of a response that is not compared`)
}

const { ok } = writeResult('differential', { command: 'npm run differential', counts, failures })
console.log(counts)
for (const failure of failures) console.log(failure)
process.exitCode = ok ? 0 : 1
