import type { LookupFunction } from 'node:net'
import { inspect } from 'node:util'
import {
  ConnectTimeoutError,
  NameResolutionError,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  ResponseError,
} from '@rockpool/core'
import { describe, expect, it } from 'vitest'
import { authority, expectAtRest, managerFor, rejection } from './support/calls.js'
import { field, origin } from './support/origin.js'
import { type SocksServerOptions, socksServer } from './support/socks-server.js'

/** 7f000001 is 127.0.0.1; every name resolves to it. */
const lookup: LookupFunction = (_host, options, callback) => {
  if (options.all === true)
    callback(null, [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ])
  else callback(null, '127.0.0.1', 4)
}
const NAME = Buffer.from('origin.test').toString('hex')

async function setUp(
  scheme: string,
  options: Omit<SocksServerOptions, 'to'> = {},
  userinfo = '',
  secure = false,
) {
  const server = await origin(undefined, secure ? authority : undefined)
  const proxy = await socksServer({ ...options, to: server.port })
  const url = `${scheme}://${userinfo}127.0.0.1:${proxy.port}`
  const manager = managerFor({ url }, { lookup, timeout: { connect: 2_000 } })
  return { server, proxy, manager }
}

describe('the handshake', () => {
  for (const [scheme, userinfo, messages] of [
    ['socks4', '', ['040100507f00000100']],
    ['socks4', 'me@', ['040100507f0000016d6500']],
    ['socks4a', '', [`040100500000000100${NAME}00`]],
    ['socks4a', 'me:ignored@', [`04010050000000016d6500${NAME}00`]],
    ['socks5', '', ['050100', '050100017f0000010050']],
    ['socks5h', '', ['050100', `050100030b${NAME}0050`]],
    ['socks5h', 'me:p%2Fw@', ['05020002', `050100030b${NAME}0050`]],
  ] as const) {
    it(`of ${scheme} with "${userinfo}" is exactly these bytes`, async () => {
      const { manager, proxy, server } = await setUp(scheme, {}, userinfo)
      const response = await manager.request('GET', 'http://origin.test/a')
      expect(await response.text()).toBe('GET /a')
      expect(proxy.messages).toEqual(messages)
      expect(server.seen[0]?.target).toBe('/a')
      expect(field(server.seen[0], 'host')).toBe('origin.test')
      expect(response.connection?.route.map(({ kind, peer }) => `${kind} ${peer}`)).toEqual([
        `tcp 127.0.0.1:${proxy.port}`,
        'socks origin.test:80',
      ])
    })
  }

  it('sends a percent-decoded name and password when they are asked for', async () => {
    const { manager, proxy } = await setUp('socks5h', { user: ['us@er', 'p/w:ü'] }, 'us%40er:p%2Fw%3A%C3%BC@')
    expect((await manager.request('GET', 'http://origin.test/')).status).toBe(200)
    expect(proxy.messages[1]).toBe(
      `0105${Buffer.from('us@er').toString('hex')}06${Buffer.from('p/w:ü').toString('hex')}`,
    )
  })

  it('takes them from auth as well', async () => {
    const server = await origin()
    const proxy = await socksServer({ to: server.port, user: ['me', 'pw'] })
    const url = `socks5h://127.0.0.1:${proxy.port}`
    const manager = managerFor({ url, auth: { username: 'me', password: 'pw' } })
    expect((await manager.request('GET', 'http://origin.test/')).status).toBe(200)
  })

  for (const [scheme, url, request] of [
    ['socks5', 'http://10.1.2.3:8080/', '050100010a0102031f90'],
    ['socks5h', 'http://10.1.2.3/', '050100010a0102030050'],
    ['socks5', 'http://[2001:db8::1]/', '0501000420010db80000000000000000000000010050'],
    ['socks5h', 'http://origin.test./', `050100030b${NAME}0050`],
  ] as const) {
    it(`of ${scheme} for ${url}`, async () => {
      const { manager, proxy } = await setUp(scheme)
      await manager.request('GET', url)
      expect(proxy.messages[1]).toBe(request)
    })
  }

  for (const scheme of ['socks4', 'socks4a', 'socks5', 'socks5h']) {
    it(`carries TLS to the origin through ${scheme}`, async () => {
      const { manager, server } = await setUp(scheme, {}, '', true)
      const response = await manager.request('GET', `https://localhost:${server.port}/a`)
      expect(await response.text()).toBe('GET /a')
      expect(response.connection?.route.map(({ kind }) => kind).join(' ')).toBe('tcp socks tls')
      expect(response.connection?.tls?.verified).toBe(true)
    })
  }

  it('is made once for a connection that is used again, and one for each origin', async () => {
    const { manager, proxy } = await setUp('socks5h')
    for (const host of ['a.test', 'b.test', 'a.test']) {
      expect((await manager.request('GET', `http://${host}/`)).status).toBe(200)
    }
    expect(proxy.connections).toBe(2)
    expect(manager.numPools).toBe(2)
  })
})

