// undici's Agent with its own retry and redirect interceptors: the peer of `rockpool` with everything installed.
import { poolOptions, requestOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const { Agent, interceptors } = undici
  const agent = new Agent(poolOptions(setup)).compose(
    interceptors.retry(),
    interceptors.redirect({ maxRedirections: 20 }),
  )
  const options = requestOptions(setup)
  return {
    version,
    once: async () => (await agent.request({ origin: setup.origin, ...options() })).body.arrayBuffer(),
    close: () => agent.destroy(),
  }
}
