// undici's `fetch` through an Agent of its own.
import { callOf } from './fetch-tools.mjs'
import { poolOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const dispatcher = new undici.Agent(poolOptions(setup))
  return {
    version,
    once: callOf(undici.fetch, setup.origin + setup.path, setup, { dispatcher }),
    close: () => dispatcher.destroy(),
  }
}
