// Everything: TLS, retries, redirects and proxies are there already, their options flat among the pool's.
import { PoolManager } from 'rockpool'

const [, , url, caCerts] = process.argv
const manager = new PoolManager({ caCerts, retries: { total: 5, statusForcelist: [503] } })
const response = await manager.request('GET', `${url}/old`)
console.log(response.status, await response.text(), response.history.map(({ status }) => status).join(' '))
await manager.close()
