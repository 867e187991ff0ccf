// `npm run start-time [-- processes]`: how long an import takes, each in a process of its own, the cases in turn so that
// what disturbs one disturbs all. Prints medians and the ratio to the dependencies alone. It judges nothing: a wall-clock
// time says as much about the machine as about the packages.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { prepare, root } from './workspace.mjs'

const CASES = {
  'tapable + zod': ['tapable', 'zod'],
  '@rockpool/core': ['@rockpool/core'],
  rockpool: ['rockpool'],
}

/** Milliseconds that the imports took in a fresh process. */
function timed(modules) {
  const imports = modules.map((name) => `await import(${JSON.stringify(name)})`).join(';')
  const program = `const began = performance.now();${imports};console.log(performance.now() - began)`
  const args = ['--input-type=module', '--eval', program]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(root, 'packages/rockpool'),
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]

prepare()
const processes = Number(process.argv[2] ?? 30)
const times = Object.fromEntries(Object.keys(CASES).map((name) => [name, []]))
for (let round = 0; round < processes; round += 1) {
  for (const [name, modules] of Object.entries(CASES)) times[name].push(timed(modules))
}
const base = median(times['tapable + zod'])
for (const [name, measured] of Object.entries(times)) {
  const middle = median(measured)
  process.stdout.write(
    `${name.padEnd(16)} median ${middle.toFixed(1).padStart(6)} ms, ${(middle / base).toFixed(2)} × the dependencies\n`,
  )
}
