// Large bodies are copied into memory that the next call uses again: no byte of one request may ever show up in another.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileBody } from '../src/index.js'
import { type Body, definePlugin, type Plugin, Resend } from '../src/plugin.js'
import { expectAtRest, failureOf, poolFor, turnsUntil } from './support/pools.js'
import { answering, ok, type RawOrigin, rawOrigin } from './support/raw-origin.js'
import { originThat } from './support/upload-sources.js'

const MEGABYTE = 1_048_576
/** The most that is put into such memory; more than the kernel takes while nobody reads. */
const LARGE = 4 * MEGABYTE

const filled = (fill: string, size = LARGE): Buffer => Buffer.alloc(size, fill)

/** The one byte that a body consists of, or what is wrong with it. */
function contentOf(body: Buffer | undefined, size = LARGE): string {
  if (body === undefined) return 'none'
  const [first = 0] = body
  if (body.length !== size) return `${body.length} bytes`
  return body.equals(Buffer.alloc(size, first)) ? String.fromCharCode(first) : 'a mixture'
}

const contentsAt = (origin: RawOrigin): string[] => origin.requests.map(({ body }) => contentOf(body))

/** Does not read until `open` is called. */
function stalledOrigin(): Promise<RawOrigin> {
  return rawOrigin(async (connection) => {
    if (connection.number === 1) connection.socket.pause()
    while ((await connection.request()) !== undefined) connection.send(ok('done'))
  })
}

describe('bytes that a caller passes', () => {
  it('may be changed as soon as the call was made', async () => {
    const origin = await stalledOrigin()
    const pool = poolFor(origin)
    const bytes = filled('a')
    const response = pool.request('PUT', '/', { body: bytes })
    bytes.fill('b')
    await turnsUntil(() => origin.connections.length > 0)
    bytes.fill('c')
    origin.connections[0]?.socket.resume()
    await response
    expect(contentsAt(origin)).toEqual(['a'])
    expectAtRest(pool)
  })

  it('are those of their own call, with many under way and one after another', async () => {
    const origin = await answering(ok('done'))
    const pool = poolFor(origin, { maxSize: 4, block: true })
    const bytes = filled('-', MEGABYTE)
    const calls = Array.from({ length: 26 }, (_, index) => {
      const name = String.fromCharCode(97 + index)
      bytes.fill(name)
      return pool.request('PUT', `/${name}`, { body: bytes })
    })
    await Promise.all(calls)
    for (const { target, body } of origin.requests) expect(`/${contentOf(body, MEGABYTE)}`).toBe(target)
    expect(new Set(origin.requests.map(({ target }) => target)).size).toBe(26)
    expectAtRest(pool)
  })

  it('are sent again as they were at the call, after a connection broke in the middle', async () => {
    const origin = await rawOrigin(async (connection) => {
      if (connection.number === 1) {
        await connection.head()
        connection.socket.pause()
        connection.reset()
      }
      while ((await connection.request()) !== undefined) connection.send(ok('done'))
    })
    const again: Plugin = definePlugin({
      name: 'again',
      apply: (host) => void host.hooks.onError.tap('again', () => new Resend({ reason: 'again' })),
    })()
    const pool = poolFor(origin, { plugins: [again] })
    const bytes = filled('a')
    const response = pool.request('PUT', '/', { body: bytes })
    bytes.fill('b')
    expect((await response).history).toHaveLength(1)
    expect(contentsAt(origin)).toEqual(['a'])
  })

  it('do not reach a peer that was given up in the middle of them, when the next call follows', async () => {
    const received: Buffer[] = []
    const origin = await originThat(async ({ socket }) => {
      socket.pause()
      socket.on('data', (chunk) => received.push(chunk))
    })
    const pool = poolFor(origin, { maxSize: 2 })
    const controller = new AbortController()
    const given = failureOf(pool.request('PUT', '/', { body: filled('a'), signal: controller.signal }))
    await turnsUntil(() => origin.connections.length > 0)
    controller.abort(new Error('enough'))
    expect((await given).message).toBe('enough')
    await pool.request('PUT', '/', { body: filled('b') })
    const socket = origin.connections[0]?.socket as Socket
    const ended = once(socket, 'end')
    socket.resume()
    await ended
    expect(Buffer.concat(received).includes('b'.repeat(64))).toBe(false)
    expect(contentsAt(origin)).toEqual(['b'])
  })

  it('stay what they are in a body that a plugin has kept', async () => {
    const kept: Body[] = []
    const keeper: Plugin = definePlugin({
      name: 'keeper',
      apply: (host) => void host.hooks.onRequest.tap('keeper', ({ request }) => void kept.push(request.body)),
    })()
    const origin = await answering(ok('done'))
    const pool = poolFor(origin, { plugins: [keeper] })
    for (const fill of ['a', 'b', 'c']) await pool.request('PUT', '/', { body: filled(fill, MEGABYTE) })
    expect(kept.map(({ bytes }) => contentOf(Buffer.from(bytes ?? []), MEGABYTE))).toEqual(['a', 'b', 'c'])
    expect(origin.requests.map(({ body }) => contentOf(body, MEGABYTE))).toEqual(['a', 'b', 'c'])
  })
})

describe('a file', () => {
  it('goes through few buffers and comes out as it is, with several under way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rockpool-files-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const size = 3 * MEGABYTE + 17
    const content = Buffer.from(Array.from({ length: size }, (_, index) => (index >> 12) % 251))
    const path = join(folder, 'file')
    writeFileSync(path, content)
    const origin = await answering(ok('done'))
    const pool = poolFor(origin, { maxSize: 3, block: true })
    const send = (start: number): Promise<unknown> =>
      pool.request('PUT', `/${start}`, { body: fileBody(path, { start }) })
    await Promise.all([0, 1, 4_095, 300_000, size - 1].map(send))
    for (const { target, body } of origin.requests)
      expect(body.equals(content.subarray(Number(target.slice(1))))).toBe(true)
    expect(origin.requests).toHaveLength(5)
    expectAtRest(pool)
  })
})
