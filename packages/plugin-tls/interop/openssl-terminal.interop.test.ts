// What a server may do after the handshake, done by `openssl s_server` at our command.
import { connect } from 'node:net'
import { ReadTimeoutError, SSLError } from '@rockpool/core'
import { certificates, ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { httpsPool, rejection } from '../test/https-call.js'
import { startTcpServer } from '../test/tls-server.js'
import { isInstalled, type OpensslTerminal, startOpensslTerminal } from './servers.js'

const good = certificates.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: good.ca }
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n'
const UPDATES = 100

/** Hands bytes on; tells when the server has sent something. */
async function startRelay(port: number) {
  let heard: () => void = () => undefined
  const server = await startTcpServer((client) => {
    const far = connect(port, '127.0.0.1')
    far.on('error', () => client.destroy())
    client.on('close', () => far.destroy())
    client.pipe(far)
    far.on('data', (chunk) => {
      client.write(chunk)
      heard()
    })
  })
  return {
    port: server.port,
    nextFromServer: () =>
      new Promise<void>((resolve) => {
        heard = resolve
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** New keys, ours demanded as well, on and on. */
async function flood(server: OpensslTerminal, relay: Awaited<ReturnType<typeof startRelay>>): Promise<void> {
  for (let update = 0; update < UPDATES; update++) {
    const sent = relay.nextFromServer()
    server.type('K\n')
    await sent
  }
}

describe.runIf(isInstalled('openssl'))('a server that', () => {
  it('updates its keys again and again is followed, and its answer read', async () => {
    await using server = await startOpensslTerminal(good, ['-tls1_3'])
    await using relay = await startRelay(server.port)
    await using pool = httpsPool(relay.port, trusting)
    const call = pool.request('GET', '/')
    await server.printed(/GET \/ HTTP/)
    await flood(server, relay)
    server.type(answer)
    expect((await call).status).toBe(200)
    const again = pool.request('GET', '/again')
    await server.printed(/GET \/again HTTP/)
    server.type(answer)
    expect((await again).connection?.reused).toBe(true)
  })

  it('only updates its keys is not taken for one that answers: the read time-out counts on', async () => {
    const clock = new ManualClock({ wallNow: Date.now() })
    await using server = await startOpensslTerminal(good, ['-tls1_3'])
    await using relay = await startRelay(server.port)
    await using pool = httpsPool(relay.port, trusting, 'localhost', {
      clock,
      timeout: { connect: null, read: 5000 },
    })
    const call = rejection(pool.request('GET', '/'))
    await server.printed(/GET \/ HTTP/)
    clock.advance(4000)
    await flood(server, relay)
    clock.advance(1000)
    expect(await call).toBeInstanceOf(ReadTimeoutError)
  })

  it('renegotiates over TLS 1.2 loses the connection', async () => {
    await using server = await startOpensslTerminal(good, ['-tls1_2'])
    await using pool = httpsPool(server.port, trusting)
    const call = rejection(pool.request('GET', '/'))
    await server.printed(/GET \/ HTTP/)
    server.type('r\n')
    expect(await call).toBeInstanceOf(SSLError)
  })

  it('asks for a client certificate after the handshake gets none, and its answer is read', async () => {
    await using server = await startOpensslTerminal(good, ['-tls1_3'])
    await using pool = httpsPool(server.port, trusting)
    const call = pool.request('GET', '/')
    await server.printed(/GET \/ HTTP/)
    server.type('c\n')
    await server.printed(/Failed to initiate request|extension not received/)
    server.type(answer)
    expect((await call).status).toBe(200)
  })
})
