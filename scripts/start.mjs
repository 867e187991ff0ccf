// `npm start [-- url …]`: the first thing a newcomer runs, on a clone where nothing is installed yet.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, root, runNode, stop } from './workspace.mjs'

prepare()
const entry = ['main.mjs', 'main.js', 'dist/main.js']
  .map((file) => join(root, 'examples', 'quickstart', file))
  .find((file) => existsSync(file))
if (entry === undefined) stop('examples/quickstart has no main.mjs, main.js or dist/main.js')
process.exitCode = runNode([entry, ...process.argv.slice(2)], { cwd: process.env.INIT_CWD ?? process.cwd() })
