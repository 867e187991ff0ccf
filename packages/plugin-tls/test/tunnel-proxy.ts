/** A proxy that opens tunnels, in clear or over TLS, and a plugin that leads every connection through it. */
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { closeOnError, definePlugin, HTTPHeaders, openTunnel, stages } from '@rockpool/core/plugin'
import type { Certificate } from '@rockpool/testkit'
import type { TlsConnector } from '../src/index.js'

const ticketKeys = Buffer.alloc(48, 9)

/** A running proxy. */
export interface TunnelProxy extends AsyncDisposable {
  readonly port: number
  /** Of each TLS connection to it, whether its session was resumed. */
  readonly resumed: boolean[]
}

/** A proxy that opens tunnels, in clear or over TLS. */
export async function startProxy(certificate?: Certificate): Promise<TunnelProxy> {
  const open = new Set<Socket>()
  const resumed: boolean[] = []
  const server: Server =
    certificate === undefined
      ? createHttpServer()
      : createHttpsServer({ cert: certificate.cert, key: certificate.key, ticketKeys }).on(
          'secureConnection',
          (socket) => void resumed.push(socket.isSessionReused()),
        )
  server.on('connection', (socket: Socket) => open.add(socket))
  server.on('connect', (request, socket, head) => {
    const port = Number(String(request.url).split(':').at(-1))
    const far = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      far.write(head)
      far.pipe(socket)
      socket.pipe(far)
    })
    open.add(far)
    far.on('error', () => socket.destroy())
    socket.on('error', () => far.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    resumed,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Leads every connection through a tunnel, the leg to the proxy secured by `leg` if there is one. */
export function tunnel(port: number, leg?: TlsConnector) {
  return definePlugin({
    name: 'tunnel',
    apply(host) {
      host.hooks.beforeConnect.tap(
        { name: 'tunnel', stage: stages.beforeConnect.tunnel },
        (next, context) => {
          const dial = leg === undefined ? next : leg.secure(next, { peerName: 'proxy.test' })
          return async (_target, connecting) => {
            const transport = await dial({ host: '127.0.0.1', port }, { ...connecting, readMode: 'stream' })
            return closeOnError(transport, async () => {
              const { authority } = context.origin
              const answer = await openTunnel(
                transport,
                { authority, headers: new HTTPHeaders(), peer: 'proxy.test' },
                connecting,
              )
              if (!answer.open || answer.leftover.length > 0)
                throw new Error('the test proxy refused a tunnel')
              return transport
            })
          }
        },
      )
    },
  })()
}
