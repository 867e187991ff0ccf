/**
 * A real server as a child process: configuration in a folder of its own, a port of its own, both gone with the test.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { answers, freePort } from '../../../testkit/interop/ports.js'

/** How one server is run. */
export interface DaemonRecipe {
  /** Its binary, and the arguments that find nothing wrong with it. */
  readonly binary: string
  /** Files to write, by name; `{dir}` and `{port}` in them are filled in. */
  readonly files: Readonly<Record<string, string>>
  /** The command line; likewise. */
  readonly command: readonly string[]
}

/** A running server. */
export interface Daemon {
  readonly port: number
  readonly folder: string
  /** Stops it in its tracks: the kernel still accepts connections, nobody answers. */
  freeze(): void
  /** SIGKILL: every connection is reset. Resolves when nobody listens any more. */
  kill(): Promise<void>
  /** Starts it again on the same port. */
  restart(): Promise<void>
}

/** Whether a server is there to test with. In CI it has to be. */
export function isInstalled(binary: string, ...args: string[]): boolean {
  try {
    execFileSync(binary, args, { stdio: 'ignore' })
    return true
  } catch (cause) {
    if (process.env.CI === 'true') throw new Error(`${binary} does not run`, { cause })
    return false
  }
}

/** Starts a server; it is killed when the test ends. */
export async function daemon(recipe: DaemonRecipe): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-proxy-'))
  // Servers that were started by root give their rights up and still want to read here.
  chmodSync(folder, 0o777)
  const port = await freePort()
  const fill = (text: string): string => text.replaceAll('{dir}', folder).replaceAll('{port}', String(port))
  for (const [name, text] of Object.entries(recipe.files)) {
    writeFileSync(join(folder, name), fill(text))
    chmodSync(join(folder, name), 0o755)
  }
  const running = new Running(recipe.binary, recipe.command.map(fill), port, folder)
  onTestFinished(async () => {
    await running.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await running.restart()
  return running
}

class Running implements Daemon {
  readonly port: number
  readonly folder: string
  readonly #binary: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #said = ''

  constructor(binary: string, args: readonly string[], port: number, folder: string) {
    this.#binary = binary
    this.#args = args
    this.port = port
    this.folder = folder
  }

  freeze(): void {
    this.#signal('SIGSTOP')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child?.pid === undefined) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    process.kill(-child.pid, 'SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await gone
    while (await answers(this.port)) await pause()
  }

  async restart(): Promise<void> {
    this.#said = ''
    // A group of its own, so that its workers go with it.
    const child = spawn(this.#binary, this.#args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const hear = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-4_000)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    const deadline = performance.now() + 20_000
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`${this.#binary} did not start: ${this.#said}`)
      }
    }
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid
    if (pid !== undefined) process.kill(-pid, signal)
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))
