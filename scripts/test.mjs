// `npm test`: every test that needs no outside server, then the type tests. With arguments (`npm test -- <file> -t <name>`)
// only the first of the two, handed on to vitest. Reports: reports/unit.json, reports/types.json.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, runNode, vitestArgs } from './workspace.mjs'

prepare()
const args = process.argv.slice(2)
for (const name of ['unit', 'types']) rmSync(join(root, 'reports', `${name}.json`), { force: true })
const unit = runNode(vitestArgs('vitest.config.ts', 'unit', args))
const types =
  args.length > 0 ? 0 : runNode(vitestArgs('vitest.types.config.ts', 'types', ['--passWithNoTests']))
process.exitCode = unit || types
