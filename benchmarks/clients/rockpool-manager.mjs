// `rockpool` as most will use it: a PoolManager with everything installed, called with absolute URLs.
import { PoolManager } from 'rockpool'
import { callOf, poolOptions, version } from './rockpool-tools.mjs'

export async function open(setup) {
  const manager = new PoolManager(poolOptions(setup))
  const url = setup.origin + setup.path
  return { version, once: callOf(manager, url, setup), close: () => manager.close() }
}
