import { it } from 'vitest'
import { z } from 'zod'
import { definePlugin } from '../hooks/plugin.js'
import { HTTPConnectionPool } from './http-connection-pool.js'
import { PoolManager } from './pool-manager.js'

const retry = definePlugin({
  name: 'retry',
  options: z.strictObject({ total: z.number().optional() }),
  requestOptions: { retries: z.union([z.number(), z.boolean()]).optional() },
  apply: () => {},
})
const bearer = definePlugin({
  name: 'bearer',
  options: z.strictObject({ token: z.string() }),
  requestOptions: { anonymous: z.boolean().optional() },
  apply: () => {},
})

it("a request takes core's options and those of the pool's plugins", () => {
  const pool = new HTTPConnectionPool('localhost', 80, {
    plugins: [retry({ total: 3 }), bearer({ token: 'x' })],
  })
  void pool.request('GET', '/', { retries: 5, anonymous: false, timeout: 5, json: {} })
  void pool.urlopen('GET', '/', { retries: true })
  // @ts-expect-error a typo
  void pool.request('GET', '/', { retrys: 5 })
  // @ts-expect-error of another type
  void pool.request('GET', '/', { anonymous: 'no' })
  // @ts-expect-error core's, of another type
  void pool.request('GET', '/', { timeout: '5' })
  // @ts-expect-error urlopen has no json
  void pool.urlopen('GET', '/', { json: {} })
})

it('a request takes no option of a plugin that is not there', () => {
  const manager = new PoolManager({ plugins: [bearer({ token: 'x' })] })
  void manager.request('GET', 'http://localhost/', { anonymous: true })
  // @ts-expect-error retry is not installed
  void manager.request('GET', 'http://localhost/', { retries: 5 })
  const plain = new PoolManager()
  // @ts-expect-error nothing is installed
  void plain.request('GET', 'http://localhost/', { anonymous: true })
})

it('a pool takes no unknown option', () => {
  // @ts-expect-error a typo
  new HTTPConnectionPool('localhost', 80, { maxsize: 5 })
  // @ts-expect-error of a manager
  new HTTPConnectionPool('localhost', 80, { numPools: 5 })
  // @ts-expect-error a factory that was not called
  new PoolManager({ plugins: [retry] })
  // @ts-expect-error of another type
  new PoolManager({ timeout: { connect: '5' } })
})
