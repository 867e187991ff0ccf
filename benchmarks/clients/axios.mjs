// axios with its http adapter and keep-alive agents; otherwise its defaults.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import axios from 'axios'

export async function open(setup) {
  const options = { keepAlive: true, maxSockets: setup.connections }
  const httpAgent = new http.Agent(options)
  const httpsAgent = new https.Agent({
    ...options,
    ...(setup.secure ? { ca: readFileSync(setup.caFile) } : {}),
  })
  const client = axios.create({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    timeout: 60_000,
    responseType: 'arraybuffer',
  })
  const url = setup.origin + setup.path
  return {
    version: axios.VERSION,
    once: async () => (await client.get(url)).data,
    close() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
