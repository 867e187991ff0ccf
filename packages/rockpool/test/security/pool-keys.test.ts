/**
 * Which requests of one client may share a connection: those that agree in everything that makes a connection what it is.
 * Each difference is tried on the wire, with the connections counted by the server, and the keys themselves by property.
 */

import type { LookupFunction } from 'node:net'
import { definePlugin, type RequestContext } from '@rockpool/core/plugin'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ManagerOptions, PoolManager, type RequestOptions } from '../../src/index.js'
import { authority, origin, proxyServer, secureOrigin, type TestServer } from '../support/servers.js'

const lookup: LookupFunction = (_, options, answer) => {
  if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }])
  else answer(null, '127.0.0.1', 4)
}

type Call = readonly [url: string, options?: RequestOptions]

/** Connections that `server` got from the two calls, one after the other, on one client. */
async function opened(
  server: TestServer,
  first: Call,
  second: Call,
  options: ManagerOptions<readonly []> = {},
): Promise<number> {
  const manager = new PoolManager({ lookup, caCertData: authority.cert, ...options })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  const before = server.accepted()
  for (const [url, request] of [first, second]) await manager.request('GET', url, request)
  return server.accepted() - before
}

describe('two spellings of one origin share a connection', () => {
  const same: ((port: number) => [string, string])[] = [
    (port) => [`http://127.0.0.1:${port}/`, `http://127.0.0.1:${port}/other?q#f`],
    (port) => [`http://A.Test:${port}/`, `HTTP://a.tEST:${port}/`],
    (port) => [`http://127.0.0.1:${port}/`, `http://0x7f.1:${port}/`],
    (port) => [`http://127.0.0.1:${port}/`, `http://2130706433:${port}/`],
    (port) => [`http://stra\u00dfe.test:${port}/`, `http://xn--strae-oqa.test:${port}/`],
    (port) => [`http://ex\u3002test:${port}/`, `http://ex.test:${port}/`],
    (port) => [`http://u:p@a.test:${port}/`, `http://other:q@a.test:${port}/`],
  ]
  it.each(same.map((pair) => [pair(1).join(' and '), pair] as const))('%s', async (_, pair) => {
    const server = await origin()
    const [first, second] = pair(server.port)
    expect(await opened(server, [first], [second])).toBe(1)
  })
})

