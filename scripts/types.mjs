// `npm run types`: the packages as they are built (their own, stricter settings), then sources, tests, examples and
// configuration together, each package seen through its sources.
import { prepare, runNode, tool } from './workspace.mjs'

prepare()
process.exitCode = runNode([tool('typescript/bin/tsc'), '-p', 'tsconfig.check.json'])
