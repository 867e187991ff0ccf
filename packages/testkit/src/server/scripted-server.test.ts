import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { gate } from '../gate.js'
import { turns, until } from '../turns.js'
import { MalformedRequest } from './received-request.js'
import {
  answer,
  answerAll,
  clientEnd,
  close,
  halfClose,
  perConnection,
  readRequest,
  reset,
  response,
  type Script,
  send,
  sendPieces,
  stopReading,
  waitAt,
} from './script.js'
import { type ScriptedServer, type ScriptedServerOptions, scriptedServer } from './scripted-server.js'

const GET = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function serve(script: Script, options?: ScriptedServerOptions): Promise<ScriptedServer> {
  const server = await scriptedServer(script, options)
  cleanUps.unshift(() => server.close())
  return server
}

/** A client that records each read, its end and its error. */
function dial(server: ScriptedServer, address: { path: string } | undefined = undefined) {
  const socket: Socket = connect(address ?? { host: server.host, port: server.port })
  const heard = {
    socket,
    reads: [] as string[],
    ended: false,
    closed: false,
    error: undefined as string | undefined,
  }
  socket.on('data', (chunk) => heard.reads.push(chunk.toString('latin1')))
  socket.on('end', () => {
    heard.ended = true
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.error = error.code
  })
  socket.on('close', () => {
    heard.closed = true
  })
  cleanUps.unshift(() => socket.destroy())
  return heard
}

