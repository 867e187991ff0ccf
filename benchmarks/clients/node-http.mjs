// Node's own client with a keep-alive agent.
import { createReadStream, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'

const agentOptions = (setup) => ({
  keepAlive: true,
  maxSockets: setup.connections,
  scheduling: 'lifo',
  ...(setup.secure ? { ca: readFileSync(setup.caFile) } : {}),
})

function readWhole(response, done, fail) {
  const chunks = []
  response.on('data', (chunk) => chunks.push(chunk))
  response.on('end', () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))).on('error', fail)
}

function readCounting(response, done, fail) {
  let bytes = 0
  response.on('data', (chunk) => {
    bytes += chunk.length
  })
  response.on('end', () => done(bytes)).on('error', fail)
}

export async function open(setup) {
  const { request, Agent } = setup.secure ? https : http
  const agent = new Agent(agentOptions(setup))
  const { host, port, path, uploadBytes } = setup
  const method = uploadBytes === undefined ? 'GET' : 'POST'
  const headers = uploadBytes === undefined ? {} : { 'content-length': uploadBytes }
  const body = uploadBytes === undefined ? undefined : Buffer.alloc(uploadBytes, 'rockpool')
  const read = setup.work === 'stream' ? readCounting : readWhole
  const once = () =>
    new Promise((done, fail) => {
      const sent = request({ host, port, path, method, headers, agent, timeout: 60_000 })
      sent.on('response', (response) => read(response, done, fail)).on('error', fail)
      if (setup.work === 'upload-file') createReadStream(setup.uploadFile).pipe(sent)
      else sent.end(body)
    })
  return { version: process.version, once, close: () => agent.destroy() }
}
