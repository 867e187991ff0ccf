/** Proxies composed with TLS, redirects and retries; from an option, from the environment, from a request. */
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  connectionFromUrl,
  fromEnvironment,
  makeHeaders,
  PoolManager,
  ProxyManager,
  proxyFromUrl,
} from '../src/index.js'
import { rejection } from './support/outcome.js'
import { authority, countdown, failing, origin, proxyServer, secureOrigin } from './support/servers.js'

const trust = { caCertData: authority.cert }
const basic = 'Basic dXNlcjpzZWNyZXQ='

function environment(variables: Readonly<Record<string, string>>): void {
  const names = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ])
  const before = names.map((name) => [name, process.env[name]] as const)
  for (const name of names) delete process.env[name]
  Object.assign(process.env, variables)
  onTestFinished(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}

describe('a proxy', () => {
  it('forwards http and tunnels https, with what is for the proxy alone', async () => {
    const [proxy, plain, secure] = await Promise.all([proxyServer(), origin(), secureOrigin()])
    const url = proxy.url.replace('//', '//user:secret@')
    await using manager = new ProxyManager(url, { ...trust, proxyHeaders: { 'X-Team': 'reef' } })
    const forwarded = await manager.request('GET', `${plain.url}/a`)
    expect(forwarded.headers.get('x-forwarded')).toBe('yes')
    expect(await (await manager.request('GET', `${secure.url}/b`)).text()).toBe('GET /b')
    expect(proxy.seen.map(({ method, target }) => [method, target])).toEqual([
      ['GET', `${plain.url}/a`],
      ['CONNECT', `localhost:${secure.port}`],
    ])
    for (const { headers } of proxy.seen) {
      expect(headers).toMatchObject({ 'proxy-authorization': basic, 'x-team': 'reef' })
    }
    expect(secure.seen[0]?.headers).not.toHaveProperty('x-team')
    expect(secure.seen[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  it('serves pools, redirects and retries', async () => {
    const [proxy, moved, busy] = await Promise.all([proxyServer(), origin(countdown), origin(failing(1))])
    await using pool = connectionFromUrl(moved.url, { proxy: proxy.url, redirect: 2 })
    expect((await pool.request('GET', '/2')).status).toBe(200)
    expect(proxy.seen).toHaveLength(3)
    await using manager = proxyFromUrl(new URL(proxy.url), { retries: { total: 0 }, statusForcelist: [503] })
    expect(await rejection(manager.request('GET', busy.url))).toMatchObject({ code: 'ERR_MAX_RETRY' })
    expect(proxy.seen).toHaveLength(4)
  })

  it('is gone round where told so', async () => {
    const [proxy, plain] = await Promise.all([proxyServer(), origin()])
    await using manager = new PoolManager({ proxy: { url: proxy.url, noProxy: '127.0.0.0/8' } })
    await manager.request('GET', plain.url)
    await using flat = new PoolManager({ proxy: proxy.url, noProxy: '127.0.0.1' })
    await flat.request('GET', plain.url)
    await using asked = new PoolManager({ proxy: proxy.url })
    await asked.request('GET', plain.url, { proxy: false })
    expect([proxy.seen.length, plain.seen.length]).toEqual([0, 3])
  })

  it('may be named by a request, where proxies are installed', async () => {
    const [proxy, plain] = await Promise.all([proxyServer(), origin()])
    await using manager = new PoolManager({ proxy: {} })
    await manager.request('GET', plain.url)
    expect(proxy.seen).toHaveLength(0)
    await manager.request('GET', plain.url, { proxy: proxy.url })
    expect(proxy.seen).toHaveLength(1)
    await using without = new PoolManager()
    const options = { proxy: proxy.url }
    expect(await rejection(without.request('GET', plain.url, options))).toMatchObject({ path: 'proxy' })
  })

  it('comes from the environment', async () => {
    const [proxy, plain, secure] = await Promise.all([proxyServer(), origin(), secureOrigin()])
    environment({ http_proxy: proxy.url, HTTPS_PROXY: proxy.url, no_proxy: 'example.com' })
    await using manager = new PoolManager({ ...trust, proxy: fromEnvironment() })
    await manager.request('GET', plain.url)
    await manager.request('GET', secure.url)
    expect(proxy.seen.map(({ method }) => method)).toEqual(['GET', 'CONNECT'])
    await using deaf = new PoolManager(trust)
    await deaf.request('GET', plain.url)
    expect(proxy.seen).toHaveLength(2)
  })

  it('is chosen by a function, and told who asks', async () => {
    const [proxy, plain] = await Promise.all([proxyServer(), origin()])
    const asked: string[] = []
    await using manager = new PoolManager({
      proxy: {
        url: (target) => {
          asked.push(target)
          return proxy.url
        },
      },
      proxyAuth: { username: 'user', password: 'secret' },
    })
    await manager.request('GET', plain.url)
    expect(asked[0]).toBe(plain.url)
    expect(proxy.seen[0]?.headers['proxy-authorization']).toBe(basic)
    const proxyHeaders = makeHeaders({ proxyBasicAuth: 'user:secret' })
    await using old = new ProxyManager(proxy.url, { proxyHeaders })
    await old.request('GET', plain.url)
    expect(proxy.seen[1]?.headers['proxy-authorization']).toBe(basic)
    expect(plain.seen[1]?.headers).not.toHaveProperty('proxy-authorization')
  })
})
