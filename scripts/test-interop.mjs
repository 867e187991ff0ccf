// `npm run test:interop`: tests against real servers, and the examples as a user runs them. Where a server is not
// installed its tests are skipped, except with CI=true: there they fail, so that nothing goes untested unnoticed.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, runNode, vitestArgs } from './workspace.mjs'

prepare()
rmSync(join(root, 'reports', 'interop.json'), { force: true })
process.exitCode = runNode(
  vitestArgs('vitest.interop.config.ts', 'interop', ['--passWithNoTests', ...process.argv.slice(2)]),
)
