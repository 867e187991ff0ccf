// What importing costs: CPU time of a process that imports and ends, over that of one that only ends.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './statistics.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
// The child's own clock of CPU time, read at its end: nothing of starting the process is outside it.
const report = 'const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system))'

function cpuOf(node, modules) {
  const source = [...modules.map((name) => `await import(${JSON.stringify(name)})`), report].join('\n')
  const result = spawnSync(node, ['--input-type=module', '--eval', source], { cwd: here, encoding: 'utf8' })
  if (result.status !== 0)
    throw new Error(result.stderr.split('\n').find((line) => line.includes('Error')) ?? 'failed')
  return Number(result.stdout) / 1000
}

/** Measures the imports of `row` in turns. */
export function runStart(row, _servers, { place, rounds }) {
  const times = new Map(Object.keys(row.imports).map((name) => [name, []]))
  const missing = []
  for (let round = 0; round < rounds * 2; round++) {
    const bare = cpuOf(place.node, [])
    for (const [name, list] of times) {
      try {
        list.push(cpuOf(place.node, row.imports[name]) - bare)
      } catch (error) {
        times.delete(name)
        missing.push({ client: name, reason: error.message, detail: error.message })
      }
    }
  }
  const points = [...times].map(([client, list]) => ({ client, ms: median(list) }))
  const value = (name) => points.find(({ client }) => client === name)?.ms
  const targets = row.targets.map((target) => {
    const ratio = value(target.client) / value(target.against)
    if (Number.isNaN(ratio)) return { ...target, verdict: 'not measured' }
    return { ...target, value: ratio, noise: 0.1, verdict: ratio <= target.atMost + 0.1 ? 'met' : 'missed' }
  })
  return { kind: 'start', name: row.name, title: row.title, points, clients: [], targets, missing }
}
