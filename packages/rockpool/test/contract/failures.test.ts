/**
 * What goes wrong, and what a program is told: the class, where it happened, how much had been sent, and whether a plugin
 * was asked for a way out. Bare core, so that nothing is retried on the way.
 */
import {
  BodyTooLarge,
  ClosedPoolError,
  DeadlineError,
  EmptyPoolError,
  HostChangedError,
  HTTPConnectionPool,
  type HTTPError,
  IncompleteRead,
  InvalidChunkLength,
  NameResolutionError,
  NewConnectionError,
  OptionsError,
  PluginError,
  type PoolOptions,
  ProtocolError,
  QueueFullError,
  ReadTimeoutError,
  type RequestOptions,
} from '@rockpool/core'
import {
  answer,
  close,
  gate,
  ManualClock,
  readRequest,
  response,
  type Script,
  scriptedServer,
  send,
  waitAt,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'

interface Outcome {
  readonly error: unknown
  readonly offered: readonly HTTPError[]
}

/** One request to a scripted server; the clock is moved when there is one. */
async function outcome(
  script: Script,
  {
    pool: poolOptions,
    request,
    clock,
    moved = 0,
  }: { pool?: PoolOptions<readonly []>; request?: RequestOptions; clock?: ManualClock; moved?: number },
): Promise<Outcome> {
  await using server = await scriptedServer(script)
  await using pool = new HTTPConnectionPool(server.host, server.port, {
    ...poolOptions,
    ...(clock && { clock }),
  })
  const offered: HTTPError[] = []
  pool.hooks.onError.tap('watch', ({ error }) => void offered.push(error))
  const call = pool.request('GET', '/', request).catch((error: unknown) => error)
  if (clock !== undefined) {
    const connection = await server.connection(0)
    while (connection.requests.length === 0) await new Promise(setImmediate)
    clock.advance(moved)
  }
  return { error: await call, offered }
}

const held = gate()
const silence: Script = [readRequest(), waitAt(held)]

const SENT_ALL = { sent: 'all', method: 'GET', attempt: 1, reusedConnection: false, history: [] }
const rows: readonly (readonly [
  what: string,
  script: Script,
  options: Parameters<typeof outcome>[1],
  Class: unknown,
  facts: object,
])[] = [
  [
    'the connection closed before a head',
    [readRequest(), close()],
    {},
    ProtocolError,
    { code: 'ERR_PROTOCOL', ...SENT_ALL },
  ],
  [
    'a malformed head',
    [readRequest(), send('HTTP/9.9 what\r\n\r\n'), close()],
    {},
    ProtocolError,
    { phase: 'head', ...SENT_ALL },
  ],
  [
    'a short body',
    [readRequest(), send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), close()],
    {},
    IncompleteRead,
    { phase: 'body', received: 3, expected: 6, ...SENT_ALL },
  ],
  [
    'a chunk size that is none',
    [readRequest(), send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n'), close()],
    {},
    InvalidChunkLength,
    { phase: 'body', ...SENT_ALL },
  ],
  [
    'no head within 60 s, the default',
    silence,
    { clock: new ManualClock(), moved: 60_000 },
    ReadTimeoutError,
    { phase: 'wait', ...SENT_ALL },
  ],
]

describe('offered to onError', () => {
  it.each(rows)('%s', async (_, script, options, Class, facts) => {
    const { error, offered } = await outcome(script, options)
    expect(error).toBeInstanceOf(Class)
    expect(error).toMatchObject(facts)
    expect(offered).toEqual([error])
  })

  it('a name that cannot be found', async () => {
    await using pool = new HTTPConnectionPool('nowhere.invalid', 80, {
      lookup: (_, __, done) => done(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), ''),
    })
    const error: unknown = await pool.request('GET', '/').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NameResolutionError)
    expect(error).toMatchObject({ phase: 'dns', sent: 'nothing', attempt: 1 })
  })

  it('a refused connection', async () => {
    const server = await scriptedServer([])
    await server.close()
    await using pool = new HTTPConnectionPool(server.host, server.port)
    const error: unknown = await pool.request('GET', '/').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NewConnectionError)
    expect(error).toMatchObject({ phase: 'connect', sent: 'nothing', attempt: 1 })
  })
})

