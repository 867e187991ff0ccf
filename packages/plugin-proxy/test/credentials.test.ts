import { inspect } from 'node:util'
import { OptionsError, PoolManager, ProxyError } from '@rockpool/core'
import { redirect } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ProxyAuthRequest, proxy } from '../src/index.js'
import { authority, expectAtRest, managerFor, rejection, trust } from './support/calls.js'
import { field, origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'

const SECRET = 's3cr3t@x#?/'
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
const withUser = (url: string, user = 'user', password = SECRET): string =>
  url.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`)

describe('credentials in the URL of the proxy', () => {
  it('become Proxy-Authorization: in CONNECT for https, in the request for http', async () => {
    const plain = await origin()
    const secure = await origin(undefined, authority)
    const server = await proxyServer({ admit: (value) => value === basic('user', SECRET) })
    const manager = managerFor({ url: withUser(server.url) })
    expect((await manager.request('GET', plain.url)).status).toBe(200)
    expect((await manager.request('GET', secure.url)).status).toBe(200)
    expect(server.seen.map((each) => field(each, 'proxy-authorization'))).toEqual([
      basic('user', SECRET),
      basic('user', SECRET),
    ])
    expect(field(secure.seen[0], 'proxy-authorization')).toBeUndefined()
  })

  it('are the same as auth with a name and a password', async () => {
    const plain = await origin()
    const server = await proxyServer({ admit: (value) => value === basic('user', SECRET) })
    const manager = managerFor({ url: server.url, auth: { username: 'user', password: SECRET } })
    expect((await manager.request('GET', plain.url)).status).toBe(200)
  })

  it('auth as text is the whole value', async () => {
    const plain = await origin()
    const server = await proxyServer({ admit: (value) => value === 'Bearer abc' })
    const manager = managerFor({ url: server.url, auth: 'Bearer abc' })
    expect((await manager.request('GET', plain.url)).status).toBe(200)
  })

  it('given twice are refused where the plugin is made', () => {
    const auth = { username: 'a', password: 'b' }
    expect(() => proxy({ url: 'http://u:p@h', auth })).toThrow(OptionsError)
    expect(() => proxy({ url: 'http://u:p@h', headers: { 'Proxy-Authorization': 'x' } })).toThrow(
      OptionsError,
    )
    expect(() => proxy({ url: 'http://h', auth, headers: { 'Proxy-Authorization': 'x' } })).toThrow(
      OptionsError,
    )
    expect(() => proxy({ url: 'socks5://h', auth: 'Bearer x' })).toThrow(OptionsError)
  })
})

describe('a 407', () => {
  for (const kind of ['http', 'https'] as const) {
    it(`without credentials is a ProxyError that shows the scheme asked for (${kind})`, async () => {
      const target = await origin(undefined, kind === 'https' ? authority : undefined)
      const server = await proxyServer({
        admit: () => false,
        challenge: 'Digest realm="a, b", nonce="x", Basic realm="c"',
      })
      const manager = managerFor({ url: server.url })
      const error = await rejection(manager.request('GET', target.url))
      expect(error).toBeInstanceOf(ProxyError)
      expect(error).toMatchObject({ code: 'ERR_PROXY', status: 407, phase: 'proxy' })
      expect(error.message).toContain('it asks for credentials (Digest, Basic)')
      expect((error as ProxyError).headers?.get('proxy-authenticate')).toContain('Digest')
      expect(server.seen).toHaveLength(1)
      expect(target.seen).toHaveLength(0)
      expectAtRest(manager)
    })

    it(`with credentials that are not accepted is not tried again (${kind})`, async () => {
      const target = await origin(undefined, kind === 'https' ? authority : undefined)
      const server = await proxyServer({ admit: () => false })
      const manager = managerFor({ url: withUser(server.url) })
      const error = await rejection(manager.request('GET', target.url))
      expect(error).toBeInstanceOf(ProxyError)
      expect(error.message).toContain('did not accept the credentials')
      expect(server.seen).toHaveLength(1)
      expect(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack).not.toContain('s3cr3t')
      expectAtRest(manager)
    })

    it(`is answered once by a function that makes the credentials (${kind})`, async () => {
      const target = await origin(undefined, kind === 'https' ? authority : undefined)
      const server = await proxyServer({
        admit: (value) => value === 'Own nonce-1',
        challenge: 'Own nonce="1"',
      })
      const asked: ProxyAuthRequest[] = []
      const manager = managerFor({
        url: server.url,
        auth: async (request) => {
          asked.push(request)
          return request.challenges.length === 0 ? undefined : 'Own nonce-1'
        },
      })
      const response = await manager.request('GET', `${target.url}/a`)
      expect(await response.text()).toBe('GET /a')
      const uri = kind === 'https' ? `localhost:${target.port}` : `${target.url}/a`
      const method = kind === 'https' ? 'CONNECT' : 'GET'
      expect(asked).toEqual([
        { proxy: server.url, method, target: uri, challenges: [] },
        { proxy: server.url, method, target: uri, challenges: ['Own nonce="1"'] },
      ])
      expect(server.seen.map((each) => field(each, 'proxy-authorization'))).toEqual([
        undefined,
        'Own nonce-1',
      ])
      expectAtRest(manager)
    })

    it(`to a function's second answer is an error (${kind})`, async () => {
      const target = await origin(undefined, kind === 'https' ? authority : undefined)
      const server = await proxyServer({ admit: () => false, challenge: 'Own' })
      const manager = managerFor({ url: server.url, auth: ({ challenges }) => `Own ${challenges.length}` })
      const error = await rejection(manager.request('GET', target.url))
      expect(error).toMatchObject({ name: 'ProxyError', status: 407 })
      expect(server.seen).toHaveLength(2)
      expectAtRest(manager)
    })
  }

  it("of an origin behind a tunnel is the origin's answer", async () => {
    const target = await origin((_request, response) => {
      response.writeHead(407)
      response.end('odd')
    }, authority)
    const server = await proxyServer()
    const manager = managerFor({ url: server.url })
    expect((await manager.request('GET', target.url)).status).toBe(407)
  })
})

