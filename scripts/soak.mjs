// `npm run soak`: minutes of mixed traffic against servers that are killed meanwhile, on fresh builds. Arguments go to
// reliability/soak/run.mjs: `--minutes 1`, `--seconds 45`, `--seed 7`. With `--expose-gc`, because the heap is compared.
import { join } from 'node:path'
import { prepare, root, runNode } from './workspace.mjs'

prepare()
process.exitCode = runNode([
  '--expose-gc',
  join(root, 'reliability', 'soak', 'run.mjs'),
  ...process.argv.slice(2),
])
