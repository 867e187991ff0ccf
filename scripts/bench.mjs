// `npm run bench` and `npm run bench:check`: the peer benchmark, on fresh builds. Arguments go to benchmarks/run.mjs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, runNode, stop } from './workspace.mjs'

const entry = join(root, 'benchmarks', 'run.mjs')
if (!existsSync(entry)) stop('benchmarks/run.mjs does not exist')
prepare()
process.exitCode = runNode([entry, ...process.argv.slice(2)])
