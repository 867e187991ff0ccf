/** Flat options: who takes them, what contradicts what, and how errors speak of them. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  connectionFromUrl,
  HTTPConnectionPool,
  HTTPSConnectionPool,
  InsecureTransportError,
  PoolManager,
  ProxyManager,
  ProxySchemeUnknown,
  proxy,
  proxyFromUrl,
  Retry,
  redirect,
  retry,
  tls,
} from '../src/index.js'
import { refusal } from './support/outcome.js'

const loose = (options: object) => () => new PoolManager(options as never)

describe('an option', () => {
  it('of each plugin is taken by it, flat', () => {
    const manager = new PoolManager({
      maxSize: 3,
      certReqs: 'required',
      sslMinimumVersion: 'TLSv1.3',
      total: 7,
      budget: false,
      max: 4,
      allowDowngrade: true,
      proxy: 'http://127.0.0.1:3128',
      proxyHeaders: { 'X-Team': 'reef' },
      noProxy: ['.internal'],
    })
    expect(manager.inspect().plugins).toEqual({
      tls: { verifies: true, sessions: 0 },
      retry: { total: 7, budget: false },
      proxy: { routes: [] },
    })
  })

  it.each([
    ['the pool', () => new HTTPConnectionPool('localhost', 1, { maxSize: 0 }), 'maxSize'],
    ['tls()', () => new HTTPSConnectionPool('localhost', 1, { caCerts: '/nowhere/ca.pem' }), 'caCerts'],
    ['tls() again', loose({ certReqs: 'CERT_NONE' }), 'certReqs'],
    ['retry()', loose({ total: -1 }), 'total'],
    ['retry(), as retries', loose({ retries: -1 }), 'retries'],
    ['retry(), as text', loose({ retries: '3' }), 'retries'],
    ['retry(), inside retries', loose({ retries: { connect: 1.5 } }), 'retries.connect'],
    ['retry(), unknown inside retries', loose({ retries: { totl: 3 } }), 'retries.totl'],
    ['redirect()', loose({ max: 1.5 }), 'max'],
    ['redirect(), as redirect', loose({ redirect: -1 }), 'redirect'],
    ['redirect(), a word of fetch', loose({ redirect: 'follow' }), 'redirect'],
    ['proxy()', loose({ proxy: {}, proxyHeaders: { Connection: 'close' } }), 'proxyHeaders.connection'],
    ['proxy(), inside proxy', loose({ proxy: { headers: { Host: 'h' } } }), 'proxy.headers.host'],
    ['proxy(), for its own leg', loose({ proxy: {}, proxyTls: { caCerts: '/nowhere' } }), 'proxyTls.caCerts'],
    ['proxy(), unknown inside proxy', loose({ proxy: { uri: 'http://h' } }), 'proxy.uri'],
    ['no plugin', loose({ proxy: false }), 'proxy'],
    ['no plugin either', loose({ proxy: null }), 'proxy'],
  ])('that is not acceptable to %s is refused under the name it was given', (_, make, path) => {
    const error = refusal(make)
    expect(error.path).toBe(path)
    expect(error.message).toContain(`option ${path}: `)
    expect(error.message).not.toMatch(/tls\(\)|retry\(\)|redirect\(\)/)
    expect(error.issues[0]?.path).toBe(path)
    expect(error.message).toContain(error.issues[0]?.message)
  })

  it.each([
    ['maxsize', 'maxSize'],
    ['ca_certs', 'caCerts'],
    ['assertFingerprints', 'assertFingerprint'],
    ['retrys', 'retries'],
    ['statusForceList', 'statusForcelist'],
    ['redirects', 'redirect'],
    ['proxyHeader', 'proxyHeaders'],
    ['no_proxy', 'noProxy'],
  ])('that nobody knows, %s, is refused with what was probably meant: %s', (written, meant) => {
    const error = refusal(loose({ [written]: 1 }))
    expect(error.path).toBe(written)
    expect(error.message).toBe(`unknown manager option "${written}"; did you mean "${meant}"?`)
  })

  it('of a manager is none of a pool', () => {
    const make = () => new HTTPConnectionPool('localhost', 1, { numPools: 3 } as never)
    expect(refusal(make).message).toBe('unknown pool option "numPools"')
    expect(new PoolManager({ numPools: 3 })).toBeInstanceOf(PoolManager)
  })

  it('of a request that nobody knows is refused with what was probably meant', async () => {
    await using pool = new HTTPConnectionPool('localhost', 1)
    const call = pool.request('GET', '/', { retrie: 1 } as never)
    await expect(call).rejects.toThrow('unknown request option "retrie"; did you mean "retries"?')
  })

  it('are an object, and nothing that only looks like one', () => {
    for (const input of [new Map([['retries', 0]]), new Headers(), new Date(), [], null, 5]) {
      expect(refusal(() => new HTTPConnectionPool('h', 80, input as never)).message).toContain(
        'must be an object',
      )
      expect(refusal(() => new PoolManager(input as never)).message).toContain('must be an object')
      expect(refusal(() => new ProxyManager('http://p', input as never)).message).toContain(
        'must be an object',
      )
    }
  })

  it('of a plugin are an object as well', () => {
    for (const input of [new Map([['total', 0]]), new Headers(), new Date(), new Set()]) {
      for (const factory of [tls, retry, redirect, proxy]) {
        const error = refusal(() => factory(input as never))
        expect(error.message).toContain('must be an object, not')
        expect(error.stack).toContain('options.test')
      }
      expect(refusal(() => new PoolManager({ retries: input as never })).path).toBe('retries')
    }
  })

  it('that is inherited is no option', () => {
    const polluted = Object.create({ certReqs: 'none', retries: -1 }) as object
    expect(loose(polluted)().inspect().plugins).toMatchObject({
      tls: { verifies: true },
      retry: { total: 3 },
    })
  })

  it.each([[null], [5], ['http://localhost'], [[]]])('list that is %j is refused', (options) => {
    expect(refusal(() => new PoolManager(options as never)).message).toContain('manager options')
    expect(refusal(() => new HTTPConnectionPool('h', 1, options as never)).message).toContain('pool options')
  })

  it('of the caller is only read', () => {
    const options = Object.freeze({ retries: Object.freeze({ total: 2 }), proxy: Object.freeze({}) })
    const plugins = Object.freeze([]) as readonly []
    expect(new PoolManager({ ...options, plugins }).inspect().plugins).toHaveProperty('proxy')
  })
})

describe('two options that say the same', () => {
  it.each([
    [{ retries: 3, total: 5 }, 'total', 'retries'],
    [{ total: 5, retries: 3 }, 'retries', 'total'],
    [{ retries: { total: 3 }, total: 5 }, 'total', 'retries.total'],
    [{ retries: { backoffFactor: 3 }, backoffFactor: 3 }, 'backoffFactor', 'retries.backoffFactor'],
    [{ retries: new Retry(), policy: new Retry() }, 'policy', 'retries'],
    [{ retries: new Retry(), backoffFactor: 100 }, 'backoffFactor', 'retries'],
    [{ redirect: 5, max: 5 }, 'max', 'redirect'],
    [{ redirect: 5, retries: { redirect: 2 } }, 'retries.redirect', 'redirect'],
    [{ redirect: false, retries: { redirect: 2 } }, 'retries.redirect', 'redirect'],
    [{ max: 5, retries: { redirect: 2 } }, 'retries.redirect', 'max'],
    [
      { raiseOnRedirect: true, retries: { raiseOnRedirect: false } },
      'retries.raiseOnRedirect',
      'raiseOnRedirect',
    ],
    [{ proxy: { noProxy: 'a' }, noProxy: 'b' }, 'noProxy', 'proxy.noProxy'],
    [{ proxy: { tls: {} }, proxyTls: {} }, 'proxyTls', 'proxy.tls'],
  ])('contradict each other: %j', (options, path, other) => {
    const error = refusal(loose(options))
    expect(error.path).toBe(path)
    expect(error.message).toContain(`"${other}"`)
  })

  it('may do so where one only says more', () => {
    for (const options of [
      { retries: 5, backoffFactor: 100 },
      { retries: { total: 5 }, statusForcelist: [502] },
      { policy: new Retry({ total: 9 }), backoffFactor: 100 },
      { retries: new Retry(), budget: false, bufferBody: 10, raiseOnRedirect: false },
      { redirect: true, max: 5 },
      { redirect: false, max: 5 },
      { retries: null, total: 5 },
      { retries: 5, total: null },
      { retries: 5, total: undefined },
    ] as const) {
      expect(() => new PoolManager(options)).not.toThrow()
    }
  })
})

describe('a proxy', () => {
  it.each([
    ['proxyHeaders', {}],
    ['proxyAuth', 'Basic x'],
    ['useForwardingForHttps', true],
    ['noProxy', 'a'],
    ['proxyTls', {}],
  ])('is missed where %s is given', (name, value) => {
    const error = refusal(loose({ [name]: value }))
    expect(error.path).toBe(name)
    expect(error.message).toContain('give "proxy" too')
  })

  it('has a place of its own in a ProxyManager', () => {
    const manager = new ProxyManager('http://user:secret@127.0.0.1:3128', { noProxy: '.internal' })
    expect(manager.proxy).toBe('http://127.0.0.1:3128')
    expect(inspect(manager)).not.toContain('secret')
    expect(proxyFromUrl('socks5h://localhost').proxy).toBe('socks5h://localhost:1080')
    expect(refusal(() => proxyFromUrl('http://h', { proxy: 'http://other' } as never)).path).toBe('proxy')
    expect(refusal(() => proxyFromUrl('http://h', { proxie: 1 } as never)).message).toContain('did you mean')
    expect(refusal(() => proxyFromUrl('http://h', 5 as never)).message).toContain('manager options')
    expect(() => proxyFromUrl('localhost:3128')).toThrow(ProxySchemeUnknown)
    expect(() => new PoolManager({ proxy: 'ftp://localhost' })).toThrow(ProxySchemeUnknown)
  })
})

describe('further plugins', () => {
  it('are told when theirs is installed already', () => {
    const twice = refusal(() => new PoolManager({ plugins: [retry(5)] }))
    expect(twice.path).toBe('plugins.0')
    expect(twice.message).toContain('"retry" is installed already')
    expect(refusal(() => new PoolManager({ proxy: {}, plugins: [tls(), proxy({})] })).path).toBe('plugins.0')
    expect(new PoolManager({ plugins: [proxy({})] }).inspect().plugins).toHaveProperty('proxy')
  })

  it('are plugins, in a list', () => {
    expect(refusal(loose({ plugins: [retry] })).message).toContain('plugins.0: is not a plugin but a factory')
    expect(refusal(loose({ plugins: [null] })).path).toBe('plugins.0')
    expect(refusal(loose({ plugins: 5 })).path).toBe('plugins')
    expect(refusal(loose({ plugins: [{}] })).path).toMatch(/plugins/)
  })
})

describe('a pool', () => {
  it('has the class and scheme of its name', () => {
    const pools = [new HTTPConnectionPool('LOCALHOST'), new HTTPSConnectionPool('localhost')]
    expect(pools.map(String)).toEqual([
      'HTTPConnectionPool(host=localhost, port=80)',
      'HTTPSConnectionPool(host=localhost, port=443)',
    ])
    expect(pools.map(({ scheme }) => scheme)).toEqual(['http', 'https'])
    expect(pools[1]).toBeInstanceOf(HTTPConnectionPool)
  })

  it('is what a URL asks for', () => {
    expect(connectionFromUrl('https://example.com/path')).toBeInstanceOf(HTTPSConnectionPool)
    expect(connectionFromUrl('http://example.com')).not.toBeInstanceOf(HTTPSConnectionPool)
    expect(connectionFromUrl('http://[::1]:8080').toString()).toBe('HTTPConnectionPool(host=::1, port=8080)')
    expect(() => connectionFromUrl('ftp://example.com')).toThrow(/ftp/)
    expect(() => new HTTPSConnectionPool('example.com', 443, {})).not.toThrow(InsecureTransportError)
  })
})
