/** Proxies that misbehave, byte for byte: one typed error each, one connection to the proxy, nothing left behind. */
import {
  ConnectTimeoutError,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  ResponseError,
} from '@rockpool/core'
import {
  gate,
  perConnection,
  readRequest,
  repeat,
  reset,
  response,
  type Script,
  type Step,
  scriptedServer,
  send,
} from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authority, expectAtRest, managerFor, rejection } from './support/calls.js'

const leaf = authority.leaf({ hosts: ['localhost', 'origin.test'], ips: ['127.0.0.1'] })
const hello = response(200, 'hello')

async function scripted(script: Script, tls = false) {
  const server = await scriptedServer(script, tls ? { tls: leaf.tls } : {})
  onTestFinished(() => server.close())
  return server
}

/** Opens the tunnel with `bytes`, then is the origin behind it. */
const tunnelling =
  (bytes: string): Step =>
  async (connection) => {
    await connection.readRequest()
    await connection.send(bytes)
    await connection.startTls(leaf.tls)
    await repeat(readRequest(), send(hello))(connection)
  }

describe('a tunnel is open', () => {
  for (const [what, bytes] of [
    ['200', 'HTTP/1.1 200 Connection established\r\n\r\n'],
    ['200 without a reason', 'HTTP/1.1 200\r\n\r\n'],
    ['200 from HTTP/1.0', 'HTTP/1.0 200 OK\r\nProxy-Agent: x\r\n\r\n'],
    ['200 with Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['200 with Transfer-Encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['299', 'HTTP/1.1 299 Odd\r\n\r\n'],
    ['100, then 200', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    [
      '102 and 103, then 200',
      'HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 y\r\nLink: z\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ],
  ] as const) {
    it(`after ${what}`, async () => {
      const proxy = await scripted(tunnelling(bytes))
      const manager = managerFor({ url: proxy.origin })
      const answer = await manager.request('GET', 'https://origin.test/')
      expect(await answer.text()).toBe('hello')
      expect(proxy.connections).toHaveLength(1)
    })
  }

  it('after an answer that comes byte by byte', async () => {
    const proxy = await scripted(async (connection) => {
      await connection.readRequest()
      await connection.sendPieces('HTTP/1.1 200 OK\r\nX-A: b\r\n\r')
      await connection.send('\n')
      await connection.startTls(leaf.tls)
      await repeat(readRequest(), send(hello))(connection)
    })
    expect((await managerFor({ url: proxy.origin }).request('GET', 'https://origin.test/')).status).toBe(200)
  })
})

const BIG = 'x'.repeat(1_000_000)

describe('a tunnel is refused', () => {
  const rows: readonly (readonly [what: string, bytes: string, status: number])[] = [
    [
      '301 with a Location',
      'HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
      301,
    ],
    ['401', 'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno', 401],
    ['403', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', 403],
    ['407 without a challenge', 'HTTP/1.1 407 Auth\r\nContent-Length: 0\r\n\r\n', 407],
    [
      '407 with a chunked body',
      'HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n',
      407,
    ],
    [
      '407 with a body that never ends',
      'HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic\r\nContent-Length: 99\r\n\r\nno',
      407,
    ],
    ['501', 'HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n', 501],
    ['502 with 1 MB', `HTTP/1.1 502 Bad\r\nContent-Length: ${BIG.length}\r\n\r\n${BIG}`, 502],
    ['503 that ends by closing', 'HTTP/1.0 503 Busy\r\n\r\nbusy', 503],
    ['100, then 403', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n', 403],
  ]
  for (const [what, bytes, status] of rows) {
    it(`by ${what}: one ProxyError with status, headers and the beginning of the body`, async () => {
      const proxy = await scripted(async (connection) => {
        await connection.readRequest()
        await connection.send(bytes).catch(() => undefined)
        await connection.end().catch(() => undefined)
      })
      const manager = managerFor({ url: proxy.origin })
      const error = await rejection(manager.request('GET', 'https://origin.test/'))
      expect(error).toBeInstanceOf(ProxyError)
      const { originalError, headers, body } = error as ProxyError
      expect(error).toMatchObject({ status, phase: 'proxy', sent: 'nothing' })
      expect(originalError).toBeInstanceOf(ResponseError)
      expect((originalError as Error).message).toContain(`a tunnel to origin.test:443 failed: ${status}`)
      expect(headers?.size).toBeGreaterThanOrEqual(0)
      expect(body?.length ?? 0).toBeLessThanOrEqual(1_024)
      expect(proxy.connections).toHaveLength(1)
      expect(proxy.requests).toHaveLength(1)
      await proxy.connections[0]?.closed
      expectAtRest(manager)
    })
  }

  it('and the body of the refusal is kept, up to 1 KiB', async () => {
    const proxy = await scripted([readRequest(), send(response(403, 'because of rule 7'))])
    const error = await rejection(managerFor({ url: proxy.origin }).request('GET', 'https://origin.test/'))
    expect(Buffer.from((error as ProxyError).body ?? []).toString()).toBe('because of rule 7')
  })
})

describe('no answer that makes sense', () => {
  const rows: readonly (readonly [what: string, script: Script, kind: new (...args: never[]) => Error])[] = [
    ['garbage', [readRequest(), send('\0\x01garbage\r\n\r\n')], ProtocolError],
    ['an h2 preface', [readRequest(), send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')], ProtocolError],
    ['an HTTP/2 status', [readRequest(), send('HTTP/2 200 OK\r\n\r\n')], ProtocolError],
    ['an end instead of a head', [readRequest(), (c) => c.end()], ProtocolError],
    ['an end in the status line', [readRequest(), send('HTTP/1.1 20'), (c) => c.end()], ProtocolError],
    [
      'an end after the status line',
      [readRequest(), send('HTTP/1.1 200 OK\r\n'), (c) => c.end()],
      ProtocolError,
    ],
    ['a reset', [readRequest(), reset()], ProtocolError],
    [
      'a head of 1 MB',
      [readRequest(), (c) => c.send(`HTTP/1.1 200 OK\r\nX: ${BIG}`).catch(() => undefined)],
      ProtocolError,
    ],
    [
      '2000 header lines',
      [
        readRequest(),
        (c) => c.send(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(2_000)}\r\n`).catch(() => undefined),
      ],
      ProtocolError,
    ],
    ['21 informational answers', [readRequest(), send('HTTP/1.1 199 x\r\n\r\n'.repeat(21))], ProtocolError],
    [
      'switching protocols',
      [readRequest(), send('HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')],
      ProtocolError,
    ],
    [
      'bytes behind the 200',
      [readRequest(), send('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')],
      ProtocolError,
    ],
    ['silence', [readRequest()], ConnectTimeoutError],
    ['a head that never ends', [readRequest(), send('HTTP/1.1 200 OK\r\nX: y\r\n')], ConnectTimeoutError],
    [
      'informational answers only',
      [readRequest(), send('HTTP/1.1 100 Continue\r\n\r\n')],
      ConnectTimeoutError,
    ],
  ]
  for (const [what, script, kind] of rows) {
    it(`but ${what}: one ProxyError, one connection, nothing left`, async () => {
      const proxy = await scripted(script)
      const manager = managerFor(
        { url: proxy.origin },
        { timeout: { connect: 1_000 }, block: true, maxSize: 1 },
      )
      const error = await rejection(manager.request('GET', 'https://origin.test/'))
      expect(error).toBeInstanceOf(ProxyError)
      expect((error as ProxyError).originalError).toBeInstanceOf(kind)
      expect((error as ProxyError).status).toBeUndefined()
      expect(proxy.connections).toHaveLength(1)
      await proxy.connections[0]?.closed
      expectAtRest(manager)
    })
  }

  it('RST after the 200 is a failure of the tunnelled connection, not of the proxy', async () => {
    const proxy = await scripted([readRequest(), send('HTTP/1.1 200 OK\r\n\r\n'), (c) => c.read(1), reset()])
    const manager = managerFor({ url: proxy.origin })
    const error = await rejection(manager.request('GET', 'https://origin.test/'))
    expect(error).not.toBeInstanceOf(ProxyError)
    expect(error).toBeInstanceOf(NewConnectionError)
    expect(proxy.connections).toHaveLength(1)
    expectAtRest(manager)
  })

  it('a tunnel that dies in the middle of a body fails the body and is not used again', async () => {
    const proxy = await scripted(
      perConnection(async (connection) => {
        await connection.readRequest()
        await connection.send('HTTP/1.1 200 OK\r\n\r\n')
        await connection.startTls(leaf.tls)
        await connection.readRequest()
        await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
        await connection.reset()
      }, tunnelling('HTTP/1.1 200 OK\r\n\r\n')),
    )
    const manager = managerFor({ url: proxy.origin })
    const error = await rejection(manager.request('GET', 'https://origin.test/'))
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error.phase).toBe('body')
    expect((await manager.request('GET', 'https://origin.test/')).status).toBe(200)
    expectAtRest(manager)
  })

  it('a call that is aborted while the proxy is silent leaves nothing', async () => {
    const asked = gate()
    const proxy = await scripted([readRequest(), () => asked.open()])
    const manager = managerFor({ url: proxy.origin })
    const controller = new AbortController()
    const call = manager.request('GET', 'https://origin.test/', { signal: controller.signal })
    const outcome = call.then(
      () => undefined,
      (error: unknown) => error,
    )
    await asked.pass()
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    await proxy.connections[0]?.closed
    expectAtRest(manager)
  })
})
