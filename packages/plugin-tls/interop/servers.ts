/**
 * Real servers on ports of their own: nginx and `openssl s_server`, with a configuration that goes away with them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as secureConnect } from 'node:tls'
import type { Certificate } from '@rockpool/testkit'
import { answers, freePort } from '../../testkit/interop/ports.js'

const NGINX = process.env.NGINX ?? '/usr/sbin/nginx'

/** A running server. */
export interface RealServer extends AsyncDisposable {
  readonly port: number
}

/** Whether the server is there to test with. In CI it has to be. */
export function isInstalled(server: 'nginx' | 'openssl'): boolean {
  try {
    execFileSync(server === 'nginx' ? NGINX : 'openssl', [server === 'nginx' ? '-v' : 'version'], {
      stdio: 'ignore',
    })
    return true
  } catch (cause) {
    if (process.env.CI === 'true') throw new Error(`${server} is not installed`, { cause })
    return false
  }
}

/** `openssl s_server` that answers every GET with a page about the session. */
export async function startOpenssl(
  certificate: Certificate,
  flags: readonly string[] = [],
): Promise<RealServer> {
  const fixed = [
    's_server',
    '-accept',
    '0',
    '-www',
    '-cert',
    certificate.certFile,
    '-key',
    certificate.keyFile,
  ]
  const child = spawn('openssl', [...fixed, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  const port = await new Promise<number>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const found = /ACCEPT .*:(\d+)/.exec(said)
      if (found !== null) resolve(Number(found[1]))
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', () => reject(new Error(`openssl s_server did not start: ${said}`)))
  })
  return { port, [Symbol.asyncDispose]: () => end(child, 'SIGKILL') }
}

/** `openssl s_server` on a terminal: what is typed goes to the client, a letter alone is a command of TLS. */
export interface OpensslTerminal extends RealServer {
  /** Writes to it. */
  type(text: string): void
  /** Resolves once it has printed `pattern` this many times. */
  printed(pattern: RegExp, times?: number): Promise<void>
}

/** Starts one. */
export async function startOpensslTerminal(
  certificate: Certificate,
  flags: readonly string[] = [],
): Promise<OpensslTerminal> {
  const pair = ['-cert', certificate.certFile, '-key', certificate.keyFile]
  const child = spawn('openssl', ['s_server', '-accept', '0', ...pair, ...flags], { stdio: 'pipe' })
  let said = ''
  const waiting = new Set<() => void>()
  const hear = (chunk: Buffer): void => {
    said += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const printed = (pattern: RegExp, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if ((said.match(new RegExp(pattern, 'g'))?.length ?? 0) < times) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  await printed(/ACCEPT .*:\d+/)
  return {
    port: Number(/ACCEPT .*:(\d+)/.exec(said)?.[1]),
    type: (text) => void child.stdin.write(text),
    printed,
    [Symbol.asyncDispose]: () => end(child, 'SIGKILL'),
  }
}

/** A running nginx. */
export interface NginxServer extends RealServer {
  /** Goes on with another certificate and key, the listening socket staying as it is; resolves once it is shown. */
  reload(certificate: Certificate): Promise<void>
}

/** nginx with one TLS server; `directives` stand inside its `server` block. */
export async function startNginx(certificate: Certificate, directives = ''): Promise<NginxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-tls-nginx-'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    mkdirSync(join(folder, name))
    return `${name}_temp_path ${folder}/${name};`
  })
  const install = ({ cert, key }: Certificate): void => {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
  }
  install(certificate)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
     events {}
     http {
       access_log off; ${temporary.join(' ')}
       server {
         listen 127.0.0.1:${port} ssl;
         ssl_certificate ${folder}/cert.pem;
         ssl_certificate_key ${folder}/key.pem;
         ${directives}
         location / {
           default_type text/plain;
           return 200 "$ssl_protocol $ssl_session_reused $ssl_server_name $ssl_client_verify $ssl_client_s_dn\\n";
         }
       }
     }`,
  )
  const child = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`)
  }
  return {
    port,
    async reload(next) {
      install(next)
      const before = workersOf(child.pid)
      child.kill('SIGHUP')
      const expected = new X509Certificate(next.cert).fingerprint256
      while ((await shownBy(port)) !== expected) await delay(10)
      // Until they are gone, those with the former certificate accept connections too.
      while (workersOf(child.pid).some((worker) => before.includes(worker))) await delay(10)
    },
    async [Symbol.asyncDispose]() {
      await end(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** The processes that `pid` has started; on Linux only. */
function workersOf(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
}

/** The fingerprint of the certificate that is shown on `port`. */
function shownBy(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = secureConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256)
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
  })
}
