import { describe, expect, it, onTestFinished } from 'vitest'
import { PoolManager } from '../src/index.js'
import { type ConnectContext, definePlugin, Origin, type RequestContext, stages } from '../src/plugin.js'
import { answering, ok } from './support/raw-origin.js'

/** A manager whose requests all go where `route` says; tells the contexts of its connects. */
function managerVia(route: (context: RequestContext) => void) {
  const connects: ConnectContext[] = []
  const router = definePlugin({
    name: 'router',
    securesTransport: true,
    apply(host) {
      host.hooks.onRequest.tap({ name: 'router', stage: stages.onRequest.route }, (context) => route(context))
      host.hooks.beforeConnect.tap('router', (next, context) => {
        connects.push(context)
        return next
      })
    },
  })
  const manager = new PoolManager({ plugins: [router()] })
  onTestFinished(() => manager.close({ graceMs: 1 }))
  return { manager, connects }
}

describe('a request with `via`', () => {
  it('goes to the forward proxy in absolute form, with the Host of its origin, on connections shared by all origins', async () => {
    const proxy = await answering(ok())
    const { manager, connects } = managerVia((context) => {
      context.via = Origin.of('http', '127.0.0.1', proxy.port)
      context.form = 'absolute'
    })
    for (const url of ['http://a.test/1', 'http://b.test:81/2', 'http://a.test/3']) {
      expect((await manager.request('GET', url)).status).toBe(200)
    }
    expect(proxy.requests.map(({ target }) => target)).toEqual([
      'http://a.test/1',
      'http://b.test:81/2',
      'http://a.test/3',
    ])
    expect(proxy.requests.map(({ lines }) => lines[0])).toEqual([
      'Host: a.test',
      'Host: b.test:81',
      'Host: a.test',
    ])
    expect(proxy.connections).toHaveLength(1)
    expect(manager.numPools).toBe(1)
    expect(connects[0]).toMatchObject({ forward: true, origin: { port: proxy.port } })
  })

  it('shares nothing with requests to the same host as an origin, nor with another partition', async () => {
    const both = await answering(ok())
    let partition = ''
    const { manager } = managerVia((context) => {
      context.partition = partition
      if (context.request.origin.host !== 'a.test') return
      context.via = Origin.of('http', '127.0.0.1', both.port)
      context.form = 'absolute'
    })
    await manager.request('GET', 'http://a.test/')
    await manager.request('GET', both.url)
    partition = 'other'
    await manager.request('GET', 'http://a.test/')
    expect(both.connections).toHaveLength(3)
  })

  for (const [what, scheme, form] of [
    ['an http proxy', 'http', 'absolute'],
    ['an https proxy in origin form', 'https', 'origin'],
    ['an https proxy that nobody has secured', 'https', 'absolute'],
  ] as const) {
    it(`is refused for https by ${what}`, async () => {
      const proxy = await answering(ok())
      const { manager } = managerVia((context) => {
        context.via = Origin.of(scheme, '127.0.0.1', proxy.port)
        context.form = form
      })
      await expect(manager.request('GET', 'https://a.test/')).rejects.toMatchObject({
        code: 'ERR_INSECURE_TRANSPORT',
      })
      expect(proxy.requests).toHaveLength(0)
    })
  }
})
