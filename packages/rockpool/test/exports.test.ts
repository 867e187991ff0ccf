/** One import has it all. */
import * as core from '@rockpool/core'
import * as proxyPlugin from '@rockpool/plugin-proxy'
import * as retryPlugin from '@rockpool/plugin-retry'
import * as tlsPlugin from '@rockpool/plugin-tls'
import { describe, expect, it } from 'vitest'
import * as rockpool from '../src/index.js'

const own = [
  'HTTPConnectionPool',
  'HTTPSConnectionPool',
  'PoolManager',
  'ProxyManager',
  'connectionFromUrl',
  'proxyFromUrl',
  'request',
  'getDefaultManager',
  'setDefaultManager',
  'makeHeaders',
]
const all: Readonly<Record<string, unknown>> = rockpool

describe('rockpool exports', () => {
  it.each([
    ['@rockpool/core', core],
    ['@rockpool/plugin-proxy', proxyPlugin],
    ['@rockpool/plugin-retry', retryPlugin],
    ['@rockpool/plugin-tls', tlsPlugin],
  ])('everything that %s does', (_, theirs) => {
    for (const [name, value] of Object.entries(theirs)) {
      expect(all).toHaveProperty(name)
      if (!own.includes(name)) expect(all[name]).toBe(value)
    }
  })

  it('no name that two of them have', () => {
    const names = [core, proxyPlugin, retryPlugin, tlsPlugin].flatMap((each) => Object.keys(each))
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('pools of its own, which are pools of core as well', () => {
    for (const name of own) expect(all[name]).not.toBe((core as Record<string, unknown>)[name])
    expect(rockpool.HTTPConnectionPool.prototype).toBeInstanceOf(core.HTTPConnectionPool)
    expect(rockpool.ProxyManager.prototype).toBeInstanceOf(core.PoolManager)
  })
})
