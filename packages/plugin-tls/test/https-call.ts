/** Calls through a real pool, to 127.0.0.1 whatever the name. */
import type { LookupFunction } from 'node:net'
import { HTTPError, type HTTPResponse, HTTPSConnectionPool, type PoolOptions } from '@rockpool/core'
import { type TlsOptions, tls } from '../src/index.js'

/** Resolves every name to 127.0.0.1. */
export const toLoopback: LookupFunction = (_host, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

/** A pool for `host` with `tls(options)`. */
export function httpsPool(
  port: number,
  options: TlsOptions,
  host = 'localhost',
  poolOptions: Omit<PoolOptions, 'plugins'> = {},
) {
  return new HTTPSConnectionPool(host, port, { lookup: toLoopback, ...poolOptions, plugins: [tls(options)] })
}

/** One GET on a pool of its own. */
export async function get(port: number, options: TlsOptions, host = 'localhost'): Promise<HTTPResponse> {
  await using pool = httpsPool(port, options, host)
  return await pool.request('GET', '/')
}

/** The error that one GET on a pool of its own fails with. */
export async function failureOf(port: number, options: TlsOptions, host = 'localhost'): Promise<HTTPError> {
  return rejection(get(port, options, host))
}

/** The HTTPError that `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<HTTPError> {
  let outcome: unknown
  try {
    outcome = await promise
  } catch (error) {
    if (error instanceof HTTPError) return error
    throw error
  }
  throw new Error(`expected a failure, got ${String(outcome)}`)
}

/** A GET whose connection is not used again. */
export const lastRequest: { headers: Record<string, string> } = { headers: { connection: 'close' } }
