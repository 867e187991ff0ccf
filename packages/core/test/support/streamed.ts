/** What the tests of streamed bodies share. */
import { expect } from 'vitest'
import type { HTTPConnectionPool, HTTPResponse, RequestOptions } from '../../src/index.js'
import { expectAtRest, poolFor } from './pools.js'
import { answering, type RawOrigin } from './raw-origin.js'

export async function streamed(
  bytes: string | Uint8Array,
  options: RequestOptions = {},
): Promise<{ origin: RawOrigin; pool: HTTPConnectionPool; response: HTTPResponse }> {
  const origin = await answering(bytes)
  const pool = poolFor(origin, { timeout: { read: 5_000 } })
  return { origin, pool, response: await pool.request('GET', '/p?q', { preloadContent: false, ...options }) }
}

/** The one connection can be used again. */
export async function expectReusable(pool: HTTPConnectionPool, origin: RawOrigin): Promise<void> {
  expectAtRest(pool)
  expect((await pool.request('GET', '/')).ok).toBe(true)
  expect(origin.connections).toHaveLength(1)
}

export const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'

export const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
