// `npm run size [-- --json]`: what a program that bundles Rockpool carries, minified and gzipped, with and without the two
// dependencies; then what npm downloads for each package. Each figure has a budget in size-budgets.json, some per cent
// above what it was when the budget was set: growth is allowed, but not unnoticed. Over budget is exit code 1.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { prepare, root } from './workspace.mjs'

/** What is bundled: row of the table → the program. Each import is used, so nothing of it may be shaken off. */
const PROGRAMS = {
  'core: HTTPHeaders alone': `export { HTTPHeaders } from '@rockpool/core'`,
  core: `export { HTTPConnectionPool, HTTPSConnectionPool, PoolManager } from '@rockpool/core'`,
  'core + tls': `export { PoolManager } from '@rockpool/core'\nexport { tls } from '@rockpool/plugin-tls'`,
  'core + retry': `export { PoolManager } from '@rockpool/core'\nexport { retry } from '@rockpool/plugin-retry'`,
  'everything (rockpool)': `export * from 'rockpool'`,
}

const kilobytes = (bytes) => (bytes / 1_000).toFixed(1)

/** Bytes of the program when it is bundled, minified and gzipped; `ours` without tapable and zod. */
async function bundledSize(rolldown, program, ours) {
  const entry = join(root, 'packages', 'rockpool', 'program.js')
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    external: ours ? [/^node:/, 'zod', 'tapable'] : [/^node:/],
    plugins: [
      {
        name: 'program',
        load: (id) => (id === entry ? program : undefined),
        resolveId: (id) => (id === entry ? id : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false })
  await bundle.close()
  return gzipSync(output[0].code, { level: 9 }).length
}

/** Name and size of the tarball that npm would publish. */
function packedSize(directory) {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: directory, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm pack in ${directory}: ${stderr}`)
  const listing = JSON.parse(stdout)
  const [{ name, size }] = Array.isArray(listing) ? listing : Object.values(listing)
  return { name, size }
}

async function measure() {
  const { rolldown } = await import('rolldown')
  const rows = []
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const size = await bundledSize(rolldown, program, false)
    rows.push({ kind: 'bundled', name, size, ours: await bundledSize(rolldown, program, true) })
  }
  for (const folder of readdirSync(join(root, 'packages'))) {
    rows.push({ kind: 'packed', ...packedSize(join(root, 'packages', folder)) })
  }
  return rows
}

function print(rows, budgets) {
  process.stdout.write(`${'kB, gzipped'.padEnd(34)}    size    ours  budget\n`)
  for (const { kind, name, size, ours } of rows) {
    const cells = [
      kilobytes(size),
      ours === undefined ? '' : kilobytes(ours),
      kilobytes(budgets[kind]?.[name] ?? 0),
    ]
    process.stdout.write(`${`${kind} ${name}`.padEnd(34)}${cells.map((cell) => cell.padStart(8)).join('')}\n`)
  }
}

prepare()
const budgets = JSON.parse(readFileSync(new URL('size-budgets.json', import.meta.url), 'utf8'))
const rows = await measure()
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(rows)}\n`)
else print(rows, budgets)
for (const { kind, name, size } of rows) {
  const budget = budgets[kind]?.[name]
  if (budget !== undefined && size <= budget) continue
  const problem =
    budget === undefined
      ? 'has no budget in scripts/size-budgets.json'
      : `is over its budget of ${budget} bytes`
  process.stderr.write(`${kind} ${name}: ${size} bytes, ${problem}\n`)
  process.exitCode = 1
}
