// A connection that goes away at any byte of a response, in good order or by a reset: the caller gets an error and never a
// part of a body that could be taken for the whole.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { expectNoConnections, outcomeOf, poolFor } from './support/pools.js'
import { ok, type RawConnection, rawOrigin } from './support/raw-origin.js'

describe('a connection that is cut at any byte', () => {
  const WORDS = 'hello hello hello'
  const coded = gzipSync(WORDS).toString('latin1')
  const messages = {
    'of known length': ok(WORDS),
    'in chunks': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nc\r\n hello hello\r\n0\r\nX: y\r\n\r\n`,
    coded: `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${coded.length}\r\n\r\n${coded}`,
    'coded and delimited by the end': `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n${coded}`,
  }
  const cutBy = {
    end: (connection: RawConnection, bytes: Buffer) => connection.end(bytes),
    reset: (connection: RawConnection, bytes: Buffer) => {
      if (bytes.length === 0) connection.reset()
      else connection.socket.write(bytes, () => setImmediate(() => connection.reset()))
    },
  }
  // A coded body of no bytes is an empty body; that its head was the last that came cannot be known.
  const allowed = (message: string, fault: string, offset: number): boolean =>
    fault === 'end' &&
    !message.includes('Length') &&
    !message.includes('chunked') &&
    message.slice(0, offset).endsWith('\r\n\r\n')

  for (const [what, message] of Object.entries(messages)) {
    for (const [fault, cut] of Object.entries(cutBy)) {
      // A reset in the same poll as data is told as an end by the platform; see below.
      if (fault === 'reset' && what.includes('delimited')) continue
      it(`(${what}, ${fault}) gives an error and never a part`, async () => {
        let offset = 0
        const origin = await rawOrigin(async (connection) => {
          await connection.request()
          cut(connection, Buffer.from(message.slice(0, offset), 'latin1'))
        })
        const pool = poolFor(origin)
        for (offset = 0; offset < message.length; offset += 1) {
          for (const preloadContent of [true, false]) {
            const call = pool.request('GET', '/', { preloadContent }).then((response) => response.bytes())
            const outcome = await outcomeOf(call)
            if (allowed(message, fault, offset)) expect(outcome).toEqual({ value: Buffer.alloc(0) })
            else
              expect(outcome, `cut at ${offset}`).toMatchObject({
                error: {
                  name: expect.stringMatching(/^(ProtocolError|IncompleteRead|InvalidHeader|DecodeError)$/),
                },
              })
          }
        }
        expectNoConnections(pool)
      })
    }
  }

  it('delimited by the end of the connection, and reset instead, is an error', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.send('HTTP/1.1 200 OK\r\n\r\nabc')
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect((await response.read(3)).toString()).toBe('abc')
    origin.connections[0]?.reset()
    await expect(response.read()).rejects.toMatchObject({ name: 'ProtocolError', phase: 'body' })
    expectNoConnections(pool)
  })

  it('has phase and sent of what was going on: no byte of an answer is no part of a head', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end('')
    })
    const failure = await outcomeOf(poolFor(origin).request('GET', '/'))
    expect(failure).toMatchObject({ error: { name: 'ProtocolError', phase: 'wait', sent: 'all' } })
  })

  it.each([true, false])(
    'in or behind its body was sent whole (preloadContent: %s)',
    async (preloadContent) => {
      const bodies = {
        IncompleteRead: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell',
        DecodeError: 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone',
      }
      for (const [name, message] of Object.entries(bodies)) {
        const origin = await rawOrigin(async (connection) => {
          await connection.request()
          connection.end(message)
        })
        const call = poolFor(origin).request('POST', '/', { body: 'an order', preloadContent })
        const failure = await outcomeOf(call.then((response) => response.bytes()))
        expect(failure).toMatchObject({ error: { name, sent: 'all' } })
      }
    },
  )
})
