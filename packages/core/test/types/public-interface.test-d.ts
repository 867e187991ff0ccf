/** What a user of pools cannot write. Each refusal here is one at run time too: see ../plugins.test.ts. */
import {
  connectionFromUrl,
  HTTPConnectionPool,
  HTTPHeaders,
  type HTTPResponse,
  PoolManager,
} from '@rockpool/core'
import { definePlugin, Resend, stages } from '@rockpool/core/plugin'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string().min(1) }),
  requestOptions: { anonymous: z.boolean().optional() },
  apply: () => undefined,
})
const pace = definePlugin({
  name: 'pace',
  options: z.strictObject({ perSecond: z.number().default(10) }),
  requestOptions: { priority: z.enum(['high', 'low']).optional() },
  apply: () => undefined,
})

it('a pool has the options it declares', () => {
  new HTTPConnectionPool('localhost', 80, {
    maxSize: 4,
    block: true,
    timeout: null,
    headers: { Accept: '*/*' },
  })
  new HTTPConnectionPool('localhost', null)
  // @ts-expect-error a typo
  new HTTPConnectionPool('localhost', 80, { maxsize: 4 })
  // @ts-expect-error of another type
  new HTTPConnectionPool('localhost', 80, { block: 'yes' })
  // @ts-expect-error a typo inside
  new HTTPConnectionPool('localhost', 80, { timeout: { connnect: 5 } })
  // @ts-expect-error a limit that is none
  new HTTPConnectionPool('localhost', 80, { limits: { maxHeaders: 5 } })
  // @ts-expect-error the number of pools is a manager's
  new HTTPConnectionPool('localhost', 80, { numPools: 5 })
  // @ts-expect-error the port is a number
  new HTTPConnectionPool('localhost', '80')
  new PoolManager({ numPools: 5 })
  // @ts-expect-error a factory is not a plugin until it is called
  new PoolManager({ plugins: [bearer] })
})

it('a request has the options it declares', () => {
  const pool = new HTTPConnectionPool('localhost')
  expectTypeOf(pool.request('GET', '/')).toEqualTypeOf<Promise<HTTPResponse>>()
  pool.request('POST', '/', {
    json: { a: 1 },
    query: { page: 2 },
    headers: { Accept: null },
    signal: AbortSignal.timeout(5),
  })
  pool.request('GET', '/', { headers: new HTTPHeaders({ Accept: '*/*' }) })
  // @ts-expect-error a typo
  pool.request('GET', '/', { preloadcontent: false })
  // @ts-expect-error of another type
  pool.request('GET', '/', { preloadContent: 'no' })
  // @ts-expect-error the option of a plugin that is not installed
  pool.request('GET', '/', { anonymous: true })
  // @ts-expect-error a number is no body
  pool.request('POST', '/', { body: 5 })
  // @ts-expect-error urlopen takes no json
  pool.urlopen('POST', '/', { json: {} })
  pool.request('GET', new URL('http://localhost/'))
  // @ts-expect-error a Request is no url
  pool.request('GET', new Request('http://localhost/'))
})

it('installed plugins widen the options of every request, of pools and of managers', () => {
  const plugins = [bearer({ token: 'x' }), pace()] as const
  const pool = new HTTPConnectionPool('localhost', 80, { plugins: [bearer({ token: 'x' }), pace()] })
  const fromUrl = connectionFromUrl('http://localhost', { plugins: [pace()] })
  const manager = new PoolManager({ plugins })
  pool.request('GET', '/', { anonymous: true, priority: 'high', preloadContent: false })
  pool.urlopen('GET', '/', { anonymous: true })
  manager.request('GET', 'http://localhost/', { anonymous: true, priority: 'low' })
  fromUrl.request('GET', '/', { priority: 'low' })
  // @ts-expect-error of another type
  pool.request('GET', '/', { anonymous: 'yes' })
  // @ts-expect-error a typo
  pool.request('GET', '/', { anonymos: true })
  // @ts-expect-error not one of the choices
  manager.request('GET', 'http://localhost/', { priority: 'urgent' })
  // @ts-expect-error of a plugin that is not in this pool
  fromUrl.request('GET', '/', { anonymous: true })
})

it("a plugin's own options are checked where it is made", () => {
  pace()
  pace({ perSecond: 5 })
  // @ts-expect-error the token is needed
  bearer()
  // @ts-expect-error the token is needed
  bearer({})
  // @ts-expect-error of another type
  bearer({ token: 5 })
  // @ts-expect-error a typo
  pace({ persecond: 5 })
})

it('a tap of a plugin returns a verdict that its hook admits', () => {
  definePlugin({
    name: 'taps',
    apply({ hooks }) {
      hooks.onResponse.tap(
        { name: 'taps', stage: stages.onResponse.decide },
        () => new Resend({ reason: 'taps' }),
      )
      // @ts-expect-error an attempt that was not made cannot be made again
      hooks.onRequest.tap('taps', () => new Resend({ reason: 'taps' }))
      // @ts-expect-error not a verdict
      hooks.onResponse.tap('taps', () => 'again')
      // @ts-expect-error a promise belongs in tapPromise
      hooks.onError.tap('taps', async () => new Resend({ reason: 'taps' }))
      // @ts-expect-error only 'close' means something
      hooks.onRelease.tap('taps', () => 'keep')
      // @ts-expect-error a resend gives its reason
      hooks.onResponse.tap('taps', () => new Resend({ delayMs: 5 }))
      // @ts-expect-error there is no such stage
      hooks.onRequest.tap({ name: 'taps', stage: stages.onRequest.late }, () => undefined)
    },
  })
})
