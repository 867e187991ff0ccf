// A CPU profile of one client at one row, and the functions it spent most of its own time in.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startClient } from './process.mjs'
import { setupOf } from './setup.mjs'

const SHOWN = 25

/** Self time per function in milliseconds, idle time left out. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const named = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'}  ${url.replace(/^.*\/(packages|node_modules)\//, '')}:${lineNumber + 1}`,
    ]),
  )
  const times = new Map()
  samples.forEach((id, index) => {
    const name = named.get(id)
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index] / 1000)
  })
  times.delete([...times.keys()].find((name) => name.startsWith('(idle)')))
  return [...times].sort((a, b) => b[1] - a[1])
}

/** Runs `client` alone for a few seconds under `--cpu-prof`; returns the report. */
export async function profileRow(row, client, servers, { place, directory }) {
  const folder = fileURLToPath(directory)
  mkdirSync(folder, { recursive: true })
  const file = `${row.name}-${client}-${Date.now()}.cpuprofile`
  const flags = [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}`,
    `--cpu-prof-name=${file}`,
    '--cpu-prof-interval=200',
  ]
  const started = await startClient(client, setupOf(row, servers), { ...place, flags })
  await started.run(row.ms)
  const result = await started.run(row.ms * 4)
  await started.close()
  if (!readdirSync(folder).includes(file)) return `no profile was written to ${folder}`
  const times = selfTimes(JSON.parse(readFileSync(join(folder, file), 'utf8')))
  const total = times.reduce((sum, [, ms]) => sum + ms, 0)
  const lines = times
    .slice(0, SHOWN)
    .map(([name, ms]) => `${((ms / total) * 100).toFixed(1).padStart(5)} %  ${name}`)
  return [`${Math.round(result.rate)} req/s, ${result.cpu.toFixed(1)} µs`, ...lines, join(folder, file)].join(
    '\n',
  )
}
