// Go's client as the runner sees it: the same commands as a client of Node, as lines of JSON. Go is optional: where there is
// none, or it cannot build, the client is missing with that as the reason. The program is built once per version of its
// source, in the cache that also holds the other Node lines.
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cacheDirectory } from './environment.mjs'

const source = fileURLToPath(new URL('../clients/go-http/main.go', import.meta.url))

function findGo() {
  for (const path of ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']) {
    try {
      execFileSync(path, ['version'], { stdio: 'ignore' })
      return path
    } catch {}
  }
  throw new Error('Go is not installed (Debian: golang-go); the row is measured without it')
}

/** The program's path; builds it first when this source has not been built before. */
function built() {
  const go = findGo()
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)
  const directory = join(cacheDirectory(), 'go-http', hash)
  const binary = join(directory, 'go-http')
  if (existsSync(binary)) return binary
  mkdirSync(directory, { recursive: true })
  const env = { ...process.env, GO111MODULE: 'off', CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' }
  execFileSync(go, ['build', '-o', binary, source], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  return binary
}

/** Starts it for `setup`; see startClient. */
export async function startGo(setup, { pin }) {
  const [command, ...args] = [...pin, built()]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('exit', done))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (message) => {
    child.stdin.write(`${JSON.stringify(message)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the client ended')
    const { result, error } = JSON.parse(value)
    if (error !== undefined) throw new Error(error)
    return result
  }
  const { version } = await ask({ command: 'open', setup })
  return {
    client: 'go-http',
    version,
    pid: child.pid,
    run: (ms) => ask({ command: 'run', ms }),
    heap: () => ask({ command: 'heap' }),
    async close() {
      child.stdin.end()
      await ended
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
