// undici's `fetch` through a Pool of its own.
import { poolOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const dispatcher = new undici.Agent(poolOptions(setup))
  const url = setup.origin + setup.path
  return {
    version,
    once: async () => (await undici.fetch(url, { dispatcher })).arrayBuffer(),
    close: () => dispatcher.destroy(),
  }
}
