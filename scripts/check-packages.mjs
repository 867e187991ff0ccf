// `npm run check:packages`: what npm would publish, looked at as a user gets it. Each package is packed; publint and
// are-the-types-wrong read the tarball; all tarballs are installed together into an empty project and used there
// (try-packages.mjs); and what they weigh is held against its budget (bundle-size.mjs).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryPackages } from './try-packages.mjs'
import { prepare, root, runNode, tool } from './workspace.mjs'

const problems = []

/** Runs npm and returns what it printed, or undefined after noting the failure. */
function npm(what, args, cwd) {
  const result = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
  })
  if (result.status === 0) return result.stdout
  problems.push(`${what}: ${result.stdout}${result.stderr}`)
  return undefined
}

function pack(directory, into) {
  const packed = npm(`npm pack ${directory}`, ['pack', '--json', '--pack-destination', into], directory)
  if (packed === undefined) return undefined
  const listing = JSON.parse(packed)
  const [{ filename, files, size }] = Array.isArray(listing) ? listing : Object.values(listing)
  const stray = files
    .map(({ path }) => path)
    .filter((path) => !/^(dist\/.+\.(js|d\.ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path))
  if (stray.length > 0) problems.push(`${filename} contains ${stray.join(', ')}`)
  for (const needed of ['README.md', 'LICENSE']) {
    if (!files.some(({ path }) => path === needed)) problems.push(`${filename} lacks ${needed}`)
  }
  process.stdout.write(`${filename}: ${files.length} files, ${(size / 1024).toFixed(1)} KiB\n`)
  return join(into, filename)
}

function lint(tarball) {
  if (runNode([tool('publint/src/cli.js'), 'run', tarball, '--strict']) !== 0)
    problems.push(`publint ${tarball}`)
  const attw = [
    tool('@arethetypeswrong/cli/dist/index.js'),
    tarball,
    '--profile',
    'esm-only',
    '--format',
    'ascii',
    '--quiet',
  ]
  if (runNode(attw) !== 0) {
    runNode(attw.slice(0, -1))
    problems.push(`are-the-types-wrong ${tarball}`)
  }
}

/** Installs all tarballs in an empty project and uses them there. */
function use(manifests, tarballs, project) {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  if (npm('install of all tarballs', ['install', ...tarballs], project) === undefined) return
  problems.push(...tryPackages(project, manifests))
}

prepare()
const work = mkdtempSync(join(tmpdir(), 'rockpool-packages-'))
try {
  const directories = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const manifests = directories.map((directory) =>
    JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')),
  )
  for (const { name, private: hidden } of manifests)
    if (hidden) problems.push(`${name} is private: npm would not get it`)
  const tarballs = directories
    .map((directory) => pack(directory, work))
    .filter((tarball) => tarball !== undefined)
  for (const tarball of tarballs) lint(tarball)
  if (tarballs.length === directories.length) use(manifests, tarballs, work)
} finally {
  rmSync(work, { recursive: true, force: true })
}
if (runNode([join(root, 'scripts/bundle-size.mjs')]) !== 0) problems.push('a package is over its size budget')
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
