// The one shape in which every command of this folder reports, so that one reader can add them up.
// `counts`: name → number. `failures`: one text each. `ok` is never given, it follows: no failure.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Writes `reports/reliability/<area>.json` and returns what it wrote. `more` may hold further facts, e.g. a seed. */
export function writeResult(area, { command, counts, failures, ...more }) {
  const result = {
    area,
    at: new Date().toISOString(),
    node: process.version,
    command,
    counts,
    failures,
    ok: failures.length === 0,
    ...more,
  }
  const file = join(root, 'reports', 'reliability', `${area}.json`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  return result
}
