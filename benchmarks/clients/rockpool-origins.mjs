// One manager, many origins: names that all resolve to the one server, asked in turn, so that each call looks up its pool.
import { PoolManager } from '@rockpool/core'
import { version } from './rockpool-tools.mjs'

const lookupTo = (address) => (_host, options, done) =>
  options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)

export async function open(setup) {
  const lookup = lookupTo(setup.host)
  const manager = new PoolManager({ numPools: setup.origins, maxSize: 1, keepAliveTimeout: 600_000, lookup })
  const urls = Array.from(
    { length: setup.origins },
    (_, index) => `http://o${index}.test:${setup.port}${setup.path}`,
  )
  for (const url of urls) await manager.request('GET', url)
  let next = 0
  return {
    version,
    once: async () => {
      next = next + 1 < urls.length ? next + 1 : 0
      return (await manager.request('GET', urls[next])).data
    },
    close: () => manager.close(),
  }
}
