/**
 * Where a redirect or a path may lead: http and https only, no further than the caller allowed, and every hop decided anew.
 */
import type { LookupFunction } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool, PoolManager } from '../../src/index.js'
import { rejection } from '../support/outcome.js'
import { origin } from '../support/servers.js'

/** Names that were looked up; each leads to this machine. */
function spyingLookup(): { names: string[]; lookup: LookupFunction } {
  const names: string[] = []
  const lookup: LookupFunction = (name, options, answer) => {
    names.push(name)
    if (options.all === true) answer(null, [{ address: '127.0.0.1', family: 4 }])
    else answer(null, '127.0.0.1', 4)
  }
  return { names, lookup }
}

const nowhere = [
  'unix:/var/run/docker.sock:/containers',
  'unix:///var/run/docker.sock',
  'file:///etc/passwd',
  'data:text/plain,evil',
  'ftp://evil.test/',
  'gopher://evil.test/',
  'javascript:alert(1)',
  'ws://evil.test/',
  'blob:http://evil.test/x',
  'http:evil.test',
  'http:/evil.test',
  'http:///evil.test',
  'http:\\\\evil.test\\',
  'https://',
  'http://[::1',
  'http://a b/',
  'http://evil.test:99999/',
  'http://evil.test:-1/',
  'http://evil..test/',
  'http://evil.test\\@good.test/',
  'http://xn--example-/',
  'h\u00e4ttp://evil.test/',
]

describe('a Location', () => {
  it.each(nowhere)('%j leads nowhere: an error, no look-up, no connection', async (location) => {
    const { names, lookup } = spyingLookup()
    const server = await origin((_, response) => void response.writeHead(302, { Location: location }).end())
    await using manager = new PoolManager({ lookup })
    const url = `http://start.test:${server.port}/`
    const outcome = await manager.request('GET', url).then(
      // What has no scheme is a path, and stays where it was found.
      (response) => response.url,
      (error: Error) => error.name,
    )
    expect(outcome).toMatch(/^(URLSchemeUnknown|LocationParseError|LocationValueError|MaxRetryError)$/)
    expect(names.filter((name) => name !== 'start.test')).toEqual([])
  })

  it('is looked up, checked and routed by the host of its own hop', async () => {
    const { names, lookup } = spyingLookup()
    const other = await origin()
    const first = await origin((_, response) => {
      response.writeHead(307, { Location: `http://u:x@inner.test:${other.port}/` }).end()
    })
    const asked: string[] = []
    const choose = (target: string): undefined => void asked.push(target)
    await using manager = new PoolManager({ lookup, proxy: { url: choose } })
    await manager.request('GET', `http://good:x@outer.test:${first.port}/`)
    expect(names).toEqual(['outer.test', 'inner.test'])
    expect(new Set(asked)).toEqual(
      new Set([`http://outer.test:${first.port}`, `http://inner.test:${other.port}`]),
    )
    expect(other.seen[0]?.headers.host).toBe(`inner.test:${other.port}`)
  })

  it.each([301, 302, 303, 307, 308])(
    'on %i is not followed when redirects are off, wherever that is said',
    async (status) => {
      const other = await origin()
      const first = await origin(
        (_, response) => void response.writeHead(status, { Location: other.url }).end(),
      )
      const off = [
        [{ retries: false }, {}],
        [{ redirect: false }, {}],
        [{}, { redirect: false }],
        [{}, { retries: false }],
        [{ redirect: false }, { redirect: null }],
        [{ retries: { redirect: false } }, {}],
      ] as const
      for (const [options, request] of off) {
        await using manager = new PoolManager(options)
        expect((await manager.request('GET', first.url, request)).status).toBe(status)
      }
      for (const options of [{ retries: { redirect: 0 } }, { redirect: 0 }, { max: 0 }] as const) {
        await using manager = new PoolManager(options)
        expect((await rejection(manager.request('GET', first.url))).message).toContain('too many redirects')
      }
      expect(other.accepted()).toBe(0)
    },
  )

  it('that is long is cut in the error that speaks of it', async () => {
    const long = `http://other.test/${'a'.repeat(6_000)}\x7f`
    const server = await origin(
      (_, response) => void response.writeHead(302, { Location: long.slice(0, -1) }).end(),
    )
    await using pool = new HTTPConnectionPool('127.0.0.1', server.port)
    const error = await rejection(pool.request('GET', '/'))
    expect(error.code).toBe('ERR_HOST_CHANGED')
    expect(error.message.length).toBeLessThanOrEqual(1_000)
    expect(error.message).toMatch(
      /^the redirect to http:\/\/other\.test\/aaa.*…a+.*the only origin of this pool$/,
    )
  })
})

describe('a pool of one origin', () => {
  const paths: [path: string, sent: string | undefined][] = [
    ['//evil.test/x', '//evil.test/x'],
    ['/\\evil.test', '/%5Cevil.test'],
    ['/@evil.test/', '/@evil.test/'],
    ['http://evil.test/', undefined],
    ['\\\\evil.test', undefined],
    ['@evil.test/', undefined],
    ['//user@evil.test:80/', '//user@evil.test:80/'],
    ['/http://evil.test/', '/http://evil.test/'],
    ['HTTP://evil.test', undefined],
    ['evil.test', undefined],
  ]
  it.each(paths)('asked for %j asks nobody else', async (path, sent) => {
    const { names, lookup } = spyingLookup()
    const server = await origin()
    const pool = new HTTPConnectionPool('good.test', server.port, { lookup })
    onTestFinished(() => pool.close({ graceMs: 1 }))
    const outcome = await pool.request('GET', path).then(
      () => server.seen[0]?.target,
      () => undefined,
    )
    expect(outcome).toBe(sent)
    expect(server.seen.map(({ headers }) => headers.host)).toEqual(
      sent === undefined ? [] : [`good.test:${server.port}`],
    )
    expect(names).toEqual(sent === undefined ? [] : ['good.test'])
  })
})
