import { inspect } from 'node:util'
import { Origin } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { ProxyAddress } from './address.js'
import { proxyOptionsSchema } from './options.js'
import { Router } from './route.js'

const target = Origin.of('https', 'origin.test')
const router = (options: Parameters<typeof proxyOptionsSchema.parse>[0]): Router =>
  new Router(proxyOptionsSchema.parse(options))
const tokenOf = (by: Router, url: string): string =>
  by.decide(target, ProxyAddress.parse(url))?.token as string

describe('a route', () => {
  it('is found by its token, wherever that stands in a partition', () => {
    const by = router({ url: 'http://p' })
    const route = by.decide(target, undefined)
    expect(route?.mode).toBe('tunnel')
    for (const partition of [route?.token, `other ${route?.token}`, `${route?.token} other`]) {
      expect(by.find(partition as string)).toBe(route)
    }
    expect(by.find('')).toBeUndefined()
    expect(by.find('notproxy=abc')).toBeUndefined()
  })

  it('that is not known is an error, never the direct way', () => {
    expect(() => router({ url: 'http://p' }).find('proxy=unheard-of')).toThrow(/not known any more/)
  })

  it('has another token for another proxy, user, password or mode, and the same for the same', () => {
    const by = router({ useForwardingForHttps: true })
    const urls = [
      'http://p',
      'http://p:81',
      'https://p',
      'http://u@p',
      'http://u:a@p',
      'http://u:b@p',
      'http://u%3Ca@p',
      'socks5://p:80',
      'socks5h://p:80',
    ]
    const tokens = urls.map((url) => tokenOf(by, url))
    expect(new Set(tokens).size).toBe(urls.length)
    expect(urls.map((url) => tokenOf(by, url))).toEqual(tokens)
  })

  it('has a token that says nothing, and another in another pool', () => {
    const url = 'http://user:s3cr3t@p'
    expect(tokenOf(router({}), url)).toMatch(/^proxy=[\w-]{22}$/)
    expect(tokenOf(router({}), url)).not.toBe(tokenOf(router({}), url))
    const by = router({ url })
    by.decide(target, undefined)
    expect(by.inspect()).toEqual([{ proxy: 'http://p', mode: 'tunnel' }])
    expect(inspect(by, { depth: 9, showHidden: true })).not.toContain('s3cr3t')
  })

  it('is forgotten when a thousand others were used since, and known again at the next use', () => {
    const by = router({ url: 'http://first' })
    const first = by.decide(target, undefined)?.token as string
    for (let count = 0; count < 1_000; count += 1) tokenOf(by, `http://p${count}`)
    expect(() => by.find(first)).toThrow()
    expect(by.decide(target, undefined)?.token).toBe(first)
    expect(by.find(first)?.address.url).toBe('http://first')
    expect(by.inspect()).toHaveLength(1_000)
  })
})
