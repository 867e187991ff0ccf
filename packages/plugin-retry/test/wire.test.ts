// What retries and redirects look like from the other end of the wire.
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileBody, HTTPConnectionPool, PoolManager } from '@rockpool/core'
import { IncompleteRead, MaxRetryError, ProtocolError, UnrewindableBodyError } from '@rockpool/core/plugin'
import { type ReceivedRequest, response, type ScriptedServer, scriptedServer } from '@rockpool/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { redirect, retry } from '../src/index.js'
import { testClock } from './support/settle.js'

type Answer = Uint8Array | string | 'close' | 'reset'
interface Origin extends ScriptedServer {
  readonly seen: ReceivedRequest[]
}

/** Answers every request by a function of it and of how many came before. */
async function serve(respond: (request: ReceivedRequest, count: number) => Answer): Promise<Origin> {
  const seen: ReceivedRequest[] = []
  const server = await scriptedServer(async (connection) => {
    while (connection.isOpen) {
      const request = await connection.readRequest()
      seen.push(request)
      const answer = respond(request, seen.length - 1)
      if (answer === 'close') return connection.destroy()
      if (answer === 'reset') return connection.reset()
      await connection.send(answer)
    }
  })
  opened.push(server)
  return Object.assign(server, { seen })
}

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

const both = [redirect(), retry()] as const
function pool(server: ScriptedServer, options: object = {}): HTTPConnectionPool<typeof both> {
  const made = new HTTPConnectionPool(server.host, server.port, { plugins: both, ...options })
  opened.unshift({ close: () => made.close({ graceMs: 0 }) })
  return made
}
function manager(options: object = {}): PoolManager<typeof both> {
  const made = new PoolManager({ plugins: both, ...options })
  opened.unshift({ close: () => made.close({ graceMs: 0 }) })
  return made
}
/** The n-th request gets the n-th answer, later ones the last. */
const inTurn =
  (...answers: Answer[]) =>
  (_request: ReceivedRequest, count: number): Answer =>
    answers[Math.min(count, answers.length - 1)] ?? 'close'
const ok = response(200, 'done')
const busy = response(503, '', { 'Retry-After': '0' })
const to = (location: string, status = 302, body = 'moved'): Buffer =>
  response(status, body, { Location: location })

describe('a redirected request', () => {
  it('after 303 is a GET without content and without a word about one, however the content was framed', async () => {
    for (const options of [
      { fields: { a: '1' } },
      { fields: { a: '1' }, encodeMultipart: false },
      { body: 'x', chunked: true },
      { json: { a: 1 }, expectContinue: false },
      { body: Readable.from(['x']) },
      { body: 'x', headers: { 'Content-Type': 'a/b', 'Content-Length': '1', 'Content-Language': 'de' } },
    ]) {
      const server = await serve((request) => (request.target === '/form' ? to('/done', 303) : ok))
      await pool(server).request('POST', '/form', options)
      const [, second] = server.seen
      expect(second?.method).toBe('GET')
      expect(second?.body).toHaveLength(0)
      expect(second?.headers.map(([name]) => name.toLowerCase())).toEqual([
        'host',
        'accept-encoding',
        'user-agent',
      ])
    }
  })

  it('has a Host of its own after each hop, and keeps one that the caller gave only at home', async () => {
    const other = await serve((request) => (request.target === '/' ? to('/again') : ok))
    const server = await serve((request) => (request.target === '/' ? to('/home') : to(`${other.origin}/`)))
    await manager().request('GET', `${server.origin}/`, { headers: { Host: 'shop.example' }, retries: 9 })
    expect(server.seen.map((request) => request.header('host'))).toEqual(['shop.example', 'shop.example'])
    const own = `${other.host}:${other.port}`
    expect(other.seen.map((request) => request.header('host'))).toEqual([own, own])
  })

  it('never sends a fragment, and keeps query and path as the Location has them', async () => {
    const server = await serve((request) => (request.target === '/' ? to('/b?x=%2f#part') : ok))
    await pool(server).request('GET', '/#old')
    expect(server.seen.map(({ target }) => target)).toEqual(['/', '/b?x=%2F'])
  })

  it('leaves the body of the 3xx undecoded, and the connection in use', async () => {
    const broken = response(302, 'this is no gzip', { Location: '/b', 'Content-Encoding': 'gzip' })
    for (const preloadContent of [true, false]) {
      const server = await serve((request) => (request.target === '/' ? broken : ok))
      const answer = await pool(server).request('GET', '/', { preloadContent })
      expect(await answer.text()).toBe('done')
      expect(server.connections).toHaveLength(1)
    }
  })

  it('goes over one connection with block and maxSize 1, without a deadlock', async () => {
    const server = await serve((request, count) => {
      if (request.target === '/') return to('/b', 302, 'x'.repeat(5000))
      return count % 3 === 1 ? response(503, 'busy', { 'Retry-After': '0' }) : ok
    })
    const one = pool(server, { block: true, maxSize: 1 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        one.request('GET', '/', { preloadContent: false, retries: 50 }).then((answer) => answer.text()),
      ),
    )
    expect(answers).toEqual(answers.map(() => 'done'))
    expect(one.numConnections).toBe(1)
  })

  it('does not wait for the end of a huge 3xx', async () => {
    const server = await scriptedServer(async (connection) => {
      const { target } = await connection.readRequest()
      if (target === '/b') return connection.send(ok)
      await connection.send('HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 1000000000\r\n\r\n')
      await connection.send('x'.repeat(200_000)).catch(() => undefined)
    })
    opened.push(server)
    expect((await pool(server).request('GET', '/')).status).toBe(200)
    expect(server.connections).toHaveLength(2)
  })
})

