import { once } from 'node:events'
import { Readable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { ClosedPoolError, HTTPConnectionPool } from '../src/index.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

it('ending an upgraded stream sends what was written and lets the peer go on', async () => {
  const origin = await rawOrigin(async (connection) => {
    await connection.head()
    connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
    connection.socket.pipe(connection.socket)
  })
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
  onTestFinished(() => pool.close())
  const response = await pool.request('GET', '/', { headers: { Connection: 'upgrade', Upgrade: 'echo' } })
  const stream = response.duplex
  expect(stream).toBeDefined()
  const sent = Buffer.alloc(4_000_000, 'x')
  stream?.end(sent)
  let received = 0
  stream?.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  await once(stream as Readable, 'close')
  expect(received).toBe(sent.length)
})

it('a second close may set the grace that the first did not', async () => {
  const origin = await rawOrigin(async (connection) => {
    await connection.request()
  })
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
  const pending = pool.request('GET', '/').catch((error: unknown) => error)
  while (origin.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await pool.close()
  await pool.close({ graceMs: 5 })
  expect(await pending).toBeInstanceOf(ClosedPoolError)
  await expect(pool.close({ graceMs: -1 })).rejects.toMatchObject({ name: 'OptionsError', path: 'graceMs' })
})

it('headers that contradict the body are refused before a connection is opened', async () => {
  const origin = await answering(ok())
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
  onTestFinished(() => pool.close())
  const call = pool.request('POST', '/', { body: 'ab', headers: { 'Content-Length': '3' } })
  await expect(call).rejects.toMatchObject({ name: 'OptionsError' })
  expect(pool.numConnections).toBe(0)
})

it('a request on a closed pool lets go of its body', async () => {
  const pool = new HTTPConnectionPool('127.0.0.1', 1)
  await pool.close()
  const body = Readable.from(['never'])
  await expect(pool.request('POST', '/', { body })).rejects.toBeInstanceOf(ClosedPoolError)
  expect(body.destroyed).toBe(true)
})

it('what an asynchronous onInformational rejects with ends the call', async () => {
  const origin = await rawOrigin(async (connection) => {
    await connection.request()
    connection.send('HTTP/1.1 103 Early Hints\r\n\r\n')
  })
  const pool = new HTTPConnectionPool('127.0.0.1', origin.port)
  onTestFinished(() => pool.close())
  const reason = new Error('no hints, please')
  const onInformational = (): void => Promise.reject(reason) as never
  await expect(pool.request('GET', '/', { onInformational })).rejects.toBe(reason)
})
