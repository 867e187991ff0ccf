// Starts what the rows need and tells where it is: `http`, `https` (small answers, downloads), `sink` (uploads),
// `handshakes` (https that counts them), `proxies`.
import { fork } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeCertificate } from './certificate.mjs'
import { findNginx, LOOPBACK, startNginx, writeFiles } from './nginx.mjs'
import { freePorts } from './ports.mjs'

const netServer = fileURLToPath(new URL('./net-server.mjs', import.meta.url))

async function startNetServer(certificate, pin, node) {
  const [command, ...before] = [...pin, node]
  const child = fork(netServer, [JSON.stringify(certificate ?? {})], { execPath: command, execArgv: before })
  const ports = await new Promise((done, fail) =>
    child.once('message', done).once('error', fail).once('exit', fail),
  )
  const handshakes = () =>
    new Promise((done, fail) => {
      child.once('message', done)
      child.send('handshakes', (error) => error && fail(error))
    })
  return { name: 'node:net server', pids: [child.pid], ports, handshakes, stop: () => child.kill() }
}

/** Nothing started here may outlive the run, however that ends. */
function onceAtEnd(stop) {
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  return () => {
    process.off('exit', stop)
    stop()
  }
}

/** Starts the servers. `stop()` ends them and removes their files. */
export async function startServers({ pin, node, bodySizes = [] }) {
  const directory = mkdtempSync(join(tmpdir(), 'rockpool-bench-'))
  chmodSync(directory, 0o755) // nginx's worker may be another user
  const certificate = makeCertificate(directory)
  const sink = await startNetServer(certificate, pin, node)
  const path = findNginx()
  let main = sink
  if (path !== undefined) {
    const [http, https] = await freePorts(2)
    const ports = { http, https: certificate === undefined ? undefined : https }
    main = { ...(await startNginx({ directory, path, pin, ports, certificate, bodySizes })), ports }
  } else {
    writeFiles(join(directory, 'www'), [])
  }
  const stop = onceAtEnd(() => {
    sink.stop()
    if (main !== sink) main.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    name: main.name,
    hosts: main === sink ? ['127.0.0.1'] : LOOPBACK,
    http: { port: main.ports.http, pids: main.pids },
    https: { port: main.ports.https, pids: main.pids },
    sink: { port: sink.ports.http, pids: sink.pids },
    handshakes: { port: sink.ports.https, pids: sink.pids, count: sink.handshakes },
    proxies: { forward: main.ports.http, connect: sink.ports.http },
    caFile: certificate?.certFile,
    uploadFile: join(directory, 'www', '100m'),
    stop,
  }
}
