// Core with the proxy plugin: forwarding for http, a tunnel and TLS inside it for https.
import { readFileSync } from 'node:fs'
import { HTTPConnectionPool, HTTPSConnectionPool } from '@rockpool/core'
import { proxy } from '@rockpool/plugin-proxy'
import { tls } from '@rockpool/plugin-tls'
import { callOf, poolOptions, version } from './rockpool-tools.mjs'

export async function open(setup) {
  const through = proxy({ url: `http://127.0.0.1:${setup.proxy.port}` })
  const secure = () => [tls({ caCertData: readFileSync(setup.caFile, 'utf8') })]
  const Pool = setup.secure ? HTTPSConnectionPool : HTTPConnectionPool
  const plugins = setup.secure ? [through, ...secure()] : [through]
  const pool = new Pool(setup.host, setup.port, { ...poolOptions(setup), plugins })
  return { version, once: callOf(pool, setup.path, setup), close: () => pool.close() }
}
