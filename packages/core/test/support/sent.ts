/** One request, and its bytes as the server got them. */
import { expect } from 'vitest'
import type { PoolOptions, RequestOptions } from '../../src/index.js'
import { poolFor } from './pools.js'
import { answering, ok, type RawRequest } from './raw-origin.js'

/** Sends one request and tells what came over the wire. */
export async function sent(
  method: string,
  url: string,
  options?: RequestOptions,
  poolOptions: PoolOptions<readonly []> = {},
): Promise<RawRequest & { readonly port: number }> {
  const origin = await answering(ok())
  const pool = poolFor(origin, poolOptions)
  expect((await pool.request(method, url, options)).status).toBe(200)
  expect(origin.requests).toHaveLength(1)
  return { ...(origin.requests[0] as RawRequest), port: origin.port }
}
