#!/usr/bin/env node
// `npm create rockpool-plugin <name>`: the command line of create-plugin.ts.
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { createPlugin } from './create-plugin.js'
import { pluginNames } from './plugin-names.js'

const HELP = `Usage: npm create rockpool-plugin <name> [-- --directory PATH]

Writes a Rockpool plugin to start from: TypeScript, schema, tests, the conformance suite, README.
<name> is lower-case words joined by "-", such as tide-table.
`

function main(words: readonly string[]): void {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { directory: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  })
  const [name, ...others] = positionals
  if (values.help === true) {
    process.stdout.write(HELP)
    return
  }
  if (name === undefined || others.length > 0) throw new Error(`give one name\n\n${HELP.trimEnd()}`)
  const directory = values.directory ?? pluginNames(name).package
  const { names, files } = createPlugin(name, directory)
  const place = relative('', directory) || '.'
  process.stdout.write(`${names.package} in ${place}:\n${files.map((file) => `  ${file}`).join('\n')}\n\n`)
  process.stdout.write(`Next:\n${place === '.' ? '' : `  cd ${place}\n`}  npm install\n  npm test\n`)
}

try {
  main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`create-rockpool-plugin: ${(error as Error).message}\n`)
  process.exitCode = 2
}
