// `npm run bench` and its sisters, on fresh builds: the first argument may name the program (`check`, `scale`, `heap`,
// `micro`), all others go to it. The programs are the files of that name in benchmarks/.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, runNode, stop } from './workspace.mjs'

const [first, ...rest] = process.argv.slice(2)
const named = ['check', 'scale', 'heap', 'micro'].includes(first)
const entry = join(root, 'benchmarks', `${named ? first : 'run'}.mjs`)
if (!existsSync(entry)) stop(`${entry} does not exist`)
prepare()
process.exitCode = runNode([entry, ...(named ? rest : process.argv.slice(2))])
