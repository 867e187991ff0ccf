// nginx, squid and the application as child processes that can be reloaded, killed and started again on the same ports.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { certificates } from '@rockpool/testkit'

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The path of a program, or undefined. */
const find = (name) =>
  [`/usr/sbin/${name}`, `/usr/bin/${name}`, `/usr/local/sbin/${name}`].find((path) => existsSync(path))

async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const over = (value) => {
      socket.destroy()
      resolve(value)
    }
    socket.once('connect', () => over(true)).once('error', () => over(false))
  })
}

/** One program on its port. */
class Daemon {
  constructor(name, port, command, args, stdio = ['ignore', 'ignore', 'ignore']) {
    Object.assign(this, { name, port, command, args, stdio, child: undefined })
  }

  async start() {
    const child = spawn(this.command, this.args, { detached: true, stdio: this.stdio })
    this.child = child
    for (let tries = 0; !(await answers(this.port)); tries += 1) {
      if (child.exitCode !== null || tries > 400) throw new Error(`${this.name} did not start`)
      await pause(50)
    }
  }

  /** SIGKILL to it and its workers: every connection is reset. */
  async kill() {
    const { child } = this
    this.child = undefined
    if (child?.pid === undefined) return
    const gone = child.exitCode !== null || new Promise((resolve) => child.once('exit', resolve))
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      return // it had ended by itself
    }
    await gone
    while (await answers(this.port)) await pause(20)
  }

  /** SIGHUP: nginx starts new workers and lets the old ones finish. */
  reload() {
    if (this.child?.pid !== undefined) process.kill(this.child.pid, 'SIGHUP')
  }

  async restart() {
    await this.kill()
    await this.start()
  }
}

const nginxConfiguration = (folder, ports, certificate) => `
daemon off; worker_processes 2; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
events { worker_connections 2048; }
http {
  access_log off; keepalive_timeout 3s; keepalive_requests 200; reset_timedout_connection on;
  gzip on; gzip_types text/plain; gzip_min_length 100; gzip_proxied any; gzip_vary on; proxy_http_version 1.1;
  proxy_next_upstream off; proxy_buffering on; proxy_set_header Connection ""; client_max_body_size 10m;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  upstream application { server 127.0.0.1:${ports.origin} max_fails=0; keepalive 8; keepalive_timeout 1s; }
  server {
    listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.https} ssl;
    ssl_certificate ${certificate.chainFile}; ssl_certificate_key ${certificate.keyFile};
    location / { proxy_pass http://application; }
  }
}`

const squidConfiguration = (folder, ports) => `
http_port 127.0.0.1:${ports.squid}
pid_filename none
cache deny all
access_log none
cache_log ${folder}/cache.log
coredump_dir ${folder}
pinger_enable off
shutdown_lifetime 0 seconds
forwarded_for off
via off
http_access allow all
`

/** Starts all of them. When a program is missing, only tells which: `{ missing }`. */
export async function startServers() {
  const programs = { nginx: find('nginx'), squid: find('squid'), openssl: find('openssl') }
  const missing = Object.keys(programs).filter((name) => programs[name] === undefined)
  if (missing.length > 0) return { missing }
  const folder = mkdtempSync(join(tmpdir(), 'rockpool-soak-'))
  // Servers that were started by root give their rights up and still want to write here.
  chmodSync(folder, 0o777)
  const certificate = certificates.leaf()
  const ports = {
    origin: await freePort(),
    http: await freePort(),
    https: await freePort(),
    squid: await freePort(),
  }
  writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(folder, ports, certificate))
  writeFileSync(join(folder, 'squid.conf'), squidConfiguration(folder, ports))
  const log = join(folder, 'requests.log')
  const script = fileURLToPath(new URL('origin.mjs', import.meta.url))
  const streams = ['ignore', 'inherit', 'inherit', 'ipc']
  const origin = new Daemon(
    'the application',
    ports.origin,
    process.execPath,
    [script, `${ports.origin}`, log],
    streams,
  )
  const nginx = new Daemon('nginx', ports.http, programs.nginx, [
    '-p',
    folder,
    '-c',
    join(folder, 'nginx.conf'),
  ])
  const squid = new Daemon('squid', ports.squid, programs.squid, ['-N', '-f', join(folder, 'squid.conf')])
  const all = [origin, nginx, squid]
  const stop = async () => {
    for (const each of all) await each.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const each of all) await each.start()
  } catch (error) {
    await stop()
    throw error
  }
  const versions = {
    nginx: execFileSync(programs.nginx, ['-V'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim(),
    squid: execFileSync(programs.squid, ['-v'], { encoding: 'utf8' }).split('\n')[0],
  }
  return { ports, ca: certificate.ca, log, origin, nginx, squid, stop, versions }
}
