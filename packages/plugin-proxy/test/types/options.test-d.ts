import { PoolManager } from '@rockpool/core'
import { describe, it } from 'vitest'
import { fromEnvironment, type ProxyOptions, proxy } from '../../src/index.js'

describe('proxy()', () => {
  it('widens the options of every request by `proxy`', () => {
    const manager = new PoolManager({ plugins: [proxy({ url: 'http://p' })] })
    void manager.request('GET', 'http://a/', { proxy: 'http://q' })
    void manager.request('GET', 'http://a/', { proxy: new URL('http://q') })
    void manager.request('GET', 'http://a/', { proxy: false })
    // @ts-expect-error a proxy is a URL
    void manager.request('GET', 'http://a/', { proxy: 5 })
    // @ts-expect-error `true` says nothing
    void manager.request('GET', 'http://a/', { proxy: true })
    const bare = new PoolManager()
    // @ts-expect-error without the plugin there is no such option
    void bare.request('GET', 'http://a/', { proxy: 'http://q' })
  })

  it('takes its options, those of the environment, or none', () => {
    proxy()
    proxy(fromEnvironment())
    const options: ProxyOptions = { ...fromEnvironment(), auth: async () => 'x', tls: { caCerts: 'ca.pem' } }
    void options
    // @ts-expect-error misspelt
    proxy({ uri: 'http://p' })
    // @ts-expect-error both or nothing
    proxy({ auth: { username: 'u' } })
  })
})
