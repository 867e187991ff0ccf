// A `URL` may stand wherever a url may: it is the text it prints, read by the same parser.
import { describe, expect, it } from 'vitest'
import { connectionFromUrl, HostChangedError, HTTPConnectionPool, PoolManager } from '../src/index.js'
import { definePlugin, HTTPRequest, Origin } from '../src/plugin.js'
import { failureOf, poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'

describe('a URL', () => {
  it('is asked by a manager, with its query and its credentials and without its fragment', async () => {
    const origin = await answering(ok())
    await using manager = new PoolManager()
    const url = new URL(`http://user:pa%20ss@127.0.0.1:${origin.port}/a b/../c?d=é#top`)
    const before = url.href
    const response = await manager.request('GET', url)
    await manager.urlopen('GET', url)
    expect(origin.requests.map(({ target }) => target)).toEqual(['/c?d=%C3%A9', '/c?d=%C3%A9'])
    expect(origin.requests[0]?.lines).toContain(`Authorization: Basic ${btoa('user:pa ss')}`)
    expect(response.url).toBe(`http://127.0.0.1:${origin.port}/c?d=%C3%A9#top`)
    expect(url.href).toBe(before)
  })

  it('is asked by the pool of its origin, and refused by another', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    await pool.request('GET', new URL(`http://127.0.0.1:${origin.port}/x`), { query: { a: 1 } })
    expect(origin.requests[0]?.target).toBe('/x?a=1')
    expect(await failureOf(pool.request('GET', new URL('http://127.0.0.2/')))).toBeInstanceOf(
      HostChangedError,
    )
  })

  it('is not read again once the call has begun', async () => {
    const origin = await answering(ok())
    await using manager = new PoolManager()
    const url = new URL(`http://127.0.0.1:${origin.port}/before`)
    const call = manager.request('GET', url)
    url.pathname = '/after'
    await call
    expect(origin.requests[0]?.target).toBe('/before')
  })

  it('makes a pool, and is compared with one', () => {
    const pool = connectionFromUrl(new URL('http://[::1]:8080/ignored'))
    expect([pool.host, pool.port]).toEqual(['::1', 8080])
    expect(pool.isSameHost(new URL('http://[0::1]:8080/x'))).toBe(true)
    expect(pool.isSameHost(new URL('https://[::1]:8080/'))).toBe(false)
    expect(new HTTPConnectionPool('h').isSameHost(new URL('ftp://h/'))).toBe(false)
  })

  it('is where a plugin may send a request', async () => {
    const origin = await answering(ok())
    const moved = definePlugin({
      name: 'moved',
      apply(host) {
        host.hooks.onRequest.tap({ name: 'moved' }, (context) => {
          context.request = context.request.with({ url: new URL(`http://127.0.0.1:${origin.port}/moved`) })
        })
      },
    })
    await using manager = new PoolManager({ plugins: [moved()] })
    await manager.request('GET', 'http://127.0.0.1:1/')
    expect(origin.requests[0]?.target).toBe('/moved')
    const request = new HTTPRequest({ method: 'GET', origin: Origin.of('http', 'h'), target: '/' })
    expect(request.with({ url: new URL('http://other/x') }).url).toBe('http://other/x')
  })
})
