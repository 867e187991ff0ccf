// The floor of the origins row: as many bare sockets as there are origins, asked in turn, so that cold sockets and their
// buffers cost here what they cost there, and only the looking up is left between the two.
import { openSockets } from './floor.mjs'

export async function open(setup) {
  const sockets = await openSockets({ ...setup, connections: setup.origins }, { events: false })
  let next = 0
  return {
    ...sockets,
    start(_lane, done) {
      next = next + 1 < setup.origins ? next + 1 : 0
      sockets.start(next, done)
    },
  }
}
