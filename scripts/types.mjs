// `npm run types`: sources, tests, examples and configuration, checked together against the sources (not the builds).
import { install, runNode, tool } from './workspace.mjs'

install()
process.exitCode = runNode([tool('typescript/bin/tsc'), '-p', 'tsconfig.check.json'])
