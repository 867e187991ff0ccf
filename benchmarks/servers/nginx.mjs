// The server of the download and small-answer rows: one nginx worker, because it costs the least per request of what is
// widely installed, so that the client is what is measured. Foreground, own prefix, own ports; nothing of the system's
// configuration is read. It also answers absolute-form targets, which makes it the forward proxy of the proxy rows.
import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { connectable } from './ports.mjs'

const MIB = 1_048_576
/** Growth rows open more connections than one pair of addresses has ports for; only Linux has more loopback addresses. */
export const LOOPBACK =
  platform() === 'linux' ? ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4'] : ['127.0.0.1']

/** The path of nginx, or undefined. Debian keeps it in sbin, which is not on everyone's PATH. */
export function findNginx() {
  for (const path of ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx']) {
    try {
      execFileSync(path, ['-v'], { stdio: 'ignore' })
      return path
    } catch {}
  }
  return undefined
}

function configuration({ directory, httpPort, httpsPort, certificate }) {
  const location = `
      location = /small { add_header Cache-Control no-cache; add_header X-Answer small; default_type text/plain; return 200 "hello world\\n"; }`
  const secure =
    certificate === undefined
      ? ''
      : `server { listen 127.0.0.1:${httpsPort} ssl backlog=8192; root ${directory}/www;
      ssl_certificate ${certificate.certFile}; ssl_certificate_key ${certificate.keyFile};
      ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:tls:4m; ${location} }`
  return `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log ${directory}/error.log warn;
worker_rlimit_nofile 65536;
events { worker_connections 32768; }
http {
    access_log off; default_type application/octet-stream;
    sendfile on; tcp_nopush off; tcp_nodelay on; output_buffers 2 512k;
    keepalive_timeout 3600s; keepalive_requests 1000000000; reset_timedout_connection on;
    client_body_temp_path ${directory}/t1; proxy_temp_path ${directory}/t2; fastcgi_temp_path ${directory}/t3;
    uwsgi_temp_path ${directory}/t4; scgi_temp_path ${directory}/t5;
    server { ${LOOPBACK.map((host) => `listen ${host}:${httpPort} backlog=8192;`).join(' ')} root ${directory}/www; ${location} }
    ${secure}
}
`
}

/**
 * Writes the files the download rows ask for: /1m and /100m, of bytes that no layer can shrink to nothing, and for the
 * growth rows /bytes-N, of zeros, because nothing on the way compresses.
 */
export function writeFiles(directory, bodySizes) {
  mkdirSync(directory, { recursive: true })
  const block = Buffer.alloc(MIB)
  for (let i = 0; i < MIB; i++) block[i] = (i * 31 + (i >> 8) * 17) & 255
  writeFileSync(join(directory, '1m'), block)
  const large = openSync(join(directory, '100m'), 'w')
  for (let i = 0; i < 100; i++) writeSync(large, block)
  closeSync(large)
  for (const bytes of bodySizes) {
    const file = openSync(join(directory, `bytes-${bytes}`), 'w')
    ftruncateSync(file, bytes)
    closeSync(file)
  }
  writeFileSync(join(directory, 'small'), 'hello world\n')
}

/** Starts nginx; resolves once it accepts connections. */
export async function startNginx({ directory, path, pin, ports, certificate, bodySizes }) {
  writeFiles(join(directory, 'www'), bodySizes)
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, configuration({ directory, httpPort: ports.http, httpsPort: ports.https, certificate }))
  const [command, ...args] = [...pin, path, '-p', directory, '-c', file, '-e', join(directory, 'error.log')]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await connectable(ports.http, child)
  return {
    name: nginxVersion(path),
    pids: [child.pid, ...childrenOf(child.pid)],
    stop: () => child.kill('SIGTERM'),
  }
}

const nginxVersion = (path) => {
  try {
    return execFileSync('sh', ['-c', `${path} -v 2>&1`], { encoding: 'utf8' })
      .trim()
      .replace('nginx version: ', '')
  } catch {
    return 'nginx'
  }
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}
