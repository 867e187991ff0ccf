// `npm run scoreboard:plants`: breaks the library on purpose, once for each plant of reliability/plants/, in a copy of the
// repository that is thrown away, and demands that the area's command turns red. A command that stays green proves nothing, and
// is a failure here. `--area codec` for one area.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { root, writeResult } from '../results.mjs'

const { values } = parseArgs({ options: { area: { type: 'string', multiple: true } } })
const folder = join(root, 'reliability', 'plants')
const plants = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  .filter(({ area }) => values.area === undefined || values.area.includes(area))

const LEFT_OUT = ['node_modules', '.git', 'reports', '.stryker-tmp', 'coverage', '.turbo']
const copy = mkdtempSync(join(tmpdir(), 'rockpool-plants-'))
const results = []
const controls = new Map()
try {
  cpSync(root, copy, {
    recursive: true,
    filter: (path) =>
      !relative(root, path)
        .split(sep)
        .some((part) => LEFT_OUT.includes(part)),
  })
  linkModules()
  for (const plant of plants) results.push({ ...plant, ...tryPlant(plant) })
} finally {
  rmSync(copy, { recursive: true, force: true })
}

// Areas that are not tried now keep what was found before.
const earlier = join(root, 'reports', 'reliability', 'plants.json')
const before = existsSync(earlier) ? JSON.parse(readFileSync(earlier, 'utf8')) : { plants: [] }
const failures = results
  .filter(({ problem }) => problem !== undefined)
  .map(({ area, name, file, problem }) => `${area}: ${name} (${file}): ${problem}`)
const counts = { plants: results.length, noticed: results.filter(({ noticed }) => noticed).length }
const { ok } = writeResult('plants', {
  command: 'npm run scoreboard:plants',
  counts,
  failures,
  plants: [
    ...before.plants.filter(({ area }) => !results.some((each) => each.area === area)),
    ...results.map(({ area, name, file, command, noticed }) => ({ area, name, file, command, noticed })),
  ],
})
for (const failure of failures) console.log(failure)
console.log(`${counts.noticed} of ${counts.plants} planted bugs noticed`)
process.exitCode = ok && results.length > 0 ? 0 : 1

// The packages of the workspace must be those of the copy; everything else is shared.
function linkModules() {
  const modules = join(root, 'node_modules')
  const own = join(copy, 'node_modules')
  cpSync(modules, own, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) =>
      path === modules ||
      basename(path) === '@rockpool' ||
      relative(modules, path).startsWith(`@rockpool${sep}`),
  })
  for (const name of readdirSync(modules)) {
    if (name === '@rockpool') continue
    const isOurs = name === 'rockpool' || name.startsWith('create-rockpool') || name.startsWith('rockpool-')
    if (isOurs) cpSync(join(modules, name), join(own, name), { verbatimSymlinks: true, recursive: true })
    else symlinkSync(join(modules, name), join(own, name))
  }
}

// A command that is red without the plant says nothing when it is red with it.
function isGreen(command) {
  if (!controls.has(command)) {
    const { isGreen, said } = runInCopy(command)
    if (!isGreen) console.log(said)
    controls.set(command, isGreen)
  }
  return controls.get(command)
}

/**
 * The exit code, and the last that was said: why a command is red without a plant can only be read there. Tests run the sources,
 * so nothing is built for them: what does not even build was noticed by no test.
 */
function runInCopy(command) {
  const asTests = command.replace(/^npm test -- /, 'node node_modules/vitest/vitest.mjs run ')
  const { status, stdout, stderr } = spawnSync('bash', ['-c', asTests], {
    cwd: copy,
    stdio: 'pipe',
    timeout: 600_000,
    maxBuffer: 64 * 1_048_576,
  })
  return { isGreen: status === 0, said: `${stdout}${stderr}`.trim().slice(-1_500) }
}

function tryPlant({ area, name, file, find, replace, command }) {
  console.log(`${area}: ${name}: ${command}`)
  const path = join(copy, file)
  const source = readFileSync(path, 'utf8')
  const places = source.split(find).length - 1
  if (places !== 1)
    return { noticed: false, problem: `the line to break stands there ${places} times: ${find}` }
  if (!isGreen(command)) return { noticed: false, problem: `red without the planted bug (${command})` }
  writeFileSync(
    path,
    source.replace(find, () => replace),
  )
  try {
    return runInCopy(command).isGreen
      ? { noticed: false, problem: `nobody noticed (${command})` }
      : { noticed: true }
  } finally {
    writeFileSync(path, source)
  }
}
