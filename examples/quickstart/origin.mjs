// The embedded origin: a server of Node's own `node:http` on the loopback interface, at a port that the system picks
// unless one is asked for. The tour and the snippets in the documentation run against it, so nothing here depends on the network.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

const REPORT = Array.from({ length: 400 }, (_, line) => `line ${line + 1}: the quick brown fox`).join('\n')

/** Starts the origin. `close()` also ends the connections that are still open. */
export async function startOrigin(port = 0) {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error))
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${server.address().port}`, port: server.address().port, close }
}

const routes = {
  '/': (_, response) => text(response, 'Welcome to the rock pool.\n'),
  '/health': (_, response) => json(response, { ok: true }),
  '/users/7': (_, response) => json(response, { id: 7, name: 'Ada Lovelace', languages: ['en', 'fr'] }),
  '/report': report,
  '/events': events,
  '/echo': echo,
  '/slow': slow,
  '/teapot': (_, response) => text(response, 'short and stout\n', 418),
  '/old': (_, response) => response.writeHead(302, { Location: '/users/7', 'Content-Length': 0 }).end(),
  '/flaky': flaky,
  '/cut-short': (_, response) => {
    response.writeHead(200, { 'Content-Length': 100 })
    response.write('only this much', () => response.destroy())
  },
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://origin')
  const route = routes[pathname]
  if (route !== undefined) await route(request, response)
  else text(response, `nothing at ${pathname}\n`, 404)
}

function text(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(body)
}

function json(response, value, status = 200) {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  })
  response.end(body)
}

function report(request, response) {
  const accepts = request.headers['accept-encoding'] ?? ''
  if (!accepts.includes('gzip')) return text(response, REPORT)
  const packed = gzipSync(REPORT)
  const fields = { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip', 'Content-Length': packed.length }
  response.writeHead(200, fields)
  response.end(packed)
}

async function events(_, response) {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', Trailer: 'X-Event-Count' })
  const count = 5
  for (let id = 1; id <= count; id += 1) {
    response.write(`${JSON.stringify({ event: id })}\n`)
    await wait(4)
  }
  response.addTrailers({ 'X-Event-Count': String(count) })
  response.end()
}

async function echo(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { method, url, headers } = request
  json(response, { method, url, headers, body: Buffer.concat(chunks).toString() })
}

async function slow(request, response) {
  const ms = Number(new URL(request.url, 'http://origin').searchParams.get('ms') ?? 10)
  await wait(Math.min(Math.max(ms, 0), 10_000))
  text(response, `after ${ms} ms\n`)
}

let flakyCalls = 0
function flaky(_, response) {
  flakyCalls += 1
  if (flakyCalls % 2 === 1) text(response, 'come again\n', 503)
  else text(response, 'here you are\n')
}
