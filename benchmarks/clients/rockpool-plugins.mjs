// The same pool with retry, redirect and tls installed: what having plugins costs when none has anything to do.
import { HTTPConnectionPool } from '@rockpool/core'
import { redirect, retry } from '@rockpool/plugin-retry'
import { tls } from '@rockpool/plugin-tls'
import { callOf, poolOptions, version } from './rockpool-tools.mjs'

export async function open(setup) {
  const options = { ...poolOptions(setup), plugins: [retry(), redirect(), tls()] }
  const pool = new HTTPConnectionPool(setup.host, setup.port, options)
  return { version, once: callOf(pool, setup.path, setup), close: () => pool.close() }
}
