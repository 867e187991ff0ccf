// axios with its http adapter and keep-alive agents; otherwise its defaults, but for the size limits of its uploads.
import { createReadStream, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import axios from 'axios'

async function countBytes(stream) {
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.length
  return bytes
}

function callOf(client, url, setup) {
  if (setup.work === 'stream') {
    return async () => countBytes((await client.get(url, { responseType: 'stream' })).data)
  }
  if (setup.uploadBytes === undefined) return async () => (await client.get(url)).data
  const body = Buffer.alloc(setup.work === 'upload-file' ? 0 : setup.uploadBytes, 'rockpool')
  const source = () => (setup.work === 'upload-file' ? createReadStream(setup.uploadFile) : body)
  const headers = { 'content-length': setup.uploadBytes, 'content-type': 'application/octet-stream' }
  // Without redirects axios streams a body instead of keeping it for another hop: its best setting for uploads.
  return async () => (await client.post(url, source(), { headers, maxRedirects: 0 })).data
}

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
    maxBodyLength: Number.POSITIVE_INFINITY,
  })
  return {
    version: axios.VERSION,
    once: callOf(client, setup.origin + setup.path, setup),
    close() {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}
