import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { HTTPSConnectionPool, InsecureTransportError, ReadTimeoutError, SSLError } from '@rockpool/core'
import { certificates, ManualClock } from '@rockpool/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type TlsOptions, tls } from '../src/index.js'
import { get, httpsPool, lastRequest, rejection, toLoopback } from './https-call.js'
import { certificateDirectory, fileOf } from './openssl.js'
import { startTlsServer } from './tls-server.js'

const ca = certificates.ca()
const leaf = ca.leaf({ hosts: ['localhost'] })
const trusting: TlsOptions = { caCertData: ca.cert }

describe('on an open connection', () => {
  it('plaintext in the middle of a session is an SSLError, and the next call works', async () => {
    let spoil = true
    await using server = await startTlsServer(
      leaf,
      {},
      {
        answer: (socket) => {
          const raw = (socket as unknown as { _parent: NodeJS.WritableStream })._parent
          if (spoil) raw.write('HTTP/1.1 400 Bad Request\r\n\r\n')
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
          spoil = false
        },
      },
    )
    await using pool = httpsPool(server.port, trusting)
    const error = await rejection(pool.request('GET', '/'))
    expect(error).toBeInstanceOf(SSLError)
    expect(error.phase).not.toBe('tls')
    expect((await pool.request('GET', '/')).status).toBe(200)
  })

  it('a server that stalls in the middle of a body ends with the read time-out', async () => {
    const clock = new ManualClock({ wallNow: Date.now() })
    await using server = await startTlsServer(
      leaf,
      {},
      {
        answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123'),
      },
    )
    await using pool = httpsPool(server.port, trusting, 'localhost', {
      clock,
      timeout: { connect: null, read: 5000 },
    })
    const response = await pool.request('GET', '/', { preloadContent: false })
    const body = rejection(response.bytes())
    await clock.armed()
    clock.advance(5000)
    expect(await body).toBeInstanceOf(ReadTimeoutError)
  })

  it('a body that only the end of the connection delimits is flagged, and refused on request', async () => {
    await using server = await startTlsServer(
      leaf,
      {},
      { answer: (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nmaybe all of it') },
    )
    const response = await get(server.port, trusting)
    expect(response.connection?.bodyEnd).toBe('close')
    await using pool = httpsPool(server.port, trusting)
    await rejection(pool.request('GET', '/', { requireFraming: true }))
  })

  it('sixteen megabytes arrive whole, preloaded and streamed', async () => {
    const size = 16 * 1024 * 1024
    await using server = await startTlsServer(
      leaf,
      {},
      {
        answer: (socket) => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
          socket.write(Buffer.alloc(size, 0x61))
        },
      },
    )
    await using pool = httpsPool(server.port, trusting)
    expect((await pool.request('GET', '/')).data?.length).toBe(size)
    let read = 0
    for await (const chunk of await pool.request('GET', '/', { preloadContent: false })) read += chunk.length
    expect(read).toBe(size)
  })
})

describe("the caller's secure context", () => {
  const context = createSecureContext({ ca: ca.cert, maxVersion: 'TLSv1.2' })

  it('is used for trust and versions, by several plugins at once, and stays as it was', async () => {
    await using server = await startTlsServer(leaf)
    const before = Object.keys(context).sort()
    for (let round = 0; round < 2; round++) {
      const { connection } = await get(server.port, { secureContext: context })
      expect(connection?.tls).toMatchObject({ protocol: 'TLSv1.2', verified: true })
    }
    expect(
      (await get(server.port, { secureContext: context, certReqs: 'none', assertHostname: false })).status,
    ).toBe(200)
    await expect(get(server.port, { secureContext: context }, '127.0.0.1')).rejects.toThrow(
      'not for 127.0.0.1',
    )
    expect(Object.keys(context).sort()).toEqual(before)
  })
})

describe('without the plugin', () => {
  it('https is refused', () => {
    expect(() => new HTTPSConnectionPool('localhost', 443)).toThrow(InsecureTransportError)
  })
})

describe('SSLKEYLOGFILE', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('gets the secrets of each connection, appended', async () => {
    const path = join(certificateDirectory, 'keys.log')
    vi.stubEnv('SSLKEYLOGFILE', path)
    await using server = await startTlsServer(leaf)
    await get(server.port, trusting)
    const first = readFileSync(path, 'utf8')
    expect(first).toContain('CLIENT_TRAFFIC_SECRET_0 ')
    await get(server.port, trusting)
    const second = readFileSync(path, 'utf8')
    expect(second.startsWith(first)).toBe(true)
    expect(second.length).toBeGreaterThan(first.length)
  })

  it('is off when empty, and does not fail a call when it cannot be written', async () => {
    await using server = await startTlsServer(leaf)
    vi.stubEnv('SSLKEYLOGFILE', '')
    expect((await get(server.port, trusting)).status).toBe(200)
    vi.stubEnv('SSLKEYLOGFILE', '/no/such/directory/keys.log')
    expect((await get(server.port, trusting)).status).toBe(200)
    expect(existsSync('/no/such/directory')).toBe(false)
  })
})

it('NODE_TLS_REJECT_UNAUTHORIZED does not turn verification off', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  try {
    await using server = await startTlsServer(leaf)
    await expect(get(server.port, {})).rejects.toThrow('no trusted CA')
  } finally {
    vi.unstubAllEnvs()
  }
})

it('files are read when the plugin is made, and never again', async () => {
  await using server = await startTlsServer(leaf)
  const path = fileOf('passing-ca.pem', ca.cert)
  const plugin = tls({ caCerts: path })
  rmSync(path)
  await using pool = new HTTPSConnectionPool('localhost', server.port, {
    lookup: toLoopback,
    plugins: [plugin],
  })
  await pool.request('GET', '/', lastRequest)
  await pool.request('GET', '/', lastRequest)
  expect(server.connections).toHaveLength(2)
})
