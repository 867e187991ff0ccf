// Where things run: which Node, on which core. Clients share one core and the servers have another, so that what is
// measured is one core of client.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { cpus, homedir, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

const WANTED_MAJOR = 24
const OLDEST_MAJOR = 20

const majorOf = (version) => Number(/^v?(\d+)/.exec(version)?.[1])

/** What is made or fetched once and kept, outside the tree. */
export const cacheDirectory = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rockpool')

/** Where `.ci/run` keeps other Node lines too. */
const nodeCache = () => process.env.ROCKPOOL_NODES ?? join(cacheDirectory(), 'nodes')

/** The binary of a Node line, fetched from npm where it is not there yet; undefined where that fails. */
function installedNode(major) {
  const name = `node-linux-${process.arch}`
  const home = join(nodeCache(), String(major))
  const binary = join(home, 'node_modules', name, 'bin', 'node')
  if (existsSync(binary)) return binary
  mkdirSync(home, { recursive: true })
  const args = ['install', '--prefix', home, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  spawnSync('npm', [...args, `${name}@${major}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  return existsSync(binary) ? binary : undefined
}

/** The Node that runs clients: `asked`, else this one when recent enough, else Node 24 from npm, else this one. */
export function chooseNode(asked) {
  if (asked !== undefined) return asked
  if (majorOf(process.version) >= WANTED_MAJOR || platform() !== 'linux') return process.execPath
  return installedNode(WANTED_MAJOR) ?? process.execPath
}

/** The Node of the oldest line that is supported, on which undici 7 is the peer; undefined where there is none. */
export function chooseOldestNode() {
  if (majorOf(process.version) === OLDEST_MAJOR) return process.execPath
  return platform() === 'linux' ? installedNode(OLDEST_MAJOR) : undefined
}

/** Commands that keep a process on one core; empty where there is no `taskset` or only one core. */
export function choosePins() {
  const free = { client: [], server: [] }
  if (platform() !== 'linux' || cpus().length < 2) return free
  if (spawnSync('taskset', ['--version']).status !== 0) return free
  return { client: ['taskset', '-c', '0'], server: ['taskset', '-c', '1'] }
}

export const versionOf = (node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()

/** Facts that belong beside every figure. */
export function describeMachine(node) {
  return {
    node: versionOf(node),
    platform: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    date: new Date().toISOString(),
  }
}
