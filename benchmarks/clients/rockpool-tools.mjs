// What the Rockpool clients share: time-outs as every client here has them, and the call of each kind of row.
import { readFileSync } from 'node:fs'
import { fileBody } from '@rockpool/core'

export const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.resolve('@rockpool/core')), 'utf8'),
)

export const poolOptions = (setup) => ({
  maxSize: setup.connections,
  timeout: { connect: 10_000, read: 60_000 },
  keepAliveTimeout: 60_000,
  ...(setup.reconnects ? { maxRequestsPerConnection: 1 } : {}),
})

/** What one lane does, given something with urllib3's `request(method, url, options)`. */
export function callOf(client, url, setup) {
  if (setup.work === 'upload-file') {
    return async () => (await client.request('POST', url, { body: fileBody(setup.uploadFile) })).data
  }
  if (setup.uploadBytes !== undefined) {
    const body = Buffer.alloc(setup.uploadBytes, 'rockpool')
    return async () => (await client.request('POST', url, { body })).data
  }
  if (setup.requestHeaders !== undefined) {
    const options = { headers: setup.requestHeaders }
    return async () => (await client.request('GET', url, options)).data
  }
  if (setup.work !== 'stream') return async () => (await client.request('GET', url)).data
  return async () => {
    const response = await client.request('GET', url, { preloadContent: false })
    let bytes = 0
    for await (const chunk of response) bytes += chunk.length
    return bytes
  }
}
