// `npm run check:supply`: what comes with us when somebody installs a package of ours, and what runs when somebody clones the
// repository. Every run-time dependency has a reason in docs/decisions/009; nothing below one has an install script, and a
// development tool has one only when ALLOWED_SCRIPTS says so; the lockfile has a digest for every package, names no other
// source than the registry, and says what the manifests say. Then `npm audit`, where its endpoint can be reached.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.mjs'

/** Development tools that may run a script while they are installed, each with the reason. */
const ALLOWED_SCRIPTS = new Map([])
const REGISTRY = 'https://registry.npmjs.org/'
const RUNTIME_FIELDS = ['dependencies', 'optionalDependencies', 'peerDependencies']

const problems = []
const read = (file) => readFileSync(join(root, file), 'utf8')
const lock = JSON.parse(read('package-lock.json'))
const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const manifests = new Map(folders.map((folder) => [folder, JSON.parse(read(`${folder}/package.json`))]))
const own = new Set([...manifests.values()].map(({ name }) => name))

/** `package dependency` pairs that the decision gives a reason for. */
function reasons() {
  const rows = read('docs/decisions/009-run-time-dependencies.md').matchAll(
    /^\| `([^`]+)` \| (\S+) \| (.+) \|$/gm,
  )
  return new Map([...rows].map(([, name, dependency, reason]) => [`${name} ${dependency}`, reason.trim()]))
}

function checkReasons() {
  const known = reasons()
  const needed = new Set()
  for (const { name, ...manifest } of manifests.values()) {
    for (const field of RUNTIME_FIELDS) {
      for (const dependency of Object.keys(manifest[field] ?? {})) {
        if (own.has(dependency)) continue
        needed.add(`${name} ${dependency}`)
        if (!known.get(`${name} ${dependency}`))
          problems.push(`${name} depends on ${dependency} without a reason in docs/decisions/009`)
      }
    }
  }
  for (const pair of known.keys())
    if (!needed.has(pair))
      problems.push(`docs/decisions/009 gives a reason for ${pair}, which is no dependency`)
  return needed.size
}

/** What runs on the machine of whoever installs one of our packages: nothing. */
function checkOwnScripts() {
  for (const { name, scripts } of manifests.values()) {
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
      if (scripts?.[script] !== undefined)
        problems.push(`${name} has the script ${script}, which runs where it is installed`)
  }
}

/** Where a dependency of the package at `from` lies in the lockfile. */
function placeOf(from, name) {
  for (let folder = from; ; folder = folder.replace(/\/?(node_modules\/)?(@[^/]+\/)?[^/]+$/, '')) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (lock.packages[place] !== undefined) return place
    if (folder === '') return undefined
  }
}

/** Every package that comes along at run time. */
function runtimeClosure() {
  const found = new Set()
  const waiting = [...folders]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const entry = lock.packages[folder]
    for (const name of Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies })) {
      const place = placeOf(folder, name)
      if (place === undefined) problems.push(`${folder} needs ${name}, which the lockfile does not have`)
      else if (!lock.packages[place].link && !found.has(place)) {
        found.add(place)
        waiting.push(place)
      }
    }
  }
  return found
}

function checkScripts(runtime) {
  for (const [place, { hasInstallScript, version }] of Object.entries(lock.packages)) {
    if (hasInstallScript !== true || place === '') continue
    const name = place.replace(/^.*node_modules\//, '')
    if (runtime.has(place))
      problems.push(`${name} ${version} has an install script and comes along at run time`)
    else if (!ALLOWED_SCRIPTS.has(name))
      problems.push(
        `${name} ${version} has an install script; allow it in scripts/check-supply.mjs or do without it`,
      )
  }
}

function checkLockfile() {
  let count = 0
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (!place.includes('node_modules/') || entry.link === true) continue
    count += 1
    if (!/^sha512-/.test(entry.integrity ?? '') && entry.inBundle !== true)
      problems.push(`${place} has no SHA-512 digest in the lockfile`)
    // .npmrc leaves the registry's own addresses out.
    if (entry.resolved !== undefined && !entry.resolved.startsWith(REGISTRY))
      problems.push(`${place} comes from ${entry.resolved}`)
  }
  const workspaces = JSON.parse(read('package.json')).workspaces
  const places = ['', ...workspaces.flatMap((pattern) => globbed(pattern))]
  for (const place of places) {
    const manifest = JSON.parse(read(join(place, 'package.json')))
    for (const field of [...RUNTIME_FIELDS, 'devDependencies']) {
      const written = JSON.stringify(Object.entries(manifest[field] ?? {}).sort())
      const locked = JSON.stringify(Object.entries(lock.packages[place]?.[field] ?? {}).sort())
      if (written !== locked)
        problems.push(`package-lock.json is not in step with ${join(place, 'package.json')}: ${field}`)
    }
  }
  return count
}

/** The folders that a workspace pattern stands for: a path, or one with a star for its last part. */
function globbed(pattern) {
  if (!pattern.endsWith('/*')) return [pattern]
  const folder = pattern.slice(0, -2)
  const isWorkspace = ({ name }) => lock.packages[`${folder}/${name}`] !== undefined
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isWorkspace(entry))
    .map(({ name }) => `${folder}/${name}`)
}

/** Known vulnerabilities in what users get. A machine that cannot reach the endpoint says so and passes. */
function audit() {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000']
  const { stdout, error } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
  try {
    const report = JSON.parse(stdout)
    if (report.metadata?.vulnerabilities === undefined)
      throw new Error(report.message ?? report.error?.summary ?? 'no answer')
    for (const [name, { severity }] of Object.entries(report.vulnerabilities))
      problems.push(`npm audit: ${name}: ${severity}`)
    return `${report.metadata.vulnerabilities.total} vulnerabilities`
  } catch (failure) {
    return `not done, its endpoint does not answer here (${String((error ?? failure).message).slice(0, 100)})`
  }
}

const reasoned = checkReasons()
checkOwnScripts()
const runtime = runtimeClosure()
checkScripts(runtime)
const locked = checkLockfile()
process.stdout.write(
  `run-time dependencies: ${reasoned} with a reason, ${runtime.size} packages in all: ${[...runtime].map((place) => place.replace(/^.*node_modules\//, '')).join(', ')}\n`,
)
process.stdout.write(`lockfile: ${locked} packages; npm audit: ${audit()}\n`)
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
