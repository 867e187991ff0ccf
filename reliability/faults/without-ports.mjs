// Run in a network of its own by namespaces.test.ts, where the kernel has ten ports to give to clients: asks for more connections
// than that, says what came of it, then asks again when ports are back.   node without-ports.mjs
import { createServer } from 'node:net'
import { HTTPConnectionPool } from '@rockpool/core'

const ANSWER = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx'
let isOpen = false
const held = new Set()
const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.on('data', () => {
    if (isOpen) socket.end(ANSWER)
    else held.add(socket)
  })
})
await new Promise((resolve) => server.listen(80, '127.0.0.1', resolve))

const pool = new HTTPConnectionPool('127.0.0.1', 80, { maxSize: 40, block: true })
const call = () =>
  pool.request('GET', '/').then(
    ({ status }) => String(status),
    ({ name, sent, phase, cause }) => `${name} ${phase} ${sent} ${cause?.code}`,
  )
const calls = Array.from({ length: 30 }, () => {
  const outcome = call()
  void outcome.then((text) => {
    // Nobody is answered before somebody has been refused.
    if (text === '200' || isOpen) return
    isOpen = true
    for (const socket of held) socket.end(ANSWER)
  })
  return outcome
})
const outcomes = await Promise.all(calls)
// The server closed first, so its side keeps the memory of the connections and the ports are free.
const again = []
for (let round = 0; round < 5; round += 1) again.push(await call())
const { pools } = pool.inspect()
const busy = pools.reduce((sum, { active, dialing, waiters }) => sum + active + dialing + waiters.length, 0)
await pool.close()
server.close()
process.stdout.write(
  JSON.stringify({ outcomes: [...new Set(outcomes)].sort(), again: [...new Set(again)], busy }),
)
