/** What the compiler knows of flat options and of the requests they lead to. */
import { definePlugin } from '@rockpool/core/plugin'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  connectionFromUrl,
  fromEnvironment,
  getDefaultManager,
  HTTPConnectionPool,
  type HTTPResponse,
  HTTPSConnectionPool,
  makeHeaders,
  PoolManager,
  type PoolOptions,
  ProxyManager,
  proxy,
  proxyFromUrl,
  Retry,
  request,
  setDefaultManager,
} from '../../src/index.js'

const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string() }),
  requestOptions: { anonymous: z.boolean().optional() },
  apply: () => undefined,
})

it('every plugin has its options, flat', () => {
  new HTTPSConnectionPool('h', 443, { caCerts: ['a.pem'], pins: { h: 'sha256/…' }, certReqs: 'none' })
  new PoolManager({ total: 3, backoffFactor: 100, budget: false, policy: new Retry(), numPools: 5 })
  new PoolManager({ retries: { total: 3, statusForcelist: [502] }, max: 3, redirect: false })
  new PoolManager({ retries: new Retry(), allowDowngrade: true, removeHeadersOnRedirect: [] })
  new PoolManager({ proxy: fromEnvironment(), proxyHeaders: { 'X-A': 1 }, proxyTls: { caCerts: 'a' } })
  new PoolManager({ proxy: { url: 'http://h', auth: 'Basic x' }, noProxy: ['a'] })
  new PoolManager({ proxy: { url: (target) => (target === 'http://h' ? undefined : new URL('http://p')) } })
  // @ts-expect-error a slip
  new PoolManager({ caCert: 'a.pem' })
  // @ts-expect-error as Python has it
  new HTTPConnectionPool('h', 80, { max_size: 3 })
  // @ts-expect-error no number of retries
  new PoolManager({ retries: '3' })
  // @ts-expect-error a word of fetch
  new PoolManager({ redirect: 'follow' })
  // @ts-expect-error a slip inside
  new PoolManager({ retries: { totl: 3 } })
  // @ts-expect-error a slip inside
  new PoolManager({ proxy: { uri: 'http://h' } })
  // @ts-expect-error a slip beside what is right
  new PoolManager({ proxy: { url: 'http://h', header: {} } })
  // @ts-expect-error the number of pools is a manager's
  new HTTPConnectionPool('h', 80, { numPools: 3 })
  // @ts-expect-error its proxy is the first argument
  new ProxyManager('http://h', { proxy: 'http://h' })
})

it('requests have the options of what is always installed', () => {
  const pool = connectionFromUrl('http://h')
  expectTypeOf(pool.request('GET', '/')).toEqualTypeOf<Promise<HTTPResponse>>()
  void pool.request('GET', '/', { retries: 3, redirect: false, json: {}, timeout: 5 })
  void pool.urlopen('GET', '/', { retries: new Retry(), redirect: 3, body: 'x' })
  void request('GET', 'http://h', {
    retries: false,
    proxy: 'http://h',
    headers: makeHeaders({ userAgent: 'a' }),
  })
  void getDefaultManager().request('GET', 'http://h', { retries: { total: 1 } })
  // @ts-expect-error a slip
  void pool.request('GET', '/', { retry: 3 })
  // @ts-expect-error urlopen knows no json
  void pool.urlopen('GET', '/', { json: {} })
  // @ts-expect-error a slip
  void request('GET', 'http://h', { redirects: 3 })
  // @ts-expect-error a slip
  makeHeaders({ agent: 'a' })
})

it('requests can name a proxy', () => {
  void new PoolManager({ proxy: {} }).request('GET', 'http://h', { proxy: 'http://p' })
  void new ProxyManager('http://h').request('GET', 'http://h', { proxy: false, retries: 3 })
  void proxyFromUrl('http://h').urlopen('GET', 'http://h', { proxy: new URL('http://p') })
  void new PoolManager({ plugins: [proxy({})] }).request('GET', 'http://h', { proxy: false })
  // @ts-expect-error no proxy is true
  void new PoolManager({ proxy: {} }).request('GET', 'http://h', { proxy: true })
})

it('requests have the options of further plugins', () => {
  const pool = new HTTPSConnectionPool('h', 443, { plugins: [bearer({ token: 't' })], retries: 3 })
  void pool.request('GET', '/', { anonymous: true, retries: 1 })
  const manager = new ProxyManager('http://h', { plugins: [bearer({ token: 't' })] })
  void manager.request('GET', 'http://h', { anonymous: true, proxy: false })
  // @ts-expect-error not installed
  void new HTTPConnectionPool('h').request('GET', '/', { anonymous: true })
  // @ts-expect-error of another type
  void pool.request('GET', '/', { anonymous: 'yes' })
})

it('pools go where a pool is wanted', () => {
  const plain: HTTPConnectionPool = connectionFromUrl('http://h', { proxy: 'http://p' })
  const manager: PoolManager = new ProxyManager('http://h', { plugins: [bearer({ token: 't' })] })
  setDefaultManager(manager)
  setDefaultManager(undefined)
  expectTypeOf(plain.request).toBeFunction()
  const options: PoolOptions<readonly []> = { proxy: 'http://h', retries: 3 }
  void connectionFromUrl('http://h', options).request('GET', '/', { proxy: false })
})

it('a URL may stand for its text', () => {
  const url = new URL('http://h/')
  expectTypeOf(request('GET', url)).toEqualTypeOf<Promise<HTTPResponse>>()
  expectTypeOf(connectionFromUrl(url).request('GET', url)).toEqualTypeOf<Promise<HTTPResponse>>()
  expectTypeOf(new PoolManager().urlopen('GET', url)).toEqualTypeOf<Promise<HTTPResponse>>()
  expectTypeOf(connectionFromUrl(url).isSameHost(url)).toEqualTypeOf<boolean>()
  // @ts-expect-error a Request is no URL
  request('GET', new Request('http://h/'))
})