describe('a function that makes credentials', () => {
  const failing: readonly (readonly [what: string, auth: () => Promise<string>])[] = [
    ['throws', () => Promise.reject(new Error('no ticket'))],
    ['makes what no field can hold', () => Promise.resolve('a\r\nb: s3cr3t')],
    ['never answers', () => new Promise<string>(() => undefined)],
  ]
  for (const [what, auth] of failing) {
    it(`and ${what} fails the tunnel with a ProxyError before anything is sent`, async () => {
      const server = await proxyServer()
      const manager = managerFor({ url: server.url, auth }, { timeout: { connect: 1_000 } })
      const error = await rejection(manager.request('GET', 'https://origin.test/'))
      expect(error).toBeInstanceOf(ProxyError)
      expect(error.message).toContain('no credentials were made')
      expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t')
      expect(server.seen).toHaveLength(0)
      expectAtRest(manager)
    })
  }
})

describe('what is meant for a proxy', () => {
  it('is not sent to a proxy that a request names, nor to an origin', async () => {
    const plain = await origin()
    const own = await proxyServer()
    const other = await proxyServer()
    const manager = managerFor({
      url: own.url,
      auth: { username: 'user', password: SECRET },
      headers: { 'X-Proxy': 'secret' },
    })
    await manager.request('GET', plain.url)
    await manager.request('GET', plain.url, { proxy: other.url })
    await manager.request('GET', plain.url, { proxy: own.url })
    await manager.request('GET', plain.url, { proxy: false })
    expect(own.seen.map((each) => field(each, 'x-proxy'))).toEqual(['secret', 'secret'])
    expect(own.seen.map((each) => field(each, 'proxy-authorization'))).toEqual(
      Array(2).fill(basic('user', SECRET)),
    )
    expect(field(other.seen[0], 'x-proxy')).toBeUndefined()
    expect(field(other.seen[0], 'proxy-authorization')).toBeUndefined()
    expect(field(plain.seen[3], 'x-proxy')).toBeUndefined()
  })

  it('Proxy-Authorization of a request is kept from origins and tunnels', async () => {
    const plain = await origin()
    const secure = await origin(undefined, authority)
    const server = await proxyServer()
    const manager = managerFor({ url: server.url })
    const headers = { 'pRoXy-AuThOrIzAtIoN': 'Bearer own' }
    await manager.request('GET', secure.url, { headers })
    await manager.request('GET', plain.url, { headers, proxy: false })
    await manager.request('GET', plain.url, { headers })
    expect(field(secure.seen[0], 'proxy-authorization')).toBeUndefined()
    expect(field(plain.seen[0], 'proxy-authorization')).toBeUndefined()
    expect(server.seen.map((each) => field(each, 'proxy-authorization'))).toEqual([undefined, 'Bearer own'])
  })

  it('does not follow a redirect from a forwarded origin to a tunnelled or a direct one', async () => {
    const secure = await origin(undefined, authority)
    const direct = await origin()
    const location = { to: '' }
    const plain = await origin((_request, response) => {
      response.writeHead(302, { Location: location.to })
      response.end()
    })
    const server = await proxyServer()
    const plugins = [
      tls(trust),
      redirect(),
      proxy({
        url: withUser(server.url),
        headers: { 'X-Proxy': 'secret' },
        noProxy: `127.0.0.1:${direct.port}`,
      }),
    ] as const
    const manager = new PoolManager({ plugins })
    onTestFinished(() => manager.close({ graceMs: 1 }))
    for (const target of [secure, direct]) {
      location.to = `${target.url}/end`
      const response = await manager.request('GET', `${plain.url}/start`, {
        headers: { Authorization: 'Bearer o' },
      })
      expect(await response.text()).toBe('GET /end')
      for (const name of ['proxy-authorization', 'x-proxy', 'authorization']) {
        expect(field(target.seen[0], name)).toBeUndefined()
      }
      expect(field(target.seen[0], 'host')).toBe(new URL(target.url).host)
    }
    expect(server.seen.map(({ method }) => method)).toEqual(['GET', 'CONNECT', 'GET'])
    expect(field(server.seen[1], 'authorization')).toBeUndefined()
    expect(field(server.seen[1], 'proxy-authorization')).toBe(basic('user', SECRET))
  })

  for (const name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'Connection',
    'Upgrade',
    'TE',
    'Expect',
  ]) {
    it(`cannot be ${name}`, () => {
      expect(() => proxy({ url: 'http://p', headers: { [name]: '1' } })).toThrow(OptionsError)
    })
  }

  for (const headers of [
    { 'X-A': 'a\r\nB: c' },
    { 'X-A': 'a\nB: c' },
    { 'X-A': 'a\0' },
    { 'X-A\r\nB': 'c' },
    { 'X A': 'c' },
    { 'X-A:': 'c' },
    { ' X-A': 'c' },
    { '': 'c' },
    { 'X-A': ['a', 'b'] },
    { 'X-A': '\u0100' },
  ]) {
    it(`cannot be ${JSON.stringify(headers)}`, () => {
      expect(() => proxy({ url: 'http://p', headers })).toThrow(OptionsError)
    })
  }

  it('is shown by no inspection', async () => {
    const plain = await origin()
    const server = await proxyServer()
    const manager = managerFor({ url: withUser(server.url), headers: { 'X-Proxy': 'hush' } })
    const seen: string[] = []
    const show = (value: unknown): void => void seen.push(inspect(value, { depth: 12, showHidden: true }))
    manager.hooks.onRequest.tap('spy', ({ exchange, options, partition }) =>
      show([exchange.options, options, partition]),
    )
    manager.hooks.onSettle.tap('spy', (exchange) => show([exchange.options, exchange.error]))
    await manager.request('GET', plain.url)
    await manager.request('GET', plain.url, { proxy: withUser(server.url, 'other') })
    server.server.close()
    for (const socket of server.open) socket.destroy()
    const error = await rejection(manager.request('GET', plain.url))
    show([manager.inspect(), error, manager])
    const all = seen.join('\n') + JSON.stringify([manager.inspect(), error])
    expect(all).toContain(server.url)
    expect(all).not.toMatch(/s3cr3t|czNjcjN0|hush|other:/)
    expect(all).not.toContain(basic('user', SECRET).slice(6))
  })
})
