// A real nginx on ports of its own: configuration and files in a folder that goes away with the test.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from '../../testkit/interop/ports.js'

const BINARY = process.env.NGINX ?? '/usr/sbin/nginx'

/** Whether there is an nginx to test with. In CI there must be one. */
export function hasNginx(): boolean {
  try {
    execFileSync(BINARY, ['-v'], { stdio: 'ignore' })
    return true
  } catch (cause) {
    if (process.env.CI === 'true') throw new Error(`no nginx at ${BINARY}`, { cause })
    return false
  }
}

export class Nginx {
  readonly #folder: string
  #process: ChildProcess | undefined
  readonly #port: number

  /** @param http what stands inside the `http` block; `port` is one that it listens on */
  constructor(http: string, port: number) {
    this.#port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'rockpool-nginx-'))
    for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(this.#folder, name))
    writeFileSync(
      join(this.#folder, 'nginx.conf'),
      `worker_processes 2;
       pid ${this.#folder}/nginx.pid;
       error_log ${this.#folder}/error.log;
       events { worker_connections 1024; }
       http {
         access_log off;
         client_body_temp_path ${this.#folder}/body;
         proxy_temp_path ${this.#folder}/proxy;
         fastcgi_temp_path ${this.#folder}/fastcgi;
         uwsgi_temp_path ${this.#folder}/uwsgi;
         scgi_temp_path ${this.#folder}/scgi;
         default_type text/plain;
         ${http}
       }`,
    )
  }

  async start(): Promise<void> {
    const child = spawn(
      BINARY,
      ['-p', this.#folder, '-c', join(this.#folder, 'nginx.conf'), '-g', 'daemon off;'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    let complaint = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    this.#process = child
    for (;;) {
      if (child.exitCode !== null) throw new Error(`nginx did not start: ${complaint}`)
      if (await answers(this.#port)) return
    }
  }

  /** Ends it at once, whatever it is doing. */
  async stop(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
