// Core with some plugins that do nothing, each with a synchronous tap before and after: what one more plugin costs.
import { HTTPConnectionPool } from '@rockpool/core'
import { definePlugin } from '@rockpool/core/plugin'
import { callOf, poolOptions, version } from './rockpool-tools.mjs'

const idle = (name) =>
  definePlugin({
    name,
    apply(host) {
      host.hooks.onRequest.tap({ name }, () => {})
      host.hooks.onResponse.tap({ name }, () => {})
    },
  })()

export async function open(setup) {
  const plugins = Array.from({ length: setup.plugins }, (_, index) => idle(`idle-${index}`))
  const pool = new HTTPConnectionPool(setup.host, setup.port, { ...poolOptions(setup), plugins })
  return { version, once: callOf(pool, setup.path, setup), close: () => pool.close() }
}
