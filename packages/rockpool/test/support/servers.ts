/**
 * Origins and a proxy on Node's own servers, so that what they accept was not judged by the code under test. Each stops
 * with its test.
 */
import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type Authority, certificates } from '@rockpool/testkit'
import { onTestFinished } from 'vitest'

/** The authority of every certificate here; nobody else trusts it. */
export const authority: Authority = certificates.ca()

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** What a server saw. */
export interface Seen {
  readonly method: string
  readonly target: string
  readonly headers: http.IncomingHttpHeaders
  /** Names and values as they came, by turns. */
  readonly rawHeaders: readonly string[]
}

/** A running server. */
export interface TestServer {
  readonly port: number
  /** `http://127.0.0.1:port` or `https://localhost:port`. */
  readonly url: string
  readonly seen: readonly Seen[]
  /** Connections accepted so far. */
  readonly accepted: () => number
}

const echo: Answer = (request, response) => void response.end(`${request.method} ${request.url}`)

/** An http origin. */
export function origin(answer: Answer = echo): Promise<TestServer> {
  return started(http.createServer(), 'http://127.0.0.1', answer)
}

/** An https origin with a certificate of the authority, for `localhost` and other names. */
export function secureOrigin(answer: Answer = echo, options: https.ServerOptions = {}): Promise<TestServer> {
  const { tls } = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] })
  return started(https.createServer({ ...tls, ...options }), 'https://localhost', answer)
}

/** An http proxy that forwards and tunnels; `seen` has the heads that it got, CONNECT included. */
export async function proxyServer(): Promise<TestServer> {
  const server = http.createServer()
  const running = await started(server, 'http://127.0.0.1', (request, response) => {
    const { 'proxy-authorization': _, ...headers } = request.headers
    const { hostname, port, pathname } = new URL(request.url ?? '')
    const onward = { host: hostname, port, path: pathname, method: request.method, headers, agent: false }
    const forwarded = http.request(onward, (answer) => {
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-forwarded': 'yes' })
      answer.on('error', () => response.destroy())
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy())
    request.pipe(forwarded)
  })
  server.on('connect', (request, socket: Socket) => {
    ;(running.seen as Seen[]).push(seenOf(request))
    const onward = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) end.on('error', () => undefined)
    // No client here closes one half only: when it ends, nobody reads any more.
    for (const end of ['end', 'close']) socket.on(end, () => onward.destroy())
    onward.on('close', () => socket.destroy())
  })
  return running
}

async function started(server: http.Server | https.Server, at: string, answer: Answer): Promise<TestServer> {
  const seen: Seen[] = []
  const open = new Set<Socket>()
  let accepted = 0
  server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    seen.push(seenOf(request))
    answer(request, response)
  })
  server.on('connection', (socket: Socket) => {
    accepted += 1
    open.add(socket)
    socket.on('error', () => undefined)
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `${at}:${port}`, seen, accepted: () => accepted }
}

function seenOf({ method = '', url = '', headers, rawHeaders }: http.IncomingMessage): Seen {
  return { method, target: url, headers, rawHeaders }
}

/** Redirects `/n` to `/n-1` and answers at `/0`. */
export const countdown: Answer = (request, response) => {
  const left = Number(request.url?.slice(1))
  if (left > 0) response.writeHead(302, { Location: `/${left - 1}` }).end()
  else response.end('arrived')
}

/** Answers 503 with `Retry-After: 0` so often, then 200. */
export function failing(times: number): Answer {
  let left = times
  return (_, response) => {
    left -= 1
    if (left >= 0) response.writeHead(503, { 'Retry-After': '0' }).end('busy')
    else response.end('recovered')
  }
}
