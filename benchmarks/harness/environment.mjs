// Where things run: which Node, on which core. Clients share one core and the servers have another, so that what is
// measured is one core of client.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { cpus, homedir, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

const WANTED_MAJOR = 24

const majorOf = (version) => Number(/^v?(\d+)/.exec(version)?.[1])

/** Where `.ci/run` keeps other Node lines too, outside the tree. */
const nodeCache = () =>
  process.env.ROCKPOOL_NODES ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rockpool', 'nodes')

function installedNode() {
  const name = `node-linux-${process.arch}`
  const home = join(nodeCache(), String(WANTED_MAJOR))
  const binary = join(home, 'node_modules', name, 'bin', 'node')
  if (existsSync(binary)) return binary
  mkdirSync(home, { recursive: true })
  const args = ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  spawnSync('npm', [...args, `${name}@${WANTED_MAJOR}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  return existsSync(binary) ? binary : undefined
}

/** The Node that runs clients: `asked`, else this one when recent enough, else Node 24 from npm, else this one. */
export function chooseNode(asked) {
  if (asked !== undefined) return asked
  if (majorOf(process.version) >= WANTED_MAJOR || platform() !== 'linux') return process.execPath
  return installedNode() ?? process.execPath
}

/** Commands that keep a process on one core; empty where there is no `taskset` or only one core. */
export function choosePins() {
  const free = { client: [], server: [] }
  if (platform() !== 'linux' || cpus().length < 2) return free
  if (spawnSync('taskset', ['--version']).status !== 0) return free
  return { client: ['taskset', '-c', '0'], server: ['taskset', '-c', '1'] }
}

/** Facts that belong beside every figure. */
export function describeMachine(node) {
  return {
    node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    platform: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    date: new Date().toISOString(),
  }
}
