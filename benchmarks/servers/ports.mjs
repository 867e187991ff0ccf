// Ports of servers that cannot choose one themselves.
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** `count` ports that were free a moment ago. */
export async function freePorts(count) {
  const servers = []
  for (let i = 0; i < count; i++) {
    const server = net.createServer()
    await new Promise((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
    servers.push(server)
  }
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

const accepts = (port) =>
  new Promise((done) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })

/** Resolves when something listens on `port`; rejects when the process that should has ended. */
export async function connectable(port, child) {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await delay(25)
  }
  throw new Error(`nothing listens on port ${port}`)
}
