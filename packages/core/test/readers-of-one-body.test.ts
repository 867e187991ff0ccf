// A streamed body has one reader. Whoever reads it twice at once gets an error or the end, never silence and never a gap.
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { type HTTPConnectionPool, PoolManager } from '../src/index.js'
import { definePlugin, Resend } from '../src/plugin.js'
import { expectAtRest, failureOf, outcomeOf, poolFor, turns } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

async function slowly(): Promise<{ pool: HTTPConnectionPool; finish: () => void }> {
  const origin = await rawOrigin(async (connection) => {
    await connection.request()
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
  })
  return { pool: poolFor(origin), finish: () => origin.connections[0]?.send('0123456789') }
}

describe('two readers of one body', () => {
  const readers = {
    'read and drain': ['read', 'drain'],
    'drain and drain': ['drain', 'drain'],
    'bytes and drain': ['bytes', 'drain'],
    'bytes and read': ['bytes', 'read'],
    'read and bytes': ['read', 'bytes'],
  } as const
  it.each(Object.entries(readers))('(%s) both settle', async (_name, [first, second]) => {
    const { pool, finish } = await slowly()
    const response = await pool.request('GET', '/', { preloadContent: false })
    const both = [outcomeOf<unknown>(response[first]()), outcomeOf<unknown>(response[second]())]
    finish()
    expect(await Promise.all(both)).toHaveLength(2)
  })

  it('lose no bytes: the second is refused', async () => {
    const pool = poolFor(await answering(ok('0123456789')))
    const response = await pool.request('GET', '/', { preloadContent: false })
    await turns(5)
    const first = response.read(3)
    expect(await failureOf(response.read(3))).toMatchObject({ name: 'ResponseError' })
    expect(String(await first)).toBe('012')
    expect(String(await response.read())).toBe('3456789')
  })

  it('what could not be decoded is an error for whoever asks later, not an empty body', async () => {
    const pool = poolFor(await answering(ok('0123456789', 'Content-Encoding: gzip\r\n')))
    const response = await pool.request('GET', '/', { preloadContent: false })
    expect(await failureOf(response.read(3))).toMatchObject({ name: 'DecodeError' })
    expect(await failureOf(response.bytes())).toMatchObject({ name: 'DecodeError' })
  })
})

describe('a pool that is closed while an exchange is with a plugin', () => {
  it('opens no connection for it afterwards', async () => {
    let go: () => void = () => undefined
    const slow = definePlugin({
      name: 'slow',
      apply: (host) =>
        host.hooks.onRequest.tapPromise('slow', () => new Promise<void>((done) => (go = done))),
    })
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [slow()] })
    const failure = failureOf(pool.request('GET', '/'))
    await pool.close()
    go()
    expect(await failure).toMatchObject({ code: 'ERR_CLOSED_POOL' })
    expect(origin.connections).toHaveLength(0)
  })

  it('resends nothing, to no origin and after no wait', async () => {
    const other = await answering(ok())
    const origin = await rawOrigin(() => undefined)
    const elsewhere = definePlugin({
      name: 'elsewhere',
      apply: (host) =>
        host.hooks.onResponse.tap(
          'elsewhere',
          ({ request }) =>
            new Resend({
              reason: 'elsewhere',
              request: request.with({ url: `${other.url}/` }),
              delayMs: 60_000,
            }),
        ),
    })
    await using manager = new PoolManager({ plugins: [elsewhere()] })
    const failure = failureOf(manager.request('GET', `${origin.url}/`))
    while (origin.connections.length === 0) await turns(1)
    await origin.connections[0]?.request()
    await manager.close()
    origin.connections[0]?.send(ok())
    expect(await failure).toMatchObject({ code: 'ERR_CLOSED_POOL' })
    expect(other.connections).toHaveLength(0)
  })
})

describe('connections that came for callers whom others had served', () => {
  it('are kept only up to maxSize', async () => {
    const origin = await answering(ok())
    const held: (() => void)[] = []
    const slow = definePlugin({
      name: 'slow',
      apply: (host) =>
        host.hooks.beforeConnect.tap('slow', (next) => async (target, context) => {
          const transport = await next(target, context)
          if (held.length < 4) await new Promise<void>((resolve) => held.push(resolve))
          return transport
        }),
    })
    const pool = poolFor(origin, { plugins: [slow()] })
    await Promise.all(Array.from({ length: 5 }, () => pool.request('GET', '/')))
    for (const release of held) release()
    await turns(10)
    expect(pool.inspect().pools[0]).toMatchObject({ idle: 1, dialing: 0, opened: 5 })
  })
})

describe('a slow reader', () => {
  it('of an early answer is not taken for a silent peer while the upload goes on', async () => {
    const origin = await rawOrigin((connection) => connection.send(ok('x'.repeat(3_000_000))))
    const clock = new ManualClock()
    const pool = poolFor(origin, { clock })
    let finish: () => void = () => undefined
    const body = async function* (): AsyncGenerator<string> {
      yield 'a'
      await new Promise<void>((resolve) => (finish = resolve))
      yield 'b'
    }
    const options = { body: body(), preloadContent: false, timeout: { read: 1_000 } }
    const response = await pool.request('POST', '/', options)
    await turns(50)
    finish()
    await turns(50)
    clock.advance(5_000)
    await turns(5)
    expect(await response.bytes()).toHaveLength(3_000_000)
  })
})

describe('a function for informational heads that throws', () => {
  it('fails the call, also when the answer came in the same packet', async () => {
    const pool = poolFor(await answering(`HTTP/1.1 103 Early Hints\r\n\r\n${ok()}`))
    const fault = new Error('a bug of the caller')
    const call = pool.request('GET', '/', {
      onInformational: () => {
        throw fault
      },
    })
    expect(await failureOf(call)).toBe(fault)
    expectAtRest(pool)
  })
})

describe('a list of chunks', () => {
  it('is sent as it was when the call was made', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { block: true })
    const busy = pool.request('GET', '/')
    const chunk = Buffer.from('abcd')
    const call = pool.request('POST', '/', { body: [chunk] })
    chunk.fill('z')
    await Promise.all([busy, call])
    expect(String(origin.requests[1]?.body)).toBe('abcd')
  })
})

describe('a polluted Object.prototype', () => {
  it('adds no content to a request or a response', async () => {
    const origin = await answering(ok('real'))
    const pool = poolFor(origin)
    const polluted: Record<string, unknown> = { body: 'evil', removedHeaders: new Set(['host']), duplex: {} }
    Object.assign(Object.prototype, polluted)
    const outcome = await outcomeOf(pool.request('GET', '/')).finally(() => {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name)
    })
    expect(outcome).toMatchObject({ value: { status: 200, duplex: undefined } })
    expect(origin.requests[0]?.lines.join()).toMatch(/^Host: /)
  })
})
