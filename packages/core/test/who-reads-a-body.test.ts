// The stack of an error that breaks a body shows who was reading it.
import { describe, expect, it } from 'vitest'
import type { HTTPResponse } from '../src/index.js'
import { failureOf, poolFor } from './support/pools.js'
import { rawOrigin } from './support/raw-origin.js'

const readers: Readonly<Record<string, (response: HTTPResponse) => Promise<unknown>>> = {
  bytes: (response) => response.bytes(),
  text: (response) => response.text(),
  json: (response) => response.json(),
  read: (response) => response.read(10),
  'read to the end': (response) => response.read(),
  readInto: async (response) => {
    while ((await response.readInto(Buffer.alloc(10))) > 0);
  },
  'for await': async (response) => {
    for await (const _ of response);
  },
  stream: async (response) => {
    for await (const _ of response.stream(4));
  },
}

async function theOneWhoReads(read: () => Promise<unknown>): Promise<void> {
  await read()
}

describe('a body that breaks off, read by', () => {
  it.each(Object.entries(readers))('%s: the stack shows the reader', async (_, read) => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab')
      connection.end()
    })
    const pool = poolFor(origin)
    const response = await pool.request('GET', '/', { preloadContent: false })
    const error = await failureOf(theOneWhoReads(() => read(response)))
    expect(error).toMatchObject({ code: 'ERR_INCOMPLETE_READ', phase: 'body', method: 'GET' })
    expect(error.stack).toContain('theOneWhoReads')
    expect(error.stack).toContain(error.message)
  })
})
