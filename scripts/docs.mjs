// `npm run docs`: the API reference in docs/api. A warning (a dead link, an undocumented export) is an error.
import { prepare, runNode, tool } from './workspace.mjs'

prepare()
process.exitCode = runNode([tool('typedoc/bin/typedoc'), '--logLevel', 'Warn'])