describe('another origin has a connection of its own', () => {
  const different: ((port: number) => [string, string])[] = [
    (port) => [`http://a.test:${port}/`, `http://b.test:${port}/`],
    (port) => [`http://a.test:${port}/`, `http://a.test.:${port}/`],
    (port) => [`http://a.test:${port}/`, `http://www.a.test:${port}/`],
    (port) => [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`],
    (port) => [`http://127.0.0.1:${port}/`, `http://127.0.0.2:${port}/`],
  ]
  it.each(different.map((pair) => [pair(1).join(' and '), pair] as const))('%s', async (_, pair) => {
    const server = await origin()
    const [first, second] = pair(server.port).map((url) => url.replace('127.0.0.2', 'c.test')) as [
      string,
      string,
    ]
    expect(await opened(server, [first], [second])).toBe(2)
  })

  it('https and http of one host and port', async () => {
    const secure = await secureOrigin()
    const manager = new PoolManager({ caCertData: authority.cert, retries: false })
    onTestFinished(() => manager.close({ graceMs: 1 }))
    await manager.request('GET', secure.url)
    await expect(manager.request('GET', secure.url.replace('https', 'http'))).rejects.toThrow()
    expect(secure.accepted()).toBe(2)
  })
})

describe('through proxies', () => {
  const withUser = (url: string, user: string): string => url.replace('//', `//${user}@`)
  const differences: Record<string, (url: string, other: string) => [RequestOptions, RequestOptions]> = {
    'another proxy': (url, other) => [{ proxy: url }, { proxy: other }],
    'no proxy': (url) => [{ proxy: url }, { proxy: false }],
    'another user': (url) => [{ proxy: withUser(url, 'a:p') }, { proxy: withUser(url, 'b:p') }],
    'another password': (url) => [{ proxy: withUser(url, 'a:p') }, { proxy: withUser(url, 'a:q') }],
    'a password in another case': (url) => [{ proxy: withUser(url, 'a:p') }, { proxy: withUser(url, 'a:P') }],
    'a user that looks like user and password': (url) => [
      { proxy: withUser(url, 'a:b:c') },
      { proxy: withUser(url, 'a%3Ab:c') },
    ],
    'no credentials': (url) => [{ proxy: withUser(url, 'a:p') }, { proxy: url }],
  }
  for (const kind of ['http', 'https'] as const) {
    it.each(Object.keys(differences))(`${kind} shares nothing with %s`, async (what) => {
      const [first, second, target] = await Promise.all([
        proxyServer(),
        proxyServer(),
        kind === 'http' ? origin() : secureOrigin(),
      ])
      const pair = (differences[what] as (typeof differences)[string])(first.url, second.url)
      // A name with a colon in it cannot be sent as Basic; whoever gives one is told so.
      const refused = what === 'a user that looks like user and password'
      const manager = new PoolManager({ caCertData: authority.cert, proxy: {}, retries: false })
      onTestFinished(() => manager.close({ graceMs: 1 }))
      await manager.request('GET', target.url, pair[0])
      const call = manager.request('GET', target.url, pair[1])
      if (refused) await expect(call).rejects.toThrow()
      else await call
      expect(manager.inspect().pools).toHaveLength(refused ? 1 : 2)
      if (kind === 'http') return
      await manager.request('GET', target.url, pair[0])
      expect(manager.numConnections).toBe(refused ? 1 : 2)
    })
  }

  it('two origins behind one proxy answer for themselves', async () => {
    const named = (name: string) => (_: unknown, response: { end(text: string): unknown }) =>
      void response.end(name)
    const [proxy, one, two] = await Promise.all([
      proxyServer(),
      secureOrigin(named('one')),
      secureOrigin(named('two')),
    ])
    await using manager = new PoolManager({ caCertData: authority.cert, proxy: proxy.url })
    for (let round = 0; round < 3; round += 1) {
      expect(await (await manager.request('GET', one.url)).text()).toBe('one')
      expect(await (await manager.request('GET', two.url)).text()).toBe('two')
    }
    expect(proxy.seen).toHaveLength(2)
  })
})

/** A plugin whose connections belong to a user, as those of NTLM and Negotiate do. */
const bound = definePlugin({
  name: 'bound',
  apply(host) {
    host.hooks.onRequest.tap('bound', (context: RequestContext) => {
      const user = context.request.headers.get('x-user')
      if (user !== undefined) context.partition = `${context.partition} user=${encodeURIComponent(user)}`
    })
  },
})

describe('a connection that belongs to somebody', () => {
  const asked = (user: string): RequestOptions => ({ headers: { 'X-User': user } })
  it.each([
    ['another user', 'one', 'two'],
    ['the same letters in another case', 'one', 'ONE'],
    ['a name that looks like two', 'a', 'a user=b'],
    ['nobody', 'one', ''],
  ])('is not used by %s', async (_, first, second) => {
    const server = await origin()
    const url = server.url
    const other = second === '' ? {} : asked(second)
    expect(await opened(server, [url, asked(first)], [url, other], { plugins: [bound()] as never })).toBe(2)
    expect(
      await opened(server, [url, asked(first)], [url, asked(first)], { plugins: [bound()] as never }),
    ).toBe(1)
  })

  it('is found again exactly by those who agree in all parts of the key', async () => {
    const server = await origin()
    const host = fc.constantFrom('a.test', 'b.test', 'A.test')
    const user = fc.constantFrom('', 'a', 'A', 'b', 'a b', 'user=a', '\u00e9')
    const call = fc.record({ host, user, proxy: fc.constantFrom(undefined, false as const) })
    await fc.assert(
      fc.asyncProperty(call, call, async (first, second) => {
        const request = ({ user: name, proxy }: typeof first): RequestOptions => ({
          ...(name !== '' && asked(name)),
          ...(proxy !== undefined && { proxy }),
        })
        const url = (of: typeof first): string => `http://${of.host}:${server.port}/`
        const equal = first.host.toLowerCase() === second.host.toLowerCase() && first.user === second.user
        const plugins = [bound()] as never
        const count = await opened(server, [url(first), request(first)], [url(second), request(second)], {
          plugins,
          proxy: {},
        })
        expect(count).toBe(equal ? 1 : 2)
      }),
      { numRuns: 40 },
    )
  })
})
