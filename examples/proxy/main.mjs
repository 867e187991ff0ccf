// Proxies at work, against an origin and a proxy on the loopback interface.
// `npm run build` first, then `node examples/proxy/main.mjs`.
import { PoolManager, ProxyError } from '@rockpool/core'
import { fromEnvironment, proxy } from '@rockpool/plugin-proxy'
import { startOrigin, startProxy, stop } from './servers.mjs'

const said = []
const origin = await startOrigin()
const server = await startProxy((line) => said.push(line))
const address = `127.0.0.1:${server.port}`

// Credentials stand in the URL. They reach the proxy, and nobody behind it.
await through({ url: `http://crab:shell@${address}`, noProxy: ['.internal'] }, async (manager) => {
  tell('forwarded', await manager.request('GET', `${origin.url}/a`))
  tell('without, for this one', await manager.request('GET', `${origin.url}/b`, { proxy: false }))
})

// From the environment: a value without a scheme is an http proxy.
process.env.http_proxy = `crab:shell@${address}`
process.env.no_proxy = 'localhost, 10.0.0.0/8'
await through(fromEnvironment(), async (manager) => {
  tell('from the environment', await manager.request('GET', `${origin.url}/c`))
})

// A function answers what the proxy asks for. Here it is Basic; Digest would be made in the same place.
const auth = ({ challenges }) =>
  challenges.length === 0 ? undefined : `Basic ${Buffer.from('crab:shell').toString('base64')}`
await through({ url: `http://${address}`, auth }, async (manager) => {
  tell('asked, then answered', await manager.request('GET', `${origin.url}/d`))
})

// A refusal is one error, with what the proxy said.
await through({ url: `http://crab:wrong@${address}` }, async (manager) => {
  try {
    await manager.request('GET', `${origin.url}/e`)
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    console.log(`refused: ${error.status}, ${error.message.replace(address, 'the address')}`)
  }
})

stop(origin.server, server.server)

async function through(options, use) {
  const manager = new PoolManager({ plugins: [proxy(options)] })
  await use(manager)
  await manager.close()
}

function tell(title, response) {
  const route = response.connection.route.map(({ kind }) => kind).join(' ')
  console.log(`${title}: ${response.status}, ${route}`)
  console.log(`  the origin: ${response.data.toString().trim()}`)
  console.log(`  the proxy: ${said.splice(0).join(', ') || 'was not asked'}\n`)
}
