import { inspect } from 'node:util'
import { HTTPError, OptionsError, PoolManager, ProxySchemeUnknown } from '@rockpool/core'
import { definePlugin } from '@rockpool/core/plugin'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromEnvironment, type ProxyOptions, proxy } from '../src/index.js'
import { proxyOptionsSchema } from '../src/options.js'
import { managerFor, rejection } from './support/calls.js'
import { origin } from './support/origin.js'
import { proxyServer } from './support/proxy-server.js'

function thrown(work: () => unknown): HTTPError {
  try {
    work()
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the options of proxy()', () => {
  for (const [options, path] of [
    [{ url: 5 }, 'url'],
    [{ uri: 'http://p' }, 'uri'],
    [{ url: 'http://p', headers: 'x' }, 'headers'],
    [{ url: 'http://p', headers: { Host: 'x' } }, 'headers.host'],
    [{ url: 'http://p', auth: 5 }, 'auth'],
    [{ url: 'http://p', auth: '' }, 'auth'],
    [{ url: 'http://p', auth: { username: 'u' } }, 'auth'],
    [{ url: 'http://p', auth: { username: 'a:b', password: 's3cr3t' } }, 'credentials'],
    [{ url: 'http://p', auth: 'Bearer a\r\nb' }, 'headers.proxy-authorization'],
    [{ url: 'http://p', useForwardingForHttps: 'yes' }, 'useForwardingForHttps'],
    [{ url: 'http://p', noProxy: '10.0.0.0/64' }, 'noProxy'],
    [{ url: 'http://p', noProxy: [5] }, 'noProxy'],
    [{ url: 'https://p', tls: { caCerts: '/nowhere/ca.pem' } }, 'tls.caCerts'],
    [{ url: 'https://p', tls: { ca: 'x' } }, 'tls.ca'],
  ] as const) {
    it(`${JSON.stringify(options)} is refused at "${path}"`, () => {
      const error = thrown(() => proxy(options as unknown as ProxyOptions))
      expect(error).toBeInstanceOf(OptionsError)
      expect((error as OptionsError).path).toContain(path.split('.')[0])
    })
  }

  it('are checked at the line that makes the plugin, and no password is quoted', () => {
    for (const options of [
      { url: 'ftp://user:s3cr3t@p' },
      { url: 'user:s3cr3t@p' },
      { url: 'http://user:s3cr3t@p/path' },
      { url: 'http://user:s3cr3t@p:99999' },
      { url: 'http://user:s3cr3t@p', bogus: 1 },
      { url: 'http://user:s3cr3t@p', auth: { username: 'a', password: 's3cr3t' } },
      { auth: { username: 's3cr3t:', password: 's3cr3t' } },
      { auth: { username: 'a', password: 's3cr3t\n' } },
      { url: `socks5://user:s3cr3t${'x'.repeat(300)}@p` },
    ]) {
      const error = thrown(() => proxy(options as ProxyOptions))
      expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain('s3cr3t')
    }
    expect(thrown(() => proxy({ url: 'ftp://p' }))).toBeInstanceOf(ProxySchemeUnknown)
    expect(thrown(() => proxy({ url: 'localhost:8080' }))).toBeInstanceOf(ProxySchemeUnknown)
  })

  it('may be left out: only requests that name a proxy use one', async () => {
    const server = await origin()
    const other = await proxyServer()
    const manager = new PoolManager({ plugins: [proxy()] })
    onTestFinished(() => manager.close())
    await manager.request('GET', server.url)
    await manager.request('GET', server.url, { proxy: other.url })
    await manager.request('GET', server.url, { proxy: new URL(other.url) })
    expect(other.seen).toHaveLength(2)
    expect(server.seen).toHaveLength(3)
  })

  it('url as a function chooses for every request', async () => {
    const server = await origin()
    const first = await proxyServer()
    const second = await proxyServer()
    const asked: string[] = []
    const answers = [first.url, new URL(second.url), undefined]
    const manager = managerFor({
      url: (target) => {
        asked.push(target)
        return answers[asked.length - 1]
      },
    })
    for (const _ of answers) await manager.request('GET', `${server.url}/x`)
    expect(asked).toEqual([server.url, server.url, server.url])
    expect([first.seen.length, second.seen.length]).toEqual([1, 1])
    expect(server.seen).toHaveLength(3)
  })

  it('a function that fails, or chooses what is no proxy, is a PluginError: nothing goes out directly', async () => {
    const server = await origin()
    for (const url of [
      () => {
        throw new Error('no idea')
      },
      () => 'ftp://p',
      () => `socks5://${'u'.repeat(300)}@p`,
    ]) {
      const error = await rejection(managerFor({ url }).request('GET', server.url))
      expect(error.code).toBe('ERR_PLUGIN')
    }
    expect(server.seen).toHaveLength(0)
  })

  it('the option of a request is checked, and its password not quoted', async () => {
    const server = await origin()
    const manager = managerFor()
    for (const [value, code] of [
      ['ftp://u:s3cr3t@p', 'ERR_PROXY_SCHEME_UNKNOWN'],
      ['p:8080', 'ERR_PROXY_SCHEME_UNKNOWN'],
      ['http://u:s3cr3t@', 'ERR_LOCATION_VALUE'],
      [5, 'ERR_OPTIONS'],
      [null, 'ERR_OPTIONS'],
      [true, 'ERR_OPTIONS'],
    ] as const) {
      const error = await rejection(manager.request('GET', server.url, { proxy: value as never }))
      expect(error.code).toBe(code)
      expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t')
    }
    expect(server.seen).toHaveLength(0)
  })

  it('of the environment hold for every kind of host', () => {
    const { url } = fromEnvironment()
    for (const target of [
      'http://[fe80::1%25eth0]:8080',
      'https://a.test.',
      'http://[::1]',
      'http://1.2.3.4',
    ]) {
      expect(() => url(target)).not.toThrow()
    }
  })
})

describe('a polluted Object.prototype', () => {
  it('names no proxy', () => {
    try {
      Object.assign(Object.prototype, { url: 'http://evil.test', useForwardingForHttps: true })
      // As core hands it over.
      expect(proxyOptionsSchema.parse(Object.create(null))).toMatchObject({
        url: undefined,
        useForwardingForHttps: false,
      })
    } finally {
      for (const name of ['url', 'useForwardingForHttps']) Reflect.deleteProperty(Object.prototype, name)
    }
  })
})

it('a plugin that replaces the partition cannot take a request off its proxy', async () => {
  const server = await origin()
  const careless = definePlugin({
    name: 'careless',
    apply({ hooks }) {
      hooks.onRequest.tap('careless', (context) => {
        context.partition = 'mine'
      })
    },
  })
  const manager = new PoolManager({ plugins: [proxy({ url: 'socks5h://127.0.0.1:1' }), careless()] })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  const error = await rejection(manager.request('GET', server.url))
  expect(error).toMatchObject({ name: 'PluginError', plugin: 'careless', hook: 'onRequest' })
  expect(server.seen).toHaveLength(0)
})
