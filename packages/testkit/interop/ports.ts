/**
 * Ports for the real servers of the interop tests of every package: one that nobody listens on, and whether somebody does by now.
 *
 * A server that is a program of its own has to be told its port and does not say when it listens, so both are needed with each.
 * Not a part of what testkit exports: between finding a free port and listening on it, somebody else may take it.
 */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** How long a port is left alone after it has refused: what starts needs the processor more. */
const PAUSE_MS = 10

/** A port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** Whether somebody listens on a port of 127.0.0.1. Takes a moment before it says no, so that it can be asked in a loop. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => setTimeout(resolve, PAUSE_MS, false))
  })
}
