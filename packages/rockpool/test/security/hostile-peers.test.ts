/**
 * Servers that mean harm to whoever reads them: bombs and endless answers on every hop and in every drain, text for
 * terminals and log files, lengths that nobody will send, and more names than any cache should remember.
 */
import { gzipSync } from 'node:zlib'
import { answer, type Script, scriptedServer, turns } from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HTTPConnectionPool, PoolManager, type PoolOptions } from '../../src/index.js'
import { rejection } from '../support/outcome.js'

const MIB = 1024 * 1024

async function serverOf(script: Script): Promise<{ port: number; url: string }> {
  const server = await scriptedServer(script, { record: false })
  onTestFinished(() => server.close().catch(() => undefined))
  return { port: server.port, url: server.origin }
}

function poolOf({ port }: { port: number }, options: PoolOptions<readonly []> = {}): HTTPConnectionPool {
  const pool = new HTTPConnectionPool('127.0.0.1', port, { retries: false, ...options })
  onTestFinished(() => pool.close({ graceMs: 1 }))
  return pool
}

/** What `act` adds to the memory of the process, servers included, at its end: enough to tell a bomb from its fuse. */
async function growthOf(act: () => Promise<unknown>): Promise<number> {
  const used = (): number => {
    globalThis.gc?.()
    const { heapUsed, external, arrayBuffers } = process.memoryUsage()
    return heapUsed + external + arrayBuffers
  }
  const before = used()
  await act()
  return used() - before
}

/** 64 MiB in 64 KiB. */
const bomb = gzipSync(Buffer.alloc(64 * MIB), { level: 9 })
const head = (status: string, fields: string): string => `HTTP/1.1 ${status}\r\n${fields}\r\n`

describe('a bomb', () => {
  const fields = `Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`

  it('in a redirect is drained and never decoded', async () => {
    const server = await serverOf([
      (connection) => connection.readRequest(),
      (connection) => connection.send(head('302 Found', `Location: /end\r\n${fields}`)),
      (connection) => connection.send(bomb),
      answer(`${head('200 OK', 'Content-Length: 2\r\n')}ok`),
    ])
    const pool = poolOf(server, { redirect: true, retries: 1, limits: { maxDecodedBytes: 1_000 } })
    const growth = await growthOf(async () => expect((await pool.request('GET', '/')).status).toBe(200))
    expect(growth).toBeLessThan(24 * MIB)
  })

  it('is stopped at the limit, preloaded, streamed or read piece by piece', async () => {
    const server = await serverOf(async (connection) => {
      for (let round = 0; round < 3; round += 1) {
        await connection.readRequest()
        connection.send(head('200 OK', fields))
        connection.send(bomb)
      }
    })
    const pool = poolOf(server, { limits: { maxDecodedBytes: MIB }, maxSize: 3 })
    expect((await rejection(pool.request('GET', '/'))).code).toBe('ERR_BODY_TOO_LARGE')
    const streamed = await pool.request('GET', '/', { preloadContent: false })
    await expect(streamed.bytes()).rejects.toMatchObject({ code: 'ERR_BODY_TOO_LARGE' })
    const pieces = await pool.request('GET', '/', { preloadContent: false })
    const readAll = async (): Promise<void> => {
      while ((await pieces.read(65_536)).length > 0) {}
    }
    await expect(readAll()).rejects.toMatchObject({ code: 'ERR_BODY_TOO_LARGE' })
  })

  it('that is half read and given back costs what was read', async () => {
    const server = await serverOf([
      (connection) => connection.readRequest(),
      (connection) => connection.send(head('200 OK', fields)),
      (connection) => connection.send(bomb),
    ])
    const pool = poolOf(server)
    const growth = await growthOf(async () => {
      const response = await pool.request('GET', '/', { preloadContent: false })
      expect((await response.read(65_536)).length).toBe(65_536)
      await response.drain()
    })
    expect(growth).toBeLessThan(24 * MIB)
  })
})

