/**
 * A proxy that works: forwards absolute-form requests, opens tunnels, asks for credentials when told to, records every
 * head it got. On Node's own http module, so that it shares no code with what it tests.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Authority } from '@rockpool/testkit'
import { listen, type Seen, seenOf, track } from './origin.js'

/** A running proxy. */
export interface TestProxy {
  readonly port: number
  /** `http://127.0.0.1:port`, or `https://localhost:port` with TLS. */
  readonly url: string
  /** Every head, CONNECT included. */
  readonly seen: Seen[]
  readonly connections: number
  /** What went through tunnels, as it was: TLS records, so nothing readable. */
  readonly server: http.Server
  /** Connections open now. */
  readonly open: ReadonlySet<Socket>
}

export interface TestProxyOptions {
  /** Speak TLS, with a certificate of this authority. */
  readonly authority?: Authority
  /** The names in that certificate. */
  readonly hosts?: string[]
  /** Admit only what carries this `Proxy-Authorization`, and ask others with this challenge. */
  readonly admit?: (authorization: string | undefined) => boolean
  readonly challenge?: string
  /** Where tunnels and requests really go, whatever they ask for. */
  readonly to?: number
  /** The same for tunnels. Default: `to`. */
  readonly tunnelsTo?: number
}

/** Starts a proxy; it is stopped when the test ends. */
export async function proxyServer(options: TestProxyOptions = {}): Promise<TestProxy> {
  const { authority, admit = () => true, challenge = 'Basic realm="test"' } = options
  const seen: Seen[] = []
  const server =
    authority === undefined
      ? http.createServer()
      : (https.createServer({ ...leafOf(authority, options.hosts) }) as unknown as http.Server)
  const sockets = track(server)
  server.on('request', (request, response) => {
    seen.push(seenOf(request))
    if (admit(request.headers['proxy-authorization'])) return void relay(request, response, options.to)
    response.writeHead(407, { 'Proxy-Authenticate': challenge })
    response.end('who are you?')
  })
  server.on('connect', (request, socket: Duplex, head: Buffer) => {
    seen.push(seenOf(request))
    socket.on('error', () => undefined)
    if (!admit(request.headers['proxy-authorization'])) {
      const body = 'who are you?'
      socket.end(
        `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${challenge}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      return
    }
    openTunnel(request.url ?? '', socket, head, options.tunnelsTo ?? options.to)
  })
  const port = await listen(server)
  const url = authority === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  return {
    port,
    url,
    seen,
    server,
    open: sockets.open,
    get connections() {
      return sockets.accepted
    },
  }
}

function leafOf(authority: Authority, hosts: string[] = ['localhost']) {
  return authority.leaf({ hosts, ips: ['127.0.0.1'] }).tls
}

function relay(request: http.IncomingMessage, response: http.ServerResponse, to: number | undefined): void {
  const target = new URL(request.url ?? '')
  const headers = { ...request.headers }
  delete headers['proxy-authorization']
  const onward = http.request(
    {
      host: '127.0.0.1',
      port: to ?? target.port,
      method: request.method,
      path: target.pathname + target.search,
      headers,
      agent: false,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders))
      answer.pipe(response)
    },
  )
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

/** Fields of a hop are that hop's own. RFC 9110 §7.6.1 */
function endToEnd(raw: readonly string[]): string[] {
  const lines: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (!/^(connection|keep-alive)$/i.test(name)) lines.push(name, raw[index + 1] as string)
  }
  return lines
}

function openTunnel(authority: string, socket: Duplex, head: Buffer, to: number | undefined): void {
  const port = Number(authority.slice(authority.lastIndexOf(':') + 1))
  const onward = connect(to ?? port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    onward.write(head)
    onward.pipe(socket)
    socket.pipe(onward)
  })
  onward.on('error', () => socket.destroy())
  socket.on('close', () => onward.destroy())
  onward.on('close', () => socket.destroy())
}