describe('a body that is sent again', () => {
  it('comes whole, from where it began: a part of a file over 307, in pools and managers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rockpool-'))
    const path = join(folder, 'upload')
    const content = Buffer.from(Array.from({ length: 65_536 + 100 }, (_, i) => i % 251))
    writeFileSync(path, content)
    const server = await serve((request) => (request.target === '/' ? to('/there', 307) : ok))
    await pool(server).request('PUT', '/', { body: fileBody(path, { start: 100 }) })
    await manager().request('PUT', `${server.origin}/`, { body: fileBody(path, { start: 100 }) })
    expect(server.seen).toHaveLength(4)
    for (const request of server.seen) {
      expect(request.method).toBe('PUT')
      expect(request.body.equals(content.subarray(100))).toBe(true)
    }
    await rm(folder, { recursive: true })
  })

  it.each([
    ['bytes', () => Buffer.from('content')],
    ['a blob', () => new Blob(['content'])],
    ['a form', () => new URLSearchParams({ content: '1' })],
    ['a function', () => () => Readable.from(['con', 'tent'])],
  ])('comes whole: %s, after a failure, a status and a redirect', async (_, body) => {
    const server = await serve(inTurn('close', busy, to('/b', 308), ok))
    const answer = await pool(server).request('PUT', '/', { body: body() })
    expect(answer.status).toBe(200)
    expect(answer.history.map(({ reason, status }) => [reason, status])).toEqual([
      ['retry', undefined],
      ['retry', 503],
      ['redirect', 308],
    ])
    const [first, ...others] = server.seen
    for (const request of others) expect(request.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true)
  })

  it('keeps its chunked framing over a status, a failure and a redirect', async () => {
    const server = await serve(inTurn(busy, 'close', to('/b', 307), ok))
    await pool(server).request('PUT', '/', { body: 'content', chunked: true })
    expect(server.seen.map((request) => request.header('transfer-encoding'))).toEqual(
      new Array(4).fill('chunked'),
    )
    expect(server.seen.map(({ chunkSizes }) => chunkSizes)).toEqual(new Array(4).fill([7]))
  })

  it('cannot be a stream that can be read once: the error says what to do', async () => {
    const rows = [
      () => to('/b', 307),
      () => response(503, '', { 'Retry-After': '0' }),
      () => 'close' as const,
    ]
    for (const respond of rows) {
      const server = await serve(respond)
      const error = await pool(server)
        .request('PUT', '/', { body: Readable.from(['a', 'b']) })
        .catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(UnrewindableBodyError)
      expect((error as Error).message).toMatch(/function that makes the stream anew/)
      expect(server.seen.length).toBeLessThanOrEqual(1)
    }
  })

  it('can be such a stream when nothing of it was read', async () => {
    const server = await serve(() => ok)
    const { port } = server
    let fail = true
    const lookup = ((_name: string, _options: unknown, done: (...args: unknown[]) => void): void => {
      if (fail) done(new Error('not yet'))
      else done(null, [{ address: '127.0.0.1', family: 4 }])
      fail = false
    }) as unknown as import('node:net').LookupFunction
    const made = new HTTPConnectionPool('name.test', port, { plugins: both, lookup })
    const answer = await made.request('POST', '/', { body: Readable.from(['a', 'b']) })
    expect(answer.history).toHaveLength(1)
    expect(server.seen[0]?.body.toString()).toBe('ab')
    await made.close()
  })
})

