// An origin and a proxy on the loopback interface, small enough to read. The proxy knows one user, and says what it does.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'

const sockets = new Set()

async function listen(server) {
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** Closes everything. */
export function stop(...servers) {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
}

/** Answers with what it was asked, and whether it was told anything that is none of its business. */
export async function startOrigin() {
  const server = createServer((incoming, response) => {
    const knows = incoming.headers['proxy-authorization'] === undefined ? 'nothing' : 'too much'
    response.end(`${incoming.method} ${incoming.url} for ${incoming.headers.host}, knows ${knows}\n`)
  })
  const port = await listen(server)
  return { port, url: `http://127.0.0.1:${port}`, server }
}

/** Forwards, and opens tunnels, for the user `crab` with the password `shell`. */
export async function startProxy(log) {
  const known = `Basic ${Buffer.from('crab:shell').toString('base64')}`
  const admits = (incoming) => incoming.headers['proxy-authorization'] === known
  const server = createServer((incoming, response) => {
    log(`${incoming.method} ${new URL(incoming.url).pathname}`)
    if (!admits(incoming)) {
      response.writeHead(407, { 'Proxy-Authenticate': 'Basic realm="pond"' })
      response.end()
      return
    }
    const { 'proxy-authorization': _, ...headers } = incoming.headers
    const onward = request(incoming.url, { method: incoming.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, { 'Content-Type': 'text/plain' })
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, socket) => {
    log('CONNECT')
    if (!admits(incoming)) {
      socket.end('HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="pond"\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const onward = connect(new URL(`http://${incoming.url}`).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Open\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  })
  const port = await listen(server)
  return { port, server }
}
