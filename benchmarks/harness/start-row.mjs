// What importing costs: CPU time of a process that imports and ends, over that of one that only ends. And what it takes to
// download: the size of the package as npm packs it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gapOf, verdictOf } from './judge.mjs'
import { estimate, median, spread } from './statistics.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
// The child's own clock of CPU time, read at its end: nothing of starting the process is outside it.
const report = 'const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system))'

function cpuOf({ node, pin }, modules) {
  const source = [...modules.map((name) => `await import(${JSON.stringify(name)})`), report].join('\n')
  const [command, ...args] = [...pin, node, '--input-type=module', '--eval', source]
  const result = spawnSync(command, args, { cwd: here, encoding: 'utf8' })
  if (result.status !== 0)
    throw new Error(result.stderr.split('\n').find((line) => line.includes('Error')) ?? 'failed')
  return Number(result.stdout) / 1000
}

/** `{ packedKB, unpackedKB, files }` of a workspace; undefined where npm cannot tell. */
function packed(name) {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--workspace', name]
  const { stdout } = spawnSync('npm', args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
  try {
    const found = JSON.parse(stdout)
    const { size, unpackedSize, entryCount } = Array.isArray(found) ? found[0] : Object.values(found)[0]
    return { packedKB: size / 1000, unpackedKB: unpackedSize / 1000, files: entryCount }
  } catch {
    return undefined
  }
}

function judge(target, times, size) {
  if (target.measure === 'packedKB') {
    if (size === undefined) return { ...target, verdict: 'not measured' }
    const value = size.packedKB
    return {
      ...target,
      value,
      spread: 0,
      error: 0,
      by: 'kB as npm packs it',
      verdict: verdictOf(gapOf(target, value), 0),
    }
  }
  const [mine, theirs] = [times.get(target.client), times.get(target.against)]
  if (!mine?.length || !theirs?.length) return { ...target, verdict: 'not measured' }
  const found = estimate(mine.map((ms, index) => ms / theirs[index]))
  return { ...target, ...found, by: 'CPU time', verdict: verdictOf(gapOf(target, found.value), found.error) }
}

/** Measures the imports of `row` in turns. */
export function runStart(row, _servers, { place, pace, only }) {
  const chosen = Object.keys(row.imports).filter((name) => only === undefined || only.includes(name))
  const times = new Map(chosen.map((name) => [name, []]))
  const missing = []
  for (let round = 0; round < pace.starts; round++) {
    const bare = cpuOf(place, [])
    for (const [name, list] of times) {
      try {
        list.push(cpuOf(place, row.imports[name]) - bare)
      } catch (error) {
        times.delete(name)
        missing.push({ client: name, reason: error.message, detail: error.message })
      }
    }
  }
  const size = packed(row.packed)
  return {
    kind: 'start',
    name: row.name,
    title: row.title,
    points: [...times].map(([client, list]) => ({ client, ms: median(list), msSpread: spread(list) })),
    packed: { name: row.packed, ...size },
    clients: [],
    targets: row.targets.map((target) => judge(target, times, size)),
    missing,
  }
}
