// An origin with one large file, made up as it is sent, that cuts the connection as often as it is told to.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'

// Repeated over and over, and views of it are sent: what the example says about memory is then about the client alone.
const PATTERN = randomBytes(1_000_003)
const MOST = 65_536

/** The bytes from `start` to `end`, itself not included: a function of their place, so that a wrong resume shows. */
function* bytes(start, end) {
  for (let at = start; at < end; ) {
    const from = at % PATTERN.length
    const piece = PATTERN.subarray(from, from + Math.min(MOST, end - at))
    yield piece
    at += piece.length
  }
}

/** The digest of the file, to compare with. */
export function digest(size) {
  const hash = createHash('sha256')
  for (const piece of bytes(0, size)) hash.update(piece)
  return hash.digest('hex')
}

/** Serves `size` bytes at every path; the first `cuts` answers break off after `cutAfter` bytes. */
export async function startOrigin({ size, cuts, cutAfter }) {
  const asked = []
  const server = createServer(async (request, response) => {
    asked.push(request.headers.range ?? 'all')
    const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
    const same = (request.headers['if-range'] ?? '"v1"') === '"v1"'
    const start = from !== undefined && same ? Number(from) : 0
    const partial = start > 0 ? { 'Content-Range': `bytes ${start}-${size - 1}/${size}` } : {}
    response.writeHead(start > 0 ? 206 : 200, {
      'Content-Length': size - start,
      ETag: '"v1"',
      ...partial,
    })
    const cut = asked.length <= cuts
    try {
      await pipeline(bytes(start, cut ? start + cutAfter : size), response, { end: !cut })
      if (cut) response.socket.end()
    } catch {
      // The client went away: it is free to.
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close }
}
