// The one shape in which every command of this folder reports, so that one reader can add them up.
// `counts`: name → number. `failures`: one text each. `ok` is never given, it follows: no failure.
//
// What takes long is measured in parts, each with a file of its own that appears when the part is complete: a run that is
// killed loses what it had not finished and nothing else. The parts of an area are added up by whoever reads them.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * Writes `reports/reliability/<area>.json`, or `<area>-<part>.json` for a part, whole or not at all. Returns what it wrote.
 * `more` may hold further facts, e.g. a seed.
 */
export function writeResult(area, { part, command, counts, failures, ...more }) {
  const result = {
    area,
    part,
    at: new Date().toISOString(),
    node: process.version,
    command,
    counts,
    failures,
    ok: failures.length === 0,
    ...more,
  }
  const name = part === undefined ? area : `${area}-${part}`
  const file = join(root, 'reports', 'reliability', `${name}.json`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(result, null, 2)}\n`)
  renameSync(`${file}.${process.pid}`, file)
  return result
}

/**
 * Results by area, the parts of an area as one: its counts together, as old as its oldest part. Where there are parts, a
 * result of the whole is from before there were any, and is left out.
 */
export function byArea(results) {
  const whole = new Map()
  const parts = new Map()
  for (const result of results) {
    if (result.part === undefined) whole.set(result.area, result)
    else parts.set(result.area, [...(parts.get(result.area) ?? []), result])
  }
  for (const [area, each] of parts) whole.set(area, each.reduce(together))
  return whole
}

function together(one, other) {
  const oldest = one.at < other.at ? one : other
  const commands = new Set([...one.command.split('; '), other.command])
  return {
    ...oldest,
    part: undefined,
    command: [...commands].sort().join('; '),
    counts: { ...one.counts, ...other.counts },
    failures: [...one.failures, ...other.failures],
    ok: one.ok && other.ok,
  }
}
