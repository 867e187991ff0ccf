// got with keep-alive agents; otherwise its defaults.
import { createReadStream, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import got from 'got'

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.resolve('got')), 'utf8'),
)

async function countBytes(stream) {
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.length
  return bytes
}

function callOf(client, url, setup) {
  const whole = { responseType: 'buffer', resolveBodyOnly: true }
  if (setup.work === 'stream') return () => countBytes(client.stream(url))
  if (setup.uploadBytes === undefined) return () => client(url, whole)
  const headers = { 'content-length': String(setup.uploadBytes) }
  if (setup.work === 'upload-file') {
    return () => client.post(url, { ...whole, headers, body: createReadStream(setup.uploadFile) })
  }
  const body = Buffer.alloc(setup.uploadBytes, 'rockpool')
  return () => client.post(url, { ...whole, headers, body })
}

export async function open(setup) {
  const options = { keepAlive: true, maxSockets: setup.connections }
  const agent = { http: new http.Agent(options), https: new https.Agent(options) }
  const client = got.extend({
    agent,
    timeout: { connect: 10_000, response: 60_000 },
    ...(setup.secure ? { https: { certificateAuthority: readFileSync(setup.caFile) } } : {}),
  })
  return {
    version,
    once: callOf(client, setup.origin + setup.path, setup),
    close() {
      agent.http.destroy()
      agent.https.destroy()
    },
  }
}
