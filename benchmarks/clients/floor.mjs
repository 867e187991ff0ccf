// The floor: bare sockets with `onread`, one fixed request, an answer that is only counted. It learns from the first answer
// how many bytes one takes, so it can neither notice an error nor serve a caller; nothing in Node can cost less.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import tls from 'node:tls'

const BUFFER_BYTES = 65_536
const MIB = 1_048_576
/** Fewer than any server's backlog. */
const OPENED_AT_ONCE = 256

function requestHead({ host, port, path, uploadBytes, proxy, requestHeaders = {} }) {
  const target = proxy?.kind === 'forward' ? `http://${host}:${port}${path}` : path
  const framing = uploadBytes === undefined ? '' : `Content-Length: ${uploadBytes}\r\n`
  const lines = Object.entries(requestHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${uploadBytes === undefined ? 'GET' : 'POST'} ${target} HTTP/1.1\r\nHost: ${host}:${port}\r\n${lines.join('')}${framing}\r\n`
}

/** Bytes of one whole answer, once its head has arrived; 0 before. */
function answerBytes(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 0
  if (!/^HTTP\/1.1 200 /.test(text)) throw new Error(`the floor was answered ${text.slice(0, 12)}`)
  const length = /content-length: *(\d+)/i.exec(text.slice(0, end))
  if (length === null) throw new Error('the floor needs a Content-Length')
  return end + 4 + Number(length[1])
}

/** Counts answers of equal size on one socket. */
function counter() {
  let each = 0
  let seen = 0
  let first = ''
  return {
    done: undefined,
    take(buffer, bytes) {
      seen += bytes
      if (each === 0) {
        first += buffer.latin1Slice(0, Math.min(bytes, 4096))
        each = answerBytes(first)
      }
      if (each === 0 || seen < each) return
      seen = 0
      this.done()
    },
  }
}

const read = (counter, shared) => ({
  buffer: shared,
  callback(bytes, buffer) {
    counter.take(buffer, bytes)
    return true
  },
})

/** Opens one TCP connection: to the server, or to the proxy. */
function dial(setup, options) {
  const address = { host: setup.host, port: setup.proxy?.port ?? setup.port, noDelay: true, ...options }
  return new Promise((opened, failed) => {
    const socket = net.connect(address, () => opened(socket)).once('error', failed)
  })
}

/** Asks the proxy for a tunnel; what it answers is not looked at. */
async function dialTunnel(setup) {
  const socket = await dial(setup, {})
  const authority = `${setup.host}:${setup.port}`
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  await new Promise((done) => socket.once('data', done))
  return socket
}

/** `onread` needs a dial by TLS itself, so inside a tunnel even the floor reads by events. */
async function secure(setup, options) {
  const through =
    setup.proxy === undefined
      ? { host: setup.host, port: setup.port, noDelay: true, ...options }
      : { socket: await dialTunnel(setup) }
  return new Promise((opened, failed) => {
    const socket = tls.connect({ ...through, servername: '', ca: readFileSync(setup.caFile) }, () =>
      opened(socket),
    )
    socket.once('error', failed)
  })
}

const connect = (setup, options) => (setup.secure ? secure(setup, options) : dial(setup, options))

/** A file streamed as one part after another; only the sockets' back-pressure slows it. */
async function fileSender(path) {
  const bytes = await readFile(path)
  return (socket, head) => {
    socket.write(head, 'latin1')
    for (let at = 0; at < bytes.length; at += MIB) socket.write(bytes.subarray(at, at + MIB))
  }
}

async function sender(setup) {
  if (setup.work === 'upload-file') return fileSender(setup.uploadFile)
  if (setup.uploadBytes === undefined) return (socket, head) => socket.write(head, 'latin1')
  const body = Buffer.alloc(setup.uploadBytes, 'rockpool')
  return (socket, head) => {
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  }
}

/** Opens the sockets; `events: true` reads with 'data' events instead of `onread`. */
export async function openSockets(setup, { events }) {
  const shared = Buffer.allocUnsafe(BUFFER_BYTES)
  const head = requestHead(setup)
  const send = await sender(setup)
  const byEvents = events || setup.proxy?.kind === 'connect'
  const openOne = async () => {
    const count = counter()
    const socket = await connect(setup, byEvents ? {} : { onread: read(count, shared) })
    if (byEvents) socket.on('data', (chunk) => count.take(chunk, chunk.length))
    return { socket, count }
  }
  const lanes = []
  while (lanes.length < setup.connections) {
    const some = Math.min(OPENED_AT_ONCE, setup.connections - lanes.length)
    lanes.push(...(await Promise.all(Array.from({ length: some }, openOne))))
  }
  return {
    version: process.version,
    start(lane, done) {
      const { socket, count } = lanes[lane]
      count.done = done
      send(socket, head)
    },
    close() {
      for (const { socket } of lanes) socket.destroy()
    },
  }
}

export const open = (setup) => openSockets(setup, { events: false })