describe('never offered to onError', () => {
  it('a body over its limit', async () => {
    const long = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcabcabc'
    const pool = { limits: { maxResponseBytes: 4 } }
    const { error, offered } = await outcome([readRequest(), send(long), close()], { pool })
    expect(error).toBeInstanceOf(BodyTooLarge)
    expect(error).toMatchObject({ phase: 'body', ...SENT_ALL })
    expect(offered).toEqual([])
  })

  it('a deadline', async () => {
    const { error, offered } = await outcome(silence, {
      pool: { timeout: { total: 5_000 } },
      clock: new ManualClock(),
      moved: 5_000,
    })
    expect(error).toBeInstanceOf(DeadlineError)
    expect(error).toMatchObject({ sent: 'all' })
    expect(offered).toEqual([])
  })

  it('an abort, which rejects with its reason', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    await using server = await scriptedServer(silence)
    await using pool = new HTTPConnectionPool(server.host, server.port)
    const offered: unknown[] = []
    pool.hooks.onError.tap('watch', ({ error }) => void offered.push(error))
    const call = pool.request('GET', '/', { signal: stop.signal })
    await server.connection(0)
    stop.abort(reason)
    await expect(call).rejects.toBe(reason)
    expect(offered).toEqual([])
  })

  it.each([
    [
      'an unknown option',
      { request: { tiemout: 5 } as RequestOptions },
      OptionsError,
      { path: 'tiemout', phase: 'options', sent: 'nothing' },
    ],
    [
      'an option of the wrong kind',
      { request: { timeout: 'soon' as never } },
      OptionsError,
      { path: 'timeout' },
    ],
  ] as const)('%s', async (_, options, Class, facts) => {
    const { error, offered } = await outcome(answer(response(200)), options)
    expect(error).toBeInstanceOf(Class)
    expect(error).toMatchObject(facts)
    expect(offered).toEqual([])
  })

  it('a plugin that throws', async () => {
    await using pool = new HTTPConnectionPool('localhost')
    const cause = new Error('broken')
    pool.hooks.onRequest.tap('culprit', () => {
      throw cause
    })
    const error: unknown = await pool.request('GET', '/').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(PluginError)
    expect(error).toMatchObject({ plugin: 'culprit', hook: 'onRequest', cause })
  })

  it('a foreign URL, and a closed pool', async () => {
    const pool = new HTTPConnectionPool('localhost')
    await expect(pool.request('GET', 'http://elsewhere.test/')).rejects.toBeInstanceOf(HostChangedError)
    await pool.close()
    await expect(pool.request('GET', '/')).rejects.toBeInstanceOf(ClosedPoolError)
  })

  it('a line that is full, and a wait in it that is too long', async () => {
    const clock = new ManualClock()
    await using server = await scriptedServer(silence)
    const pool = new HTTPConnectionPool(server.host, server.port, {
      block: true,
      maxQueue: 1,
      poolTimeout: 50,
      timeout: null,
      clock,
    })
    const first = pool.request('GET', '/').catch((error: unknown) => error)
    const second = pool.request('GET', '/').catch((error: unknown) => error)
    const third: unknown = await pool.request('GET', '/').catch((error: unknown) => error)
    expect(third).toBeInstanceOf(QueueFullError)
    clock.advance(50)
    const waited = await second
    expect(waited).toBeInstanceOf(EmptyPoolError)
    expect(waited).toMatchObject({ phase: 'queue', sent: 'nothing' })
    await pool.close({ graceMs: 0 })
    expect(await first).toBeInstanceOf(Error)
  })
})
