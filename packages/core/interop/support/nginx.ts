/**
 * A real nginx on a port of its own. Its configuration, files and log live in a folder that goes away with it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers, freePort } from '../../../testkit/interop/ports.js'

const BINARY = process.env.NGINX ?? '/usr/sbin/nginx'
const BROTLI_MODULE = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so'

/** Whether there is an nginx to test with. In CI its absence is an error. */
export function hasNginx(): boolean {
  try {
    execFileSync(BINARY, ['-v'], { stdio: 'ignore' })
    return true
  } catch (cause) {
    if (process.env.CI === 'true') throw new Error(`there is no nginx at ${BINARY}`, { cause })
    return false
  }
}

/** Whether nginx can code with brotli. */
export const hasBrotli: boolean = existsSync(BROTLI_MODULE)

/** See the file's head. */
export class Nginx implements AsyncDisposable {
  readonly port: number
  /** Where `root` and uploads may point to; files put here are served. */
  readonly files: string
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'rockpool-nginx-'))
    this.files = join(this.#folder, 'files')
  }

  /** Starts nginx with `directives` inside its one `server` block; `FILES` in them stands for the folder of files. */
  static async start(directives: string): Promise<Nginx> {
    const nginx = new Nginx(await freePort())
    nginx.#configure(directives)
    await nginx.#launch()
    return nginx
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** The lines of the access log so far: `method uri status connection requests-on-it length-of-request`. */
  log(): string[] {
    return readFileSync(join(this.#folder, 'access.log'), 'utf8').split('\n').filter(Boolean)
  }

  /** Starts new workers and lets the old ones end: idle connections are closed, the port stays open. */
  reload(): void {
    this.#child?.kill('SIGHUP')
  }

  /** Ends it at once, whatever it is doing, and starts it anew. */
  async restart(): Promise<void> {
    await this.#stop()
    await this.#launch()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #configure(directives: string): void {
    const folder = this.#folder
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
      mkdirSync(join(folder, name))
      return `${name}_temp_path ${folder}/${name};`
    })
    mkdirSync(this.files)
    writeFileSync(
      join(folder, 'nginx.conf'),
      `${process.getuid?.() === 0 ? 'user root;' : ''}
       ${hasBrotli ? `load_module ${BROTLI_MODULE};` : ''}
       daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 1024; }
       http {
         log_format short '$request_method $request_uri $status $connection $connection_requests $request_length';
         access_log ${folder}/access.log short;
         default_type text/plain;
         ${temporary.join(' ')}
         server { listen 127.0.0.1:${this.port}; root ${this.files}; ${directives.replaceAll('FILES', this.files)} }
       }`,
    )
  }

  async #launch(): Promise<void> {
    const child = spawn(BINARY, ['-p', this.#folder, '-c', join(this.#folder, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    this.#child = child
    while (!(await answers(this.port))) {
      if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`)
    }
  }

  async #stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
}