describe('an answer without an end', () => {
  const endless: Record<string, { readonly start: string; readonly more: string }> = {
    'of fields': { start: 'HTTP/1.1 200 OK\r\n', more: 'X-More: and more of it\r\n'.repeat(50) },
    'of one field': { start: 'HTTP/1.1 200 OK\r\nX: ', more: 'x'.repeat(1_000) },
    'of one status line': { start: 'HTTP/1.1 200 ', more: 'o'.repeat(1_000) },
    'of Set-Cookie': { start: 'HTTP/1.1 200 OK\r\n', more: 'Set-Cookie: a=\r\n'.repeat(50) },
    'of informational answers': { start: '', more: 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(50) },
    'of empty fields': { start: 'HTTP/1.1 200 OK\r\n', more: 'X:\r\n'.repeat(200) },
    'of a chunk size': {
      start: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      more: '0'.repeat(1_000),
    },
    'of a chunk extension': {
      start: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;',
      more: 'x'.repeat(1_000),
    },
    'of small extensions': {
      start: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      more: '1;ext=value\r\na\r\n'.repeat(100),
    },
    'of trailers': {
      start: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n',
      more: 'X-More: and more\r\n'.repeat(50),
    },
  }
  it.each(Object.keys(endless))('%s ends at a limit, and with it the connection', async (what) => {
    const { start, more } = endless[what] as (typeof endless)[string]
    const server = await serverOf(async (connection) => {
      await connection.readRequest()
      connection.send(start)
      let over = false
      void connection.closed.then(() => {
        over = true
      })
      // Until the client has enough: one that reads for ever fails by the test's time-out.
      while (!over) {
        connection.send(more).catch(() => undefined)
        await turns(1)
      }
    })
    const pool = poolOf(server)
    const error = await rejection(pool.request('GET', '/'))
    expect(error.code).toMatch(/^ERR_(PROTOCOL|INVALID_HEADER|INVALID_CHUNK_LENGTH|BODY_TOO_LARGE)$/)
    expect(pool.inspect().pools.flatMap(({ connections }) => connections)).toEqual([])
  })

  it('a length that nobody will send allocates nothing', async () => {
    for (const length of ['9007199254740991', '4294967296']) {
      const server = await serverOf([
        answer(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n0123456789`),
        (connection) => connection.end(),
      ])
      const growth = await growthOf(async () => rejection(poolOf(server).request('GET', '/')))
      // By length it would be 4 GiB at least.
      expect(growth).toBeLessThan(64 * MIB)
    }
  })
})

describe('text of a peer', () => {
  const long = 'x'.repeat(7_000)
  const answers: Record<string, string> = {
    'in a reason': `HTTP/1.1 503 \x9b2J${long}\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n`,
    'in a status line that is none': `HTTP/1.1 \x1b[2J${long}\r\n\r\n`,
    'in a field name': `HTTP/1.1 200 OK\r\nX\x1b[2J${long}: y\r\n\r\n`,
    'in a length': `HTTP/1.1 200 OK\r\nContent-Length: 1\x9b${long}\r\n\r\n`,
    'in a chunk size': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\x1b[2J${long}\r\n`,
    'in a Location': `HTTP/1.1 302 Found\r\nLocation: http://a\xff\x9b b${long}/\r\nContent-Length: 0\r\n\r\n`,
  }
  it.each(Object.keys(answers))('%s is cut and escaped in the error', async (where) => {
    const server = await serverOf(async (connection) => {
      await connection.readRequest()
      connection.send(Buffer.from(answers[where] as string, 'latin1'))
    })
    const pool = poolOf(server, { retries: { total: 0, statusForcelist: [503] }, redirect: true })
    const error = await rejection(pool.request('GET', '/'))
    expect(error.message.length).toBeLessThan(300)
    expect(error.message).toMatch(/^[\x20-\x7e\u2026]+$/)
  })
})

it('six hundred origins leave no more than the pools that are allowed', async () => {
  const lookup = (
    name: string,
    _: unknown,
    found: (error: Error, address: string, family: number) => void,
  ): void => found(Object.assign(new Error(name), { code: 'ENOTFOUND' }), '', 4)
  await using manager = new PoolManager({ lookup: lookup as never, retries: false, numPools: 5 })
  const ask = async (from: number): Promise<void> => {
    for (let n = from; n < from + 300; n += 1) await rejection(manager.request('GET', `http://h${n}.test/`))
  }
  await ask(0)
  const growth = await growthOf(() => ask(300))
  expect(manager.inspect().pools.length).toBeLessThanOrEqual(5)
  expect(growth).toBeLessThan(24 * MIB)
})