describe('bufferBody', () => {
  const buffering = (limit: number): readonly [ReturnType<typeof redirect>, ReturnType<typeof retry>] => [
    redirect(),
    retry({ bufferBody: limit }),
  ]

  it('makes a stream of that size one that can be sent again, by retries and redirects', async () => {
    const server = await serve(inTurn('close', to('/b', 307), ok))
    const answer = await pool(server, { plugins: buffering(10) }).request('PUT', '/', {
      body: Readable.from(['12345', '67890']),
    })
    expect(answer.status).toBe(200)
    expect(server.seen.map(({ body }) => body.toString())).toEqual(new Array(3).fill('1234567890'))
    expect(server.seen.map((request) => request.header('content-length'))).toEqual(new Array(3).fill('10'))
  })

  it('serves a redirect that comes first as well', async () => {
    const server = await serve(inTurn(to('/b', 308), ok))
    await pool(server, { plugins: buffering(10) }).request('POST', '/', { body: Readable.from(['12345']) })
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['12345', '12345'])
  })

  it('sends a longer stream as it comes, once', async () => {
    const server = await serve(inTurn(to('/b', 307), ok))
    const error = await pool(server, { plugins: buffering(9) })
      .request('PUT', '/', { body: Readable.from(['12345', '67890', 'x']) })
      .catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(UnrewindableBodyError)
    expect(server.seen.map(({ body }) => body.toString())).toEqual(['1234567890x'])
  })

  it('lets the failure of a stream be its own', async () => {
    const server = await serve(() => ok)
    const source = Readable.from(
      (async function* () {
        yield 'a'
        throw new Error('disk on fire')
      })(),
    )
    const error = await pool(server, { plugins: buffering(100) })
      .request('PUT', '/', { body: source, retries: 0 })
      .catch((failure: unknown) => failure)
    expect(JSON.stringify([String(error), String((error as Error).cause)])).toContain('disk on fire')
    expect(String(error)).not.toContain('plugin')
  })

  it('closes the stream of a call whose time is up while it is read', async () => {
    const server = await serve(() => ok)
    const source = new Readable({ read() {} })
    source.push('a')
    const clock = testClock()
    const options = { plugins: buffering(100), clock, timeout: { total: 1000 } }
    const promise = pool(server, options).request('PUT', '/', { body: source })
    const refusal = expect(promise).rejects.toMatchObject({ code: 'ERR_DEADLINE' })
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(1000)
    source.push('b')
    await refusal
    await new Promise((resolve) => (source.destroyed ? resolve(undefined) : source.once('close', resolve)))
    expect(server.seen).toHaveLength(0)
  })

  it('closes the stream of a call that is aborted while it is read', async () => {
    const server = await serve(() => ok)
    const source = new Readable({ read() {} })
    source.push('a')
    const controller = new AbortController()
    const promise = pool(server, { plugins: buffering(100) }).request('PUT', '/', {
      body: source,
      signal: controller.signal,
    })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    source.push('b')
    await expect(promise).rejects.toThrow('enough')
    await new Promise((resolve) => (source.destroyed ? resolve(undefined) : source.once('close', resolve)))
    expect(server.seen).toHaveLength(0)
  })
})