describe('scripted server', () => {
  it('answers with exact bytes and keeps the raw text of each request', async () => {
    const server = await serve(answerAll('HTTP/1.1 204 \r\nOdd:\t\xff\r\n\r\n'))
    const client = dial(server)
    client.socket.write(`${GET}POST /b HTTP/1.1\r\nhost: x\r\nContent-Length: 3\r\n\r\nabc`)
    await until(() => client.reads.join('').length === 50)
    expect(client.reads.join('')).toBe('HTTP/1.1 204 \r\nOdd:\t\xff\r\n\r\n'.repeat(2))
    expect(server.requests).toEqual([GET, 'POST /b HTTP/1.1\r\nhost: x\r\nContent-Length: 3\r\n\r\nabc'])
    expect(server.connections).toHaveLength(1)
    expect(server.origin).toBe(`http://127.0.0.1:${server.port}`)
  })

  it('reads chunked requests, their trailers and each chunk size', async () => {
    const raw =
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;a=b\r\nde\r\n0\r\nDigest: 1\r\n\r\n'
    const server = await serve(answerAll(response(200)))
    const client = dial(server)
    for (const byte of raw) client.socket.write(byte)
    await until(() => client.reads.length > 0)
    const request = server.connections[0]?.requests[0]
    expect(request?.body.toString()).toBe('abcde')
    expect(request?.chunkSizes).toEqual([3, 2])
    expect(request?.trailers).toEqual([['Digest', '1']])
    expect(request?.header('TRANSFER-ENCODING')).toBe('chunked')
    expect(request?.raw).toBe(raw)
  })

  it('delivers pieces as separate reads', async () => {
    const server = await serve([readRequest(), sendPieces('abc'), sendPieces('defghi', { at: [2, 3] })])
    const client = dial(server)
    client.socket.write(GET)
    await until(() => client.reads.join('') === 'abcdefghi')
    expect(client.reads).toEqual(['a', 'b', 'c', 'de', 'f', 'ghi'])
  })

  it('waits at a gate until the test opens it, and says that it has come there', async () => {
    const middle = gate()
    const server = await serve([readRequest(), send('before'), waitAt(middle), send('after')])
    const client = dial(server)
    client.socket.write(GET)
    await middle.reached
    await turns(20)
    expect(client.reads).toEqual(['before'])
    middle.open()
    await until(() => client.reads.length === 2)
    expect(client.reads[1]).toBe('after')
  })

  it('runs generators, whose steps may await what they yield', async () => {
    const server = await serve(async function* (connection) {
      const { target } = await connection.readRequest()
      yield connection.send(`saw ${target}`)
      yield connection.end()
    })
    const client = dial(server)
    client.socket.write(GET)
    await until(() => client.ended)
    expect(client.reads.join('')).toBe('saw /a')
  })

  it('gives each connection its own script, and the last one to all later ones', async () => {
    const server = await serve(perConnection(answer('one'), answer('two')))
    const said: string[] = []
    for (let index = 0; index < 3; index++) {
      const client = dial(server)
      client.socket.write(GET)
      await until(() => client.reads.length > 0)
      said.push(client.reads.join(''))
    }
    expect(said).toEqual(['one', 'two', 'two'])
    expect(server.connections.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  it('half-closes and still reads what the client sends', async () => {
    const server = await serve([send('bye'), halfClose(), clientEnd()])
    const client = connect({ host: server.host, port: server.port, allowHalfOpen: true })
    cleanUps.unshift(() => client.destroy())
    let ended = false
    client.resume().on('end', () => {
      ended = true
    })
    await until(() => ended)
    client.end('still here')
    const connection = await server.connection(0)
    await connection.closed
    expect(connection.received.toString()).toBe('still here')
  })

  it('resets, and a plain close after everything was read is not a reset', async () => {
    const server = await serve(perConnection([readRequest(), reset()], [readRequest(), close()]))
    const cut = dial(server)
    cut.socket.write(GET)
    await until(() => cut.closed)
    expect(cut.error).toBe('ECONNRESET')
    const closed = dial(server)
    closed.socket.write(GET)
    await until(() => closed.closed)
    expect([closed.ended, closed.error]).toEqual([true, undefined])
    expect(server.openConnections).toBe(0)
  })

  it('stops reading, so that the writes of the client stall until it reads again', async () => {
    const server = await serve([stopReading()])
    const client = dial(server)
    const connection = await server.connection(0)
    const block = Buffer.alloc(1 << 20)
    let taken = 0
    const pump = (): void => {
      client.socket.write(block, () => {
        taken += 1
        if (taken < 32) pump()
      })
    }
    pump()
    await turns(500)
    const stalledAt = taken
    expect(stalledAt).toBeLessThan(32)
    connection.resumeReading()
    await until(() => connection.receivedBytes === 32 * block.length)
  })

  it('ends a script quietly when the client leaves, and then closes its own side', async () => {
    const server = await serve(answerAll(response(200)))
    const client = dial(server)
    client.socket.end('GET /a HTT')
    await until(() => client.closed)
    expect(server.failures).toEqual([])
    expect(client.ended).toBe(true)
  })

  it('fails the test that disposes of it when a request was malformed', async () => {
    for (const bad of [
      'GET  / HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `${GET.slice(0, -2)}A : b\r\n\r\n`,
    ]) {
      const server = await scriptedServer(answerAll(response(200)))
      const client = dial(server)
      client.socket.write(bad)
      await until(() => client.closed)
      await expect(server.close()).rejects.toThrow(MalformedRequest)
      await expect(server.close()).rejects.toThrow(MalformedRequest)
    }
  })

  it('resolves `closed` when it is disposed of, and takes its connections along', async () => {
    let client: ReturnType<typeof dial>
    let server: ScriptedServer
    {
      await using disposable = await scriptedServer([])
      server = disposable
      client = dial(server)
      await server.connection(0)
    }
    await server.closed
    await until(() => client.closed)
    expect(server.openConnections).toBe(0)
  })

  it('listens on a unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'testkit-'))
    cleanUps.push(() => rmSync(directory, { recursive: true }))
    const socketPath = join(directory, 's')
    const server = await serve(answerAll('unix'), { socketPath })
    const client = dial(server, { path: socketPath })
    client.socket.write(GET)
    await until(() => client.reads.length > 0)
    expect(client.reads).toEqual(['unix'])
    expect(server.origin).toBe('http://localhost')
  })
})