describe('a SOCKS proxy that does not agree', () => {
  const rows: readonly (readonly [
    what: string,
    scheme: string,
    options: Omit<SocksServerOptions, 'to'>,
    userinfo: string,
    kind: new (...args: never[]) => Error,
  ])[] = [
    ['refuses (5)', 'socks5h', { reply: 5 }, '', NewConnectionError],
    ['cannot reach the host', 'socks5h', { reply: 4 }, '', NewConnectionError],
    ['fails', 'socks5h', { reply: 1 }, '', NewConnectionError],
    ['does not allow it', 'socks5h', { reply: 2 }, '', ResponseError],
    ['answers an unknown code', 'socks5h', { reply: 77 }, '', NewConnectionError],
    ['refuses (4)', 'socks4', { reply: 91 }, '', NewConnectionError],
    ['refuses the identity (4)', 'socks4a', { reply: 93 }, '', ResponseError],
    ['wants a password and gets none', 'socks5h', { user: ['a', 'b'] }, '', ResponseError],
    ['does not accept the password', 'socks5h', { user: ['a', 'b'] }, 'a:s3cr3t@', ResponseError],
    [
      'is no SOCKS proxy',
      'socks5h',
      { answers: { 0: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') } },
      '',
      ProtocolError,
    ],
    [
      'chooses a method that was not offered',
      'socks5h',
      { answers: { 0: Buffer.from([5, 1]) } },
      '',
      ResponseError,
    ],
    ['closes at the greeting', 'socks5h', { answers: { 0: 'close' } }, '', ProtocolError],
    ['closes at the request', 'socks5h', { answers: { 1: 'close' } }, '', ProtocolError],
    ['resets', 'socks5h', { answers: { 1: 'reset' } }, '', Error],
    ['is silent', 'socks5h', { answers: { 0: 'silence' } }, '', ConnectTimeoutError],
    ['speaks before it is asked', 'socks5h', { behind: 'HTTP/1.1 200 OK\r\n\r\n' }, '', ProtocolError],
    [
      'names an address of no kind',
      'socks5h',
      { answers: { 1: Buffer.from([5, 0, 0, 9, 1, 1, 1, 1, 0, 0]) } },
      '',
      ProtocolError,
    ],
  ]
  for (const [what, scheme, options, userinfo, kind] of rows) {
    it(`because it ${what}: one ProxyError, nothing left, and no password shown`, async () => {
      const server = await origin()
      const proxy = await socksServer({ ...options, to: server.port })
      const url = `${scheme}://${userinfo}127.0.0.1:${proxy.port}`
      const manager = managerFor({ url }, { lookup, timeout: { connect: 1_000 } })
      const error = await rejection(manager.request('GET', 'http://origin.test/'))
      expect(error).toBeInstanceOf(ProxyError)
      expect((error as ProxyError).originalError).toBeInstanceOf(kind)
      expect(error).toMatchObject({ phase: 'proxy', sent: 'nothing' })
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('s3cr3t')
      expect(server.seen).toHaveLength(0)
      expect(proxy.connections).toBe(1)
      expectAtRest(manager)
    })
  }

  it('because it is not there: ProxyError with the precise error', async () => {
    const manager = managerFor({ url: 'socks5h://127.0.0.1:1' })
    const error = await rejection(manager.request('GET', 'http://origin.test/'))
    expect((error as ProxyError).originalError).toBeInstanceOf(NewConnectionError)
  })

  it('a name that does not resolve here is no fault of the proxy, and nothing is dialled', async () => {
    const proxy = await socksServer({ to: 1 })
    const failing: LookupFunction = (_host, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 4)
    const manager = managerFor({ url: `socks5://127.0.0.1:${proxy.port}` }, { lookup: failing })
    const error = await rejection(manager.request('GET', 'http://origin.test/'))
    expect(error).toBeInstanceOf(NameResolutionError)
    expect(proxy.connections).toBe(0)
  })

  it('a look-up that takes for ever ends with the connect time-out', async () => {
    const proxy = await socksServer({ to: 1 })
    const manager = managerFor(
      { url: `socks5://127.0.0.1:${proxy.port}` },
      { lookup: () => undefined, timeout: { connect: 100 } },
    )
    const error = await rejection(manager.request('GET', 'http://origin.test/'))
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    expectAtRest(manager)
  })

  it.each([[[]], [[null]], [undefined], [7]])(
    'a look-up that answers %j later is a typed error',
    async (answer) => {
      const proxy = await socksServer({ to: 1 })
      const manager = managerFor(
        { url: `socks5://127.0.0.1:${proxy.port}` },
        { lookup: (_name, _options, callback) => void setImmediate(callback, null, answer as never) },
      )
      const error = await rejection(manager.request('GET', 'http://origin.test/'))
      expect(error).toMatchObject({ name: 'NameResolutionError', sent: 'nothing' })
      expect(proxy.connections).toBe(0)
      expectAtRest(manager)
    },
  )

  it('SOCKS 4 is not asked for an IPv6 address', async () => {
    const { manager, proxy } = await setUp('socks4')
    const error = await rejection(manager.request('GET', 'http://[::1]/'))
    expect(error).toBeInstanceOf(ProxyError)
    expect(proxy.connections).toBe(0)
  })

  it('an abort in the middle of the handshake rejects with the reason and leaves nothing', async () => {
    const { manager, proxy } = await setUp('socks5h', { answers: { 0: 'silence' } })
    const controller = new AbortController()
    const outcome = manager
      .request('GET', 'http://origin.test/', { signal: controller.signal })
      .catch((e: unknown) => e)
    while (proxy.messages.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await outcome).toBe(reason)
    while (proxy.open.size > 0) await new Promise((resolve) => setImmediate(resolve))
    expectAtRest(manager)
  })
})
