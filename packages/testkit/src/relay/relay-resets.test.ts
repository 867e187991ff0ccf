import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { close } from '../server/script.js'
import { scriptedServer } from '../server/scripted-server.js'
import { faultRelay } from './fault-relay.js'

it('a reset in the turn in which both halves are closed leaves nothing open', async () => {
  await using server = await scriptedServer([close()])
  await using relay = await faultRelay(server)
  const client = connect({ port: relay.port, host: relay.host })
  client.on('error', () => undefined)
  client.resume()
  const connection = await relay.connection(0)
  await connection.connected
  connection.cut()
  queueMicrotask(() => connection.reset())
  await connection.closed
  if (!client.closed) await once(client, 'close')
  expect(connection.isOpen).toBe(false)
})
