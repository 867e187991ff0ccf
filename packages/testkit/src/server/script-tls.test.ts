// TLS that a script begins by itself, as a server behind CONNECT does.
import { once } from 'node:events'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { certificates } from '../tls/certificates.js'
import { turns, until } from '../turns.js'
import { scriptedServer } from './scripted-server.js'

describe('TLS begun by a script', () => {
  it('takes the first record also when it came before the script was ready', async () => {
    const { tls: serverTls, ca } = certificates.leaf()
    await using server = await scriptedServer(async (connection) => {
      await until(() => connection.receivedBytes > 0)
      await turns(5)
      await connection.startTls(serverTls)
      await connection.send('secret')
    })
    const socket = connect({ port: server.port, host: '127.0.0.1', ca })
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    expect(bytes.toString()).toBe('secret')
    socket.destroy()
  })
})
