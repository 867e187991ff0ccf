// Every case over a real socket, through a pool: what the caller gets, and that the next caller gets nothing of it.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'
import { errorOf, isRefused } from '../../packages/core/test/codec/catalogue.ts'

const MOST_PIECES = 60
const SECOND = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nSECOND'
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A server that answers `/case` with the case it holds, everything else with SECOND. */
export async function caseServer() {
  const sockets = new Set()
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    peer.connections += 1
    let received = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('end', () => socket.end())
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const isCase = received.split(' ', 2)[1] === '/case'
        received = received.slice(end + 4)
        if (isCase) void answer(socket, peer)
        else socket.write(SECOND)
      }
    })
  })
  const peer = { row: undefined, piecemeal: false, connections: 0, port: 0, close }
  async function close() {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  peer.port = server.address().port
  return peer
}

async function answer(socket, { row, piecemeal }) {
  const bytes = Buffer.from(row.bytes, 'latin1')
  const size = piecemeal ? Math.max(1, Math.ceil(bytes.length / MOST_PIECES)) : bytes.length
  for (let at = 0; at < bytes.length && !socket.destroyed; at += size) {
    socket.write(bytes.subarray(at, at + size))
    if (piecemeal) await turn()
  }
  if (row.serverEnds === true) socket.end()
  if (row.lateBytes === undefined) return
  // Late means: when the response has long been delivered.
  for (let count = 0; count < 20; count += 1) await turn()
  socket.write(Buffer.from(row.lateBytes, 'latin1'))
}

/** What one case came to, sent one way. */
export async function throughPool(peer, row, { piecemeal, preloadContent }) {
  Object.assign(peer, { row, piecemeal, connections: 0 })
  const pool = new HTTPConnectionPool('127.0.0.1', peer.port, {
    timeout: { read: 10_000 },
    limits: row.limits ?? {},
  })
  try {
    const problem = await problemOf(pool, row, preloadContent)
    if (problem !== undefined) return [told(row, problem)]
    // What comes behind a response in a packet of its own must find the connection idle: once the next request is written, it
    // cannot be told from its answer.
    if (row.lateBytes !== undefined || row.events.at(-1) === 'then dirty')
      await until(() => pool.inspect().pools[0]?.idle === 0)
    const next = await pool.request('GET', '/next')
    if (next.data?.toString() !== 'SECOND')
      return [told(row, { kind: 'poisoned', text: 'the next request got other bytes' })]
    const wanted = row.verdict === 'accept' ? 1 : 2
    const decided = row.group !== 'content-codings' || row.verdict === 'accept'
    return decided && peer.connections !== wanted
      ? [told(row, { kind: 'keptWrongly', text: `${peer.connections} connections, not ${wanted}` })]
      : []
  } catch (error) {
    return [told(row, { kind: 'keptWrongly', text: `the next request failed: ${error.message}` })]
  } finally {
    await pool.close({ graceMs: 0 })
  }
}

async function problemOf(pool, row, preloadContent) {
  try {
    const response = await pool.request(row.method ?? 'GET', '/case', {
      headers: headersOf(row),
      preloadContent,
      decodeContent: row.group === 'content-codings',
    })
    if (response.duplex === undefined) await response.bytes()
    else response.duplex.destroy()
    return isRefused(row) ? { kind: 'acceptedWrongly', text: 'delivered' } : undefined
  } catch (error) {
    const text = `${error.name} in ${error.phase}`
    if (!isRefused(row)) return { kind: 'refusedWrongly', text: `${text}: ${error.message}` }
    return text === errorOf(row) ? undefined : { kind: 'readOtherwise', text: `refused as ${text}` }
  }
}

function headersOf({ begin }) {
  if (begin?.upgrade !== undefined) return { Connection: 'upgrade', Upgrade: begin.upgrade }
  return begin?.close === true ? { Connection: 'close' } : {}
}

async function until(condition) {
  for (let count = 0; count < 100_000 && !condition(); count += 1) await turn()
}

const told = (row, { kind, text }) => ({ kind, text: `${row.group}: ${row.name}, over a socket: ${text}` })
