/**
 * An origin that records every request and answers with what it got: over http, or over https with a certificate of the
 * test authority. Node's own servers, so that what they accept was not judged by the code under test.
 */
import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Authority } from '@rockpool/testkit'
import { onTestFinished } from 'vitest'

/** One request as a server got it. */
export interface Seen {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A running origin. */
export interface TestOrigin {
  readonly port: number
  /** `http://127.0.0.1:port` or `https://localhost:port`. */
  readonly url: string
  readonly seen: Seen[]
  /** Connections accepted so far. */
  readonly connections: number
  readonly server: http.Server
}

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void

const echo: Answer = (request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end(`${request.method} ${request.url}`)
}

/** Starts an origin; it is stopped when the test ends. */
export async function origin(answer: Answer = echo, authority?: Authority): Promise<TestOrigin> {
  const seen: Seen[] = []
  const listener: Answer = (request, response) => {
    seen.push(seenOf(request))
    answer(request, response)
  }
  const server = authority === undefined ? http.createServer(listener) : secure(listener, authority)
  const sockets = track(server)
  const port = await listen(server)
  const url = authority === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
  return {
    port,
    url,
    seen,
    server,
    get connections() {
      return sockets.accepted
    },
  }
}

export function seenOf(request: http.IncomingMessage): Seen {
  const { rawHeaders, method = '', url = '' } = request
  const headers: (readonly [string, string])[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.push([rawHeaders[index] as string, rawHeaders[index + 1] as string])
  }
  return { method, target: url, headers }
}

/** The value of a field that was seen, joined. */
export function field(seen: Seen | undefined, name: string): string | undefined {
  const values = (seen?.headers ?? [])
    .filter(([each]) => each.toLowerCase() === name)
    .map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** Counts a server's connections and cuts them when the test ends. */
export function track(server: http.Server): { accepted: number; readonly open: Set<Socket> } {
  const counts = { accepted: 0, open: new Set<Socket>() }
  server.on('connection', (socket: Socket) => {
    counts.accepted += 1
    counts.open.add(socket)
    socket.on('close', () => counts.open.delete(socket))
    socket.on('error', () => undefined)
  })
  onTestFinished(async () => {
    for (const socket of counts.open) socket.destroy()
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  })
  return counts
}

export async function listen(server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function secure(listener: Answer, authority: Authority): http.Server {
  const { tls } = authority.leaf({ hosts: ['localhost', 'api.example.com'], ips: ['127.0.0.1'] })
  return https.createServer({ ...tls }, listener) as unknown as http.Server
}
