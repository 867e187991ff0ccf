// Public-key pinning with rotation, against an https server on this machine: `node examples/pinning/main.mjs`.
//
// The client pins two keys: the one in use and the one that will follow. So the server can change to the second at any
// moment, and no third one is accepted, though the same trusted CA has signed it.
import { once } from 'node:events'
import { createServer } from 'node:https'
import { connectionFromUrl, PinError } from '@rockpool/core'
import { spkiPin, tls } from '@rockpool/plugin-tls'
import { makeAuthority, makeServerKey } from './certificates.mjs'

const ca = makeAuthority()
const present = makeServerKey('present')
const next = makeServerKey('next')
const stranger = makeServerKey('stranger')

const server = createServer(present, (_, response) => response.end('hello\n')).listen(0, 'localhost')
await once(server, 'listening')

const pool = connectionFromUrl(`https://localhost:${server.address().port}`, {
  plugins: [tls({ caCertData: ca, pins: { localhost: [spkiPin(present.cert), spkiPin(next.cert)] } })],
})

async function visit(title) {
  try {
    // Each visit on a connection of its own, so that each sees the key of the moment.
    const { status, connection } = await pool.request('GET', '/', { headers: { connection: 'close' } })
    console.log(`${title}: ${status}, key ${connection?.tls?.spkiPin}`)
  } catch (error) {
    if (!(error instanceof PinError)) throw error
    console.log(`${title}: refused, nothing was sent`)
    console.log(`  key ${error.actual} is not among the pins of ${error.host}`)
  }
}

try {
  await visit('the key in use')
  server.setSecureContext(next)
  await visit('the key that follows')
  server.setSecureContext(stranger)
  await visit('a key nobody announced')
} finally {
  await pool.close()
  server.close()
}
