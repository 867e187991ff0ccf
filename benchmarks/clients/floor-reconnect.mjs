// The floor of connecting again: a bare `tls.connect` for each request, with the session that the server gave last.
import { readFileSync } from 'node:fs'
import tls from 'node:tls'

export function open(setup) {
  const secureContext = tls.createSecureContext({ ca: readFileSync(setup.caFile) })
  const request = `GET ${setup.path} HTTP/1.1\r\nHost: ${setup.host}:${setup.port}\r\n\r\n`
  let session
  return {
    version: process.version,
    start(_lane, done) {
      const { host, port } = setup
      const socket = tls.connect({ host, port, servername: '', noDelay: true, secureContext, session })
      socket.on('session', (given) => {
        session = given
      })
      socket.once('secureConnect', () => socket.write(request, 'latin1'))
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.latin1Slice()
        if (!text.endsWith('hello world\n')) return
        socket.destroy()
        done(
          text.startsWith('HTTP/1.1 200 ')
            ? undefined
            : new Error(`the floor was answered ${text.slice(0, 12)}`),
        )
      })
      socket.once('error', done)
    },
    close() {},
  }
}
