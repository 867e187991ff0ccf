// `npm run scoreboard`: writes docs/reliability.md from reports/reliability/*.json. It measures nothing itself, and fails when a
// result that is there did not hold.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { byArea, root } from '../results.mjs'
import { page } from './page.mjs'

const folder = join(root, 'reports', 'reliability')
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
const results = byArea(
  files
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    // Stryker's own reports lie beside ours.
    .filter(({ area, counts }) => typeof area === 'string' && typeof counts === 'object'),
)
writeFileSync(join(root, 'docs', 'reliability.md'), page(results))
for (const { area, ok, failures } of results.values())
  console.log(`${area}: ${ok ? 'held' : `${failures.length} failures`}`)
process.exitCode = [...results.values()].every(({ ok }) => ok) ? 0 : 1
