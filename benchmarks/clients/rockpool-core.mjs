// `@rockpool/core` alone: one pool, no plugin but the one that https cannot do without.
import { readFileSync } from 'node:fs'
import { HTTPConnectionPool, HTTPSConnectionPool } from '@rockpool/core'
import { callOf, poolOptions, version } from './rockpool-tools.mjs'

async function securePool(setup) {
  const { tls } = await import('@rockpool/plugin-tls')
  const plugins = [tls({ caCertData: readFileSync(setup.caFile, 'utf8') })]
  return new HTTPSConnectionPool(setup.host, setup.port, { ...poolOptions(setup), plugins })
}

export async function open(setup) {
  const pool = setup.secure
    ? await securePool(setup)
    : new HTTPConnectionPool(setup.host, setup.port, poolOptions(setup))
  return { version, once: callOf(pool, setup.path, setup), close: () => pool.close() }
}
