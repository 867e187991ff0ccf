// Writes what docs/ and the READMEs show of the code: node scripts/write-doc-tables.mjs
// Run it after a change of packages/core/src/codec/state.ts, ground/limits.ts, ground/errors.ts,
// client/failure-policy.ts or hooks/stages.ts, and after a change of options or of their docstrings.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  errorTable,
  fixedLimitsTable,
  limitsTable,
  OPTION_TABLES,
  offeredBy,
  optionsTable,
  stagesTable,
  stateDiagram,
  withRegion,
} from './doc-tables.mjs'
import { prepare, root } from './workspace.mjs'

prepare()
const core = join(root, 'packages', 'core')
const built = (file) => import(pathToFileURL(join(core, 'build', file)).href)
const source = (file) => readFileSync(join(core, 'src', file), 'utf8')

function write(document, regions) {
  const file = join(root, document)
  let text = readFileSync(file, 'utf8')
  for (const [name, content] of Object.entries(regions)) text = withRegion(text, name, content)
  writeFileSync(file, text)
}

const { CLIENT_TRANSITIONS } = await built('codec/state.js')
const { DEFAULT_LIMITS } = await built('ground/limits.js')
const { pluginsMayHandle } = await built('client/failure-policy.js')
const { stages } = await built('hooks/stages.js')
const errors = await built('ground/errors.js')
const taxonomy =
  source('ground/http-error.ts') + source('ground/errors.ts') + source('ground/usage-errors.ts')

write('docs/supported-http.md', {
  'codec states': stateDiagram(CLIENT_TRANSITIONS, 'idle'),
  limits: limitsTable(DEFAULT_LIMITS, source('ground/limits.ts')),
  'fixed limits': fixedLimitsTable(source('ground/limits.ts')),
})
write('docs/errors.md', { errors: errorTable(errors, taxonomy, offeredBy(pluginsMayHandle)) })
write('docs/lifecycle.md', { stages: stagesTable(stages) })
for (const [document, region, file, name] of OPTION_TABLES) {
  write(document, { [region]: optionsTable(readFileSync(join(root, file), 'utf8'), name) })
}