describe('a retry', () => {
  it('follows a malformed head, a head that breaks off and a connection closed without a word', async () => {
    const faults: Answer[] = [
      'HTTP/0.5 200 OK\r\n\r\n',
      'HTTP/1.1 Omg What Is This?\r\n\r\n',
      'close',
      'reset',
    ]
    for (const fault of faults) {
      const server = await serve(inTurn(fault, ok))
      const answer = await pool(server).request('GET', '/', { retries: { read: 1 } })
      expect(answer.status).toBe(200)
      expect(answer.history[0]?.error).toBeInstanceOf(ProtocolError)
    }
  })

  it('follows a short body while it is preloaded, never one that the caller streams', async () => {
    const short = (): Origin | Promise<Origin> =>
      serveOnce('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel')
    const server = await short()
    const made = pool(server)
    expect(await (await made.request('GET', '/')).text()).toBe('done')
    // Its first attempt had both an answer and a failure, and is one call for the budget all the same.
    expect(JSON.stringify(made.inspect())).toContain('"calls":1,"retries":1')
    const streamed = await short()
    const answer = await pool(streamed).request('GET', '/', { preloadContent: false })
    await expect(answer.text()).rejects.toBeInstanceOf(IncompleteRead)
    expect(streamed.seen).toHaveLength(1)
  })

  async function serveOnce(broken: string): Promise<Origin> {
    const seen: ReceivedRequest[] = []
    const server = await scriptedServer(async (connection) => {
      seen.push(await connection.readRequest())
      await connection.send(seen.length === 1 ? broken : ok)
      if (seen.length === 1) await connection.end()
    })
    opened.push(server)
    return Object.assign(server, { seen })
  }

  it('never follows a POST that may have arrived: the server counts one', async () => {
    for (const fault of [
      'close',
      'HTTP/1.1 Omg\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort',
    ] as const) {
      const server = await serve(() => fault)
      const made = pool(server, { timeout: { read: 200 } })
      const error = await made
        .request('POST', '/', { body: 'x', retries: 9 })
        .catch((failure: unknown) => failure)
      expect(error).not.toBeInstanceOf(MaxRetryError)
      expect(server.seen).toHaveLength(1)
    }
  })

  it('reads the last answer although its length was a lie, when the policy returns it', async () => {
    const server = await scriptedServer(async (connection) => {
      await connection.readRequest()
      await connection.send('HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n')
      await connection.end()
    })
    opened.push(server)
    const made = pool(server, { block: true })
    const answer = await made.request('GET', '/', {
      retries: { total: 1, raiseOnStatus: false, statusForcelist: [404] },
      preloadContent: false,
    })
    expect(answer.status).toBe(404)
    expect(answer.history).toHaveLength(1)
    await answer.drain()
    expect(server.connections).toHaveLength(2)
  })

  it('gives the connection of a refused answer back: one connection for all attempts', async () => {
    const server = await serve(() => response(500, 'sorry'))
    const made = pool(server)
    for (let i = 0; i < 3; i++) {
      await expect(made.request('GET', '/', { retries: { statusForcelist: [500] } })).rejects.toBeInstanceOf(
        MaxRetryError,
      )
    }
    expect(server.seen).toHaveLength(12)
    expect(server.connections).toHaveLength(1)
  })

  it('waits without holding a connection', async () => {
    const server = await serve((request, count) =>
      count === 0 ? response(503, '', { 'Retry-After': '1' }) : response(200, request.target),
    )
    const clock = testClock()
    const one = pool(server, { block: true, maxSize: 1, clock })
    const slow = one.request('GET', '/slow')
    const quick = await one.request('GET', '/quick')
    expect(await quick.text()).toBe('/quick')
    expect(server.seen.map(({ target }) => target)).toEqual(['/slow', '/quick'])
    clock.advance(1000)
    expect(await (await slow).text()).toBe('/slow')
  })
})
