// The application behind nginx, as a process that can be killed: it answers each request with the request's own id, the
// digest of the body that arrived, and bytes made from the id. Each request that came whole is a line in a file, written
// before the answer, so that it can be counted how often each was really carried out.
//   node origin.mjs <port> <log>
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { payloadOf } from './payload.mjs'

const [port, file] = process.argv.slice(2)
const log = openSync(file, 'a')

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://origin')
  const id = url.searchParams.get('id') ?? ''
  const hash = createHash('sha256')
  request.on('data', (chunk) => hash.update(chunk))
  request.on('error', () => {})
  request.on('end', () => {
    writeSync(log, `${request.method} ${url.pathname} ${id}\n`)
    answer(request, response, url, { 'X-Id': id, 'X-Digest': hash.digest('hex') })
  })
})

function answer(request, response, url, facts) {
  if (url.pathname === '/redirect') {
    response.writeHead(302, { ...facts, Location: `/plain${url.search}`, 'Content-Length': 0 })
    response.end()
    return
  }
  const body = payloadOf(facts['X-Id'], Number(url.searchParams.get('length')))
  // text/plain is what nginx compresses; without a length the answer is chunked.
  const headers = { ...facts, 'Content-Type': 'text/plain' }
  if (url.pathname !== '/chunked') headers['Content-Length'] = body.length
  response.writeHead(200, headers)
  if (url.pathname !== '/chunked') {
    response.end(request.method === 'HEAD' ? undefined : body)
    return
  }
  for (let at = 0; at < body.length; at += 4_000) response.write(body.subarray(at, at + 4_000))
  response.end()
}

server.keepAliveTimeout = 2_000
server.requestTimeout = 30_000
server.listen(Number(port), '127.0.0.1')
// Whoever started it is gone: so is it.
process.on('disconnect', () => process.exit())
