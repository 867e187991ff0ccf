// Makes a clone usable before anything is installed, so it may import nothing but Node itself. `npm start` and
// `npm test` both begin here; when everything is in place it costs one comparison of lockfiles and one cached build.
// All it has to say goes to stderr: stdout belongs to the program that runs afterwards (`npm start -- --json`).
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Path of a tool's entry script, e.g. `tool('vitest/vitest.mjs')`: run with this Node, no shell and no shim. */
export const tool = (path) => join(root, 'node_modules', path)

const note = (text) => process.stderr.write(`rockpool: ${text}\n`)

/** Ends the process with one clear line. */
export function stop(text, code = 1) {
  note(text)
  process.exit(code)
}

const quietEnv = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
}

/** Runs a command with the terminal's own streams and returns its exit code (128 + n when a signal ended it). */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: quietEnv, ...options })
  if (result.error) stop(`could not run ${command}: ${result.error.message}`)
  return result.status ?? 1
}

/** Runs a Node script with the Node that runs this one. */
export const runNode = (args, options) => run(process.execPath, args, options)

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    stop(`Node 20.19 or newer is needed, this is ${process.version}`)
}

const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages

/** Why an install is needed, or undefined. Times decide first; a touched but equal lockfile is compared by content. */
function staleInstall() {
  const wanted = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return 'dependencies are not installed'
  const links = Object.entries(packagesIn(wanted)).filter(([, entry]) => entry.link)
  const unlinked = ([path, { resolved }]) =>
    existsSync(join(root, resolved, 'package.json')) && !existsSync(join(root, path))
  if (links.some(unlinked)) return 'a workspace is not linked'
  if (statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return undefined
  const present = packagesIn(installed)
  const differs = Object.entries(packagesIn(wanted)).some(
    ([path, entry]) =>
      path.includes('node_modules/') &&
      !entry.link &&
      !entry.optional &&
      present[path]?.version !== entry.version,
  )
  return differs ? 'the lockfile has changed' : undefined
}

export function install() {
  const reason = staleInstall()
  if (reason === undefined) return
  note(`${reason}: npm ci`)
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const streams = { stdio: ['ignore', 2, 2] }
  const code = npm?.endsWith('.js') ? runNode([npm, ...args], streams) : run('npm', args, streams)
  if (code !== 0) stop('npm ci failed', code)
}

/** Builds what changed; silent unless it fails. */
export function build() {
  const args = [tool('turbo/bin/turbo'), 'run', 'build', '--output-logs=errors-only', '--ui=stream']
  const result = spawnSync(process.execPath, args, { cwd: root, env: quietEnv, encoding: 'utf8' })
  if (result.status === 0) return
  process.stderr.write(`${result.stdout}${result.stderr}`)
  stop('the build failed', result.status ?? 1)
}

/** After this call dependencies are installed and every package is built. */
export function prepare() {
  requireNode()
  install()
  build()
}

/** Arguments for a vitest run that also leaves `reports/<name>.json`. */
export function vitestArgs(config, name, args = []) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=reports/${name}.json`]
  return [tool('vitest/vitest.mjs'), 'run', `--config=${config}`, ...reporters, ...args]
}
