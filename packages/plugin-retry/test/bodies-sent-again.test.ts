import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileBody, HTTPConnectionPool } from '@rockpool/core'
import { UnrewindableBodyError } from '@rockpool/core/plugin'
import { response } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { redirect, retry } from '../src/index.js'
import { testClock } from './support/settle.js'
import { both, busy, inTurn, manager, ok, pool, serve, to } from './support/wire-servers.js'

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
