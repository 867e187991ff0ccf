// undici's ProxyAgent: forwarding for http, a tunnel for https.
import { readFileSync } from 'node:fs'
import { poolOptions, requestOptions, undici, version } from './undici-tools.mjs'

export async function open(setup) {
  const { connect, ...options } = poolOptions(setup)
  const agent = new undici.ProxyAgent({
    ...options,
    uri: `http://127.0.0.1:${setup.proxy.port}`,
    proxyTunnel: setup.proxy.kind === 'connect',
    ...(setup.secure ? { requestTls: { ca: readFileSync(setup.caFile) } } : {}),
  })
  const request = requestOptions(setup)
  return {
    version,
    once: async () => (await agent.request({ origin: setup.origin, ...request() })).body.arrayBuffer(),
    close: () => agent.destroy(),
  }
}
