// A server of bare sockets in a process of its own. It takes the uploads of every run, because nginx answers before it has
// read a body that nobody asked for, and replaces nginx where there is none. Knows just enough HTTP for the rows: a head ends
// at the first empty line, a body has a Content-Length.
// Also the CONNECT proxy of the proxy rows, and the server that counts handshakes.

import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'

const MIB = 1_048_576
const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const block = Buffer.alloc(MIB, 'rockpool')

const head = (length, type) =>
  `HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 02:07:37 GMT\r\nContent-Type: ${type}\r\n` +
  `Content-Length: ${length}\r\nConnection: keep-alive\r\nCache-Control: no-cache\r\nX-Answer: small\r\n\r\n`
const small = Buffer.from(`${head(12, 'text/plain')}hello world\n`, 'latin1')

/** Writes `count` blocks, minding back-pressure. */
function writeBlocks(socket, count) {
  while (count > 0) {
    count -= 1
    if (socket.write(block)) continue
    socket.once('drain', () => writeBlocks(socket, count))
    return
  }
}

/** An answer of exactly `lines` header lines, built once. */
const withFields = new Map()
function answerWithFields(lines) {
  const extra = Array.from({ length: lines - 1 }, (_, i) => `X-Line-${i}: the value of line number ${i}\r\n`)
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 12\r\n${extra.join('')}\r\nhello world\n`, 'latin1')
}

function fields(lines) {
  const known = withFields.get(lines) ?? answerWithFields(lines)
  withFields.set(lines, known)
  return known
}

/** `/small`, `/fields-N`, `/bytes-N`, `/1m`, `/100m`, and anything else is as `/small`. */
function answer(socket, target) {
  const [, kind, count] = /\/(?:(fields|bytes)-)?(\d+)m?$/.exec(target) ?? []
  if (kind === 'fields') return socket.write(fields(Number(count)))
  if (count === undefined) return socket.write(small)
  const bytes = kind === 'bytes' ? Number(count) : Number(count) * MIB
  socket.write(head(bytes, 'application/octet-stream'), 'latin1')
  socket.write(block.subarray(0, bytes % MIB))
  writeBlocks(socket, Math.floor(bytes / MIB))
}

function tunnel(socket, target, rest) {
  const colon = target.lastIndexOf(':')
  const peer = net.connect({
    host: target.slice(0, colon),
    port: Number(target.slice(colon + 1)),
    noDelay: true,
  })
  peer.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n', 'latin1')
    if (rest.length > 0) peer.write(rest)
    socket.pipe(peer).pipe(socket)
  })
  peer.on('error', () => socket.destroy())
  socket.on('close', () => peer.destroy())
}

/** Takes as much of a body as `chunk` holds; returns what is left of the chunk. */
function takeBody(state, chunk) {
  const taken = Math.min(state.bodyLeft, chunk.length)
  state.bodyLeft -= taken
  if (state.bodyLeft === 0) answer(state.socket, state.target)
  return chunk.subarray(taken)
}

/** Takes one request head; returns what is left of the chunk, or undefined when nothing more is to be read here. */
function takeHead(state, chunk) {
  const end = chunk.indexOf(HEAD_END)
  if (end < 0) {
    state.pending = chunk
    return undefined
  }
  const text = chunk.latin1Slice(0, end + 2)
  const rest = chunk.subarray(end + 4)
  state.target = text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/'))
  if (text.startsWith('CONNECT ')) {
    state.stop()
    tunnel(state.socket, state.target, rest)
    return undefined
  }
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)
  state.bodyLeft = length === null ? 0 : Number(length[1])
  if (/\r\nexpect:/i.test(text)) state.socket.write('HTTP/1.1 100 Continue\r\n\r\n')
  if (state.bodyLeft === 0) answer(state.socket, state.target)
  return rest
}

function serve(socket) {
  const state = { socket, pending: NOTHING, bodyLeft: 0, target: '', stop: () => socket.off('data', onData) }
  function onData(arrived) {
    let chunk = state.pending.length === 0 ? arrived : Buffer.concat([state.pending, arrived])
    state.pending = NOTHING
    while (chunk !== undefined && chunk.length > 0) {
      chunk = state.bodyLeft > 0 ? takeBody(state, chunk) : takeHead(state, chunk)
    }
  }
  socket.setNoDelay(true)
  socket.on('error', () => {}).on('data', onData)
}

const { certFile, keyFile } = JSON.parse(process.argv[2] ?? '{}')
const listen = (server) =>
  new Promise((done) => server.listen(0, '127.0.0.1', 8192, () => done(server.address().port)))
const ports = { http: await listen(net.createServer(serve)) }
/** Handshakes since the start, as the server saw them. */
const handshakes = { full: 0, resumed: 0 }
if (certFile !== undefined) {
  const secure = tls.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, serve)
  secure.on('secureConnection', (socket) => handshakes[socket.isSessionReused() ? 'resumed' : 'full']++)
  secure.on('tlsClientError', () => {})
  ports.https = await listen(secure)
}
process.on('message', () => process.send(handshakes))
process.on('disconnect', () => process.exit(0))
process.send(ports)
