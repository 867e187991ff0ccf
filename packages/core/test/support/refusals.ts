/** Calls that core must refuse before a byte is written, and what must be left of their pool. */
import { expect } from 'vitest'
import type { HTTPConnectionPool, HTTPError, RequestOptions } from '../../src/index.js'
import { expectAtRest, failureOf, poolFor } from './pools.js'
import { answering, ok, type RawOrigin } from './raw-origin.js'

/** A call that must be refused on a pool with one idle connection; the connection must survive it. */
export async function refused(
  call: (pool: HTTPConnectionPool) => Promise<unknown>,
  name: string | RegExp,
): Promise<HTTPError> {
  const origin = await answering(ok())
  const pool = poolFor(origin)
  await pool.request('GET', '/before')
  const error = (await failureOf(call(pool))) as HTTPError
  expect(error.name).toMatch(name)
  expect(error.sent).toBe('nothing')
  await expectUntouched(pool, origin)
  return error
}

export async function expectUntouched(
  pool: Pick<HTTPConnectionPool, 'request' | 'inspect'>,
  origin: RawOrigin,
): Promise<void> {
  expectAtRest(pool)
  await pool.request('GET', '/after')
  expect(origin.requests.map((request) => request.target)).toEqual(['/before', '/after'])
  expect(origin.connections).toHaveLength(1)
}

export const options = (given: unknown): RequestOptions => given as RequestOptions
