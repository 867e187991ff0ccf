import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import {
  ConnectTimeoutError,
  HTTPSConnectionPool,
  NameResolutionError,
  NewConnectionError,
  SSLError,
} from '@rockpool/core'
import { certificates, ManualClock, trackLeaks } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type TlsOptions, tls } from '../src/index.js'
import { failureOf, httpsPool, rejection } from './https-call.js'
import { startTcpServer, startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const good = ca.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: ca.cert }

describe('a handshake that does not happen', () => {
  it('because the server speaks plain HTTP says so', async () => {
    const server = createHttpServer((_request, response) => response.end('plain')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const error = await failureOf((server.address() as AddressInfo).port, trusting)
      expect(error).toBeInstanceOf(SSLError)
      expect(error.message).toContain('http://')
      expect(error.message).toContain('plain HTTP')
    } finally {
      server.close()
    }
  })

  it.each([
    ['an HTTP answer', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a banner', '220 mail.example ESMTP\r\n'],
    ['a line', 'hello\r\n'],
  ])('because the server sends %s is final', async (_what, text) => {
    await using server = await startTcpServer((socket) => socket.write(text))
    const error = await failureOf(server.port, trusting)
    expect(error).toBeInstanceOf(SSLError)
    expect(error.phase).toBe('tls')
    expect(error.message).toContain('did not answer with TLS')
  })

  it('because the peer closes or resets is a failed connect', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      await using server = await startTcpServer((socket) => socket.once('data', () => socket[end]()))
      const error = await failureOf(server.port, trusting)
      expect(error).toBeInstanceOf(NewConnectionError)
      expect(error.phase).toBe('tls')
      expect(error.message).toContain('during the TLS handshake')
    }
  })

  it('because the peer is silent ends with the connect time-out', async () => {
    const clock = new ManualClock()
    let greeted: () => void = () => undefined
    const hello = new Promise<void>((resolve) => {
      greeted = resolve
    })
    await using server = await startTcpServer((socket) => socket.once('data', () => greeted()))
    await using pool = httpsPool(server.port, trusting, '127.0.0.1', { clock, timeout: { connect: 5000 } })
    const call = rejection(pool.request('GET', '/'))
    await hello
    clock.advance(5000)
    const error = await call
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    expect(error.message).toContain('TLS handshake')
  })

  it('because the caller gave up ends at once, and the connection with it', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let closed: () => void = () => undefined
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    await using server = await startTcpServer((socket) => {
      socket.once('close', closed)
      socket.once('data', () => controller.abort(reason))
    })
    using leaks = trackLeaks({ signals: [controller.signal], timers: false })
    await using pool = httpsPool(server.port, trusting, '127.0.0.1')
    await expect(pool.request('GET', '/', { signal: controller.signal })).rejects.toBe(reason)
    await gone
    await leaks.assertNone()
  })

  it('because nobody listens or nothing resolves is an error of the dial', async () => {
    const server = await startTcpServer(() => undefined)
    const { port } = server
    await server[Symbol.asyncDispose]()
    expect(await failureOf(port, trusting, '127.0.0.1')).toBeInstanceOf(NewConnectionError)
    await using pool = new HTTPSConnectionPool('nowhere.invalid', 443, {
      plugins: [tls()],
      lookup: (_host, _options, callback) =>
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '', 4),
    })
    expect(await rejection(pool.request('GET', '/'))).toBeInstanceOf(NameResolutionError)
  })
})

describe('a server that begins a new handshake on an open connection', () => {
  const contexts: [whose: string, options: TlsOptions][] = [
    ['ours', trusting],
    ["the caller's", { secureContext: createSecureContext({ ca: ca.cert }) }],
  ]
  it.each(contexts)('is left at once, the context being %s', async (_whose, options) => {
    await using server = await startTlsServer(
      good,
      { maxVersion: 'TLSv1.2' },
      {
        answer: (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12')
          socket.renegotiate({ rejectUnauthorized: false }, () => void socket.write('345'))
        },
      },
    )
    await using pool = httpsPool(server.port, options)
    const error = await rejection(pool.request('GET', '/'))
    expect(error).toBeInstanceOf(SSLError)
    expect(error.message).toContain('ERR_TLS_RENEGOTIATION')
    expect(error.phase).toBe('body')
    expect(pool.inspect().pools[0]?.connections ?? []).toEqual([])
  })
})
