// TLS by its bytes: the first flight we send, and how a connection may end.
import { existsSync, readFileSync } from 'node:fs'
import { connect, type LookupFunction, type Socket } from 'node:net'
import { join } from 'node:path'
import { ProtocolError } from '@rockpool/core'
import { certificates } from '@rockpool/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { TlsOptions } from '../src/index.js'
import { get, httpsPool, lastRequest, rejection } from './https-call.js'
import { certificateDirectory } from './openssl.js'
import { startTcpServer, startTlsServer } from './tls-server.js'

const leaf = certificates.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: leaf.ca }

/** The extensions of a ClientHello record, by number (RFC 8446 §4.1.2). */
function extensionsOf(record: Buffer): Map<number, Buffer> {
  let at = 5 + 4 + 2 + 32
  at += 1 + record.readUInt8(at)
  at += 2 + record.readUInt16BE(at)
  at += 1 + record.readUInt8(at)
  const end = at + 2 + record.readUInt16BE(at)
  const found = new Map<number, Buffer>()
  for (at += 2; at < end; at += 4 + record.readUInt16BE(at + 2)) {
    found.set(record.readUInt16BE(at), record.subarray(at + 4, at + 4 + record.readUInt16BE(at + 2)))
  }
  return found
}

const SERVER_NAME = 0
const ALPN = 16
const PRE_SHARED_KEY = 41
const EARLY_DATA = 42
const POST_HANDSHAKE_AUTH = 49

describe('the first flight', () => {
  async function helloTo(host: string): Promise<Map<number, Buffer>> {
    let hello: Buffer = Buffer.alloc(0)
    await using server = await startTcpServer((socket) => {
      socket.once('data', (chunk) => {
        hello = Buffer.from(chunk)
        socket.destroy()
      })
    })
    await rejection(get(server.port, trusting, host))
    return extensionsOf(hello)
  }

  it('names the host, offers http/1.1 alone, and promises nothing that we do not do', async () => {
    const extensions = await helloTo('LocalHost.')
    expect(extensions.get(SERVER_NAME)?.subarray(5).toString()).toBe('localhost')
    expect(extensions.get(ALPN)?.toString('latin1')).toBe('\0\x09\x08http/1.1')
    for (const absent of [PRE_SHARED_KEY, EARLY_DATA, POST_HANDSHAKE_AUTH]) {
      expect(extensions.has(absent)).toBe(false)
    }
  })

  it('names nobody when the host is an address', async () => {
    expect((await helloTo('127.0.0.1')).has(SERVER_NAME)).toBe(false)
  })

  it('of a resumption offers the session, and no early data', async () => {
    await using server = await startTlsServer(leaf, { ticketKeys: Buffer.alloc(48, 3) })
    await using relay = await startRelay(server.port)
    await using pool = httpsPool(relay.port, trusting)
    await pool.request('GET', '/', lastRequest)
    const second = await pool.request('GET', '/', lastRequest)
    expect(second.connection?.tls?.resumed).toBe(true)
    const offers = relay.hellos.map((hello) => [...extensionsOf(hello).keys()])
    expect(offers.map((numbers) => numbers.includes(PRE_SHARED_KEY))).toEqual([false, true])
    expect(offers.flat()).not.toContain(EARLY_DATA)
  })
})

/** Hands bytes on, keeps the first of each connection, and can end the way to the client as TLS would not. */
async function startRelay(port: number) {
  const hellos: Buffer[] = []
  const clients: Socket[] = []
  const server = await startTcpServer((client) => {
    const far = connect(port, '127.0.0.1')
    far.on('error', () => client.destroy())
    client.on('close', () => far.destroy())
    client.once('data', (chunk) => hellos.push(Buffer.from(chunk)))
    client.pipe(far)
    far.on('data', (chunk) => client.write(chunk))
    clients.push(client)
  })
  return { port: server.port, hellos, clients, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

describe('a body that only the end of the connection delimits', () => {
  async function readUntil(end: (client: Socket | undefined) => void) {
    await using server = await startTlsServer(
      leaf,
      {},
      { answer: (socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\nthe beginning') },
    )
    await using relay = await startRelay(server.port)
    await using pool = httpsPool(relay.port, trusting)
    const response = await pool.request('GET', '/', { preloadContent: false })
    let text = ''
    for await (const chunk of response) {
      text += Buffer.from(chunk).toString()
      end(relay.clients[0])
    }
    return { text, bodyEnd: response.connection?.bodyEnd }
  }

  it('is whole at a FIN without close_notify, and flagged as not proven', async () => {
    expect(await readUntil((client) => client?.end())).toEqual({ text: 'the beginning', bodyEnd: 'close' })
  })

  it('is broken by a reset', async () => {
    const cut = readUntil((client) => client?.resetAndDestroy())
    expect(await rejection(cut)).toBeInstanceOf(ProtocolError)
  })
})

it('a server that speaks HTTP/2 without having been asked is a protocol error', async () => {
  const settings = Buffer.from('000000040000000000', 'hex')
  await using server = await startTlsServer(leaf, {}, { answer: (socket) => void socket.end(settings) })
  expect(await rejection(get(server.port, trusting))).toBeInstanceOf(ProtocolError)
})

describe('SSLKEYLOGFILE', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('gets the secrets also when the first address of the host did not answer', async () => {
    const path = join(certificateDirectory, 'second-address.log')
    vi.stubEnv('SSLKEYLOGFILE', path)
    await using server = await startTlsServer(leaf)
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ])
    await using pool = httpsPool(server.port, trusting, 'localhost', { lookup })
    await pool.request('GET', '/')
    expect(existsSync(path) && readFileSync(path, 'utf8')).toContain('CLIENT_TRAFFIC_SECRET_0 ')
  })
})
