/**
 * A node:tls server that speaks as much HTTP as the tests need, and tells what it saw.
 */
import { once } from 'node:events'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Certificate } from '@rockpool/testkit'

/** One connection as the server saw it. */
export interface Seen {
  readonly servername: string | false | undefined
  readonly alpn: string | false | null
  readonly protocol: string | null
  readonly resumed: boolean
  /** The common name of the client's certificate. */
  readonly client: string | undefined
  /** What came after the handshake. */
  received: string
}

/** A running server. */
export interface TlsTestServer {
  readonly port: number
  readonly server: Server
  /** Completed handshakes, in order. */
  readonly connections: Seen[]
  /** All request bytes. */
  readonly received: string
  /** Closes the open connections, the server goes on. */
  dropAll(): void
  [Symbol.asyncDispose](): Promise<void>
}

/** How it answers. */
export interface ServerManner {
  /** Closes each connection after its answer. */
  readonly closes?: boolean
  /** Writes the answer itself. */
  readonly answer?: (socket: TLSSocket, request: string) => void
}

/** A server that would itself refuse a weak certificate could not show that the client does. */
const lenient: TlsOptions = { ciphers: 'DEFAULT@SECLEVEL=0' }

/** Starts a server with the certificate given, on 127.0.0.1 unless `host` says otherwise. */
export async function startTlsServer(
  certificate: Pick<Certificate, 'cert' | 'key'>,
  options: TlsOptions & { host?: string; port?: number } = {},
  manner: ServerManner = {},
): Promise<TlsTestServer> {
  const connections: Seen[] = []
  const open = new Set<Socket>()
  const server = createServer(
    { ...lenient, cert: certificate.cert, key: certificate.key, ...options },
    (socket) => {
      const seen: Seen = {
        servername: (socket as TLSSocket & { servername?: string | false }).servername,
        alpn: socket.alpnProtocol,
        protocol: socket.getProtocol(),
        resumed: socket.isSessionReused(),
        client: socket.getPeerCertificate()?.subject?.CN as string | undefined,
        received: '',
      }
      connections.push(seen)
      let pending = ''
      socket.on('data', (chunk) => {
        seen.received += chunk.toString('latin1')
        pending += chunk.toString('latin1')
        for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
          const request = pending.slice(0, end)
          pending = pending.slice(end + 4)
          respond(socket, request, manner)
        }
      })
      socket.on('error', () => undefined)
    },
  )
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  })
  server.on('tlsClientError', () => undefined)
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    server,
    connections,
    get received() {
      return connections.map(({ received }) => received).join('')
    },
    dropAll: () => {
      for (const socket of open) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A plain TCP server that hands each connection to `talk`. */
export async function startTcpServer(
  talk: (socket: Socket) => void,
): Promise<{ port: number; connections: number; server: TcpServer } & AsyncDisposable> {
  const open = new Set<Socket>()
  const state = { connections: 0 }
  const server = createTcpServer((socket) => {
    state.connections += 1
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    talk(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    server,
    get connections() {
      return state.connections
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function respond(socket: TLSSocket, request: string, manner: ServerManner): void {
  if (manner.answer !== undefined) {
    manner.answer(socket, request)
    return
  }
  const close = manner.closes === true ? 'Connection: close\r\n' : ''
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${close}\r\nok`)
  if (manner.closes === true) socket.end()
}
