/** TLS that breaks in the middle of a session: an error of that attempt, which retry() may mend. */
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { HTTPSConnectionPool, MaxRetryError, SSLError } from '../src/index.js'
import { rejection } from './support/outcome.js'
import { authority } from './support/servers.js'

/** Answers the first `spoilt` connections in clear text on the socket below TLS. */
async function spoiling(spoilt: number) {
  const { cert, key } = authority.leaf({ hosts: ['localhost'] })
  const open = new Set<Socket>()
  const state = { port: 0, connections: 0 }
  const server = createServer({ cert, key }, (socket) => {
    state.connections += 1
    const spoil = state.connections <= spoilt
    socket.on('error', () => undefined)
    socket.once('data', () => {
      const raw = (socket as unknown as { _parent: NodeJS.WritableStream })._parent
      if (spoil) raw.write('HTTP/1.1 400 Bad Request\r\n\r\n')
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
  })
  server.on('connection', (socket: Socket) => open.add(socket))
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  state.port = (server.address() as AddressInfo).port
  return state
}

it('plaintext in the middle of a TLS session is an SSLError, and the second attempt of retries: 1 succeeds', async () => {
  const server = await spoiling(1)
  await using pool = new HTTPSConnectionPool('localhost', server.port, {
    caCertData: authority.cert,
    retries: 1,
  })
  const response = await pool.request('GET', '/')
  expect(await response.text()).toBe('ok')
  expect(response.history).toHaveLength(1)
  expect(response.history[0]?.error).toBeInstanceOf(SSLError)
  expect(server.connections).toBe(2)
})

it('when it happens again it is the reason that is told', async () => {
  const server = await spoiling(2)
  await using pool = new HTTPSConnectionPool('localhost', server.port, {
    caCertData: authority.cert,
    retries: 1,
  })
  const error = await rejection(pool.request('GET', '/'))
  expect(error).toBeInstanceOf(MaxRetryError)
  expect((error as MaxRetryError).reason).toBeInstanceOf(SSLError)
  expect(server.connections).toBe(2)
})
