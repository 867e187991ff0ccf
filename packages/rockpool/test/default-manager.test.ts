/** `request()` and the manager behind it; disposal. */
import { execFile } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import {
  connectionFromUrl,
  getDefaultManager,
  HTTPConnectionPool,
  makeHeaders,
  PoolManager,
  request,
  setDefaultManager,
} from '../src/index.js'
import { refusal, rejection } from './support/outcome.js'
import { countdown, origin, proxyServer } from './support/servers.js'

afterEach(async () => {
  await setDefaultManager(undefined)?.close()
})

describe('request()', () => {
  it('needs nothing but a method and a URL', async () => {
    const server = await origin(countdown)
    expect(await (await request('get', `${server.url}/1`)).text()).toBe('arrived')
    const sent = await request('POST', `${server.url}/0`, { json: { a: 1 }, retries: false, redirect: false })
    expect(sent.status).toBe(200)
    expect(server.seen.at(-1)).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    expect(server.accepted()).toBe(1)
    expect(getDefaultManager().numRequests).toBe(3)
  })

  it('takes a URL as well', async () => {
    const server = await origin(countdown)
    const response = await request('GET', new URL('/1#end', server.url))
    expect(response.history).toHaveLength(1)
    expect(server.seen[0]?.target).toBe('/1')
    const pool = connectionFromUrl(new URL(server.url))
    expect((await pool.request('GET', new URL('/0', server.url))).status).toBe(200)
    expect((await pool.urlopen('GET', new URL('/0', server.url))).status).toBe(200)
    expect(pool.isSameHost(new URL(server.url))).toBe(true)
    await pool.close()
  })

  it('can name a proxy', async () => {
    const [server, proxy] = [await origin(), await proxyServer()]
    await request('GET', server.url, { proxy: proxy.url })
    expect(proxy.seen).toHaveLength(1)
  })

  it('asks for the codings that makeHeaders knows', async () => {
    const server = await origin()
    await request('GET', server.url)
    expect(makeHeaders({ acceptEncoding: true })).toEqual({
      'accept-encoding': server.seen[0]?.headers['accept-encoding'],
    })
  })

  it('rejects, and does not throw, on a bad option or URL', async () => {
    expect(await rejection(request('GET', '/relative'))).toMatchObject({ code: 'ERR_LOCATION_PARSE' })
    expect(await rejection(request('GET', 'http://h/', { retrys: 3 } as never))).toMatchObject({
      path: 'retrys',
    })
    expect(await rejection(request('GET', 'ftp://h/'))).toMatchObject({ code: 'ERR_URL_SCHEME_UNKNOWN' })
  })
})

describe('the default manager', () => {
  it('is one, until another is set', async () => {
    const server = await origin()
    const first = getDefaultManager()
    expect(getDefaultManager()).toBe(first)
    await using mine = new PoolManager({ headers: { 'X-Mine': 'yes' } })
    expect(setDefaultManager(mine)).toBe(first)
    await request('GET', server.url)
    expect(server.seen[0]?.headers).toHaveProperty('x-mine', 'yes')
    expect(setDefaultManager(undefined)).toBe(mine)
    expect(setDefaultManager(undefined)).toBeUndefined()
    expect(getDefaultManager()).not.toBe(first)
    await first.close()
  })

  it('stays closed when it was closed, until another is set', async () => {
    const server = await origin()
    await getDefaultManager().close()
    expect(await rejection(request('GET', server.url))).toMatchObject({ code: 'ERR_CLOSED_POOL' })
    setDefaultManager(undefined)
    expect((await request('GET', server.url)).status).toBe(200)
  })

  it('is a manager of this package', () => {
    expect(refusal(() => setDefaultManager({} as never)).path).toBe('manager')
    expect(refusal(() => setDefaultManager(null as never)).path).toBe('manager')
  })

  it('does not keep the process from ending', async () => {
    const server = await origin()
    const program = `import { request } from 'rockpool'; console.log((await request('GET', '${server.url}')).status)`
    const output = await new Promise<string>((resolve, reject) => {
      const args = ['--input-type=module', '--eval', program]
      execFile(process.execPath, args, { timeout: 15_000, cwd: import.meta.dirname }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      )
    })
    expect(output.trim()).toBe('200')
  })
})

describe('disposal', () => {
  it('closes what is idle and refuses what comes after', async () => {
    const server = await origin()
    const kept: HTTPConnectionPool[] = []
    {
      await using pool = connectionFromUrl(server.url, { proxy: {} })
      await using manager = new PoolManager()
      await Promise.all([pool.request('GET', '/'), manager.request('GET', server.url)])
      kept.push(pool)
      expect(manager.inspect().pools).toHaveLength(1)
    }
    const [pool] = kept
    expect(pool).toBeInstanceOf(HTTPConnectionPool)
    if (pool === undefined) return
    expect(await rejection(pool.request('GET', '/'))).toMatchObject({ code: 'ERR_CLOSED_POOL' })
    expect(pool.inspect().pools.flatMap(({ connections }) => connections)).toEqual([])
  })
})
