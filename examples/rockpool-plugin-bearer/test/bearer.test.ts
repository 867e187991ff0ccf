// What the plugin does, seen from servers that record what arrived.
import { inspect } from 'node:util'
import { HTTPConnectionPool, OptionsError, PluginError, PoolManager } from '@rockpool/core'
import { redirect } from '@rockpool/plugin-retry'
import {
  deferred,
  gate,
  response,
  type ScriptedServer,
  scriptedServer,
  trackLeaks,
  turns,
} from '@rockpool/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type BearerOptions, bearer } from '../src/index.js'

/** Answers 200 to one token and 401 to everything else; `/to?…` redirects. */
async function serverThatTakes(token: () => string | undefined): Promise<ScriptedServer> {
  const server = await scriptedServer(async (connection) => {
    while (connection.isOpen) {
      const request = await connection.readRequest()
      const [, location] = /^\/to\?(.*)$/.exec(request.target) ?? []
      if (location !== undefined) await connection.send(redirection(location))
      else {
        const known = request.header('authorization') === `Bearer ${token()}`
        await connection.send(known ? response(200, 'welcome') : response(401, 'who?'))
      }
    }
  })
  onTestFinished(() => server.close())
  return server
}

const redirection = (location: string): string =>
  `HTTP/1.1 307 Elsewhere\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`

function poolWith(server: ScriptedServer, options: Omit<BearerOptions, 'origins'>, more: object = {}) {
  const pool = new HTTPConnectionPool(server.host, server.port, {
    ...more,
    plugins: [bearer({ origins: [server.origin], ...options })],
  })
  onTestFinished(() => pool.close())
  return pool
}

const sentTo = (server: ScriptedServer): (string | undefined)[] =>
  server.connections.flatMap(({ requests }) => requests.map((request) => request.header('authorization')))

describe('bearer sends its token', () => {
  it('to the listed origins and to no other', async () => {
    const [listed, other] = [await serverThatTakes(() => 'abc'), await serverThatTakes(() => 'abc')]
    const plugins = [bearer({ token: 'abc', origins: [listed.origin] })]
    await using manager = new PoolManager({ plugins })
    expect((await manager.request('GET', `${listed.origin}/`)).status).toBe(200)
    expect((await manager.request('GET', `${other.origin}/`)).status).toBe(401)
    expect([sentTo(listed), sentTo(other)]).toEqual([['Bearer abc'], [undefined]])
  })

  it('across no redirect that leaves them, and again to one that comes back', async () => {
    const [listed, other] = [await serverThatTakes(() => 'abc'), await serverThatTakes(() => 'abc')]
    for (const plugins of [
      [bearer({ token: 'abc', origins: [listed.origin] }), redirect({ removeHeadersOnRedirect: [] })],
      [redirect({ removeHeadersOnRedirect: [] }), bearer({ token: 'abc', origins: [listed.origin] })],
    ] as const) {
      await using manager = new PoolManager({ plugins })
      const back = `${other.origin}/to?${listed.origin}/`
      expect((await manager.request('GET', `${listed.origin}/to?${back}`)).status).toBe(200)
    }
    expect(sentTo(other)).toEqual([undefined, undefined])
    expect(sentTo(listed)).toEqual(['Bearer abc', 'Bearer abc', 'Bearer abc', 'Bearer abc'])
  })

  it('unless the request is anonymous or brings its own', async () => {
    const server = await serverThatTakes(() => 'abc')
    const pool = poolWith(server, { token: 'abc' })
    await pool.request('GET', '/', { anonymous: true })
    await pool.request('GET', '/', { headers: { Authorization: 'Basic eDp5' } })
    expect(sentTo(server)).toEqual([undefined, 'Basic eDp5'])
    // @ts-expect-error a slip
    await expect(pool.request('GET', '/', { anonymus: true })).rejects.toThrow(OptionsError)
  })
})

describe('a token that is refused', () => {
  it('is replaced, and the request sent again with its body', async () => {
    const server = await serverThatTakes(() => 'new')
    const pool = poolWith(server, { token: 'old', refresh: async () => 'new' })
    const answer = await pool.request('PUT', '/', { body: 'content' })
    expect([answer.status, answer.history.map(({ reason }) => reason)]).toEqual([200, ['bearer']])
    expect(sentTo(server)).toEqual(['Bearer old', 'Bearer new'])
    const bodies = server.connections.flatMap(({ requests }) => requests.map(({ body }) => String(body)))
    expect(bodies).toEqual(['content', 'content'])
  })

  it('is replaced once for all calls that met it, though one connection is all there is', async () => {
    const server = await serverThatTakes(() => 'new')
    let refreshes = 0
    const pool = poolWith(
      server,
      {
        token: 'old',
        // Through the same pool: it would wait for ever if a call held the connection while it waits.
        refresh: async ({ signal }) => {
          refreshes += 1
          await pool.request('GET', '/token', { anonymous: true, signal })
          return 'new'
        },
      },
      { maxSize: 1, block: true },
    )
    const answers = await Promise.all(Array.from({ length: 10 }, () => pool.request('GET', '/')))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect([refreshes, pool.numConnections]).toEqual([1, 1])
  })

  it('is not replaced again when the news comes late', async () => {
    const late = gate()
    const server = await scriptedServer(async (connection) => {
      while (connection.isOpen) {
        const request = await connection.readRequest()
        const known = request.header('authorization') === 'Bearer new'
        if (request.target === '/late' && !known) await late.pass()
        await connection.send(known ? response(200, 'welcome') : response(401, 'who?'))
      }
    })
    onTestFinished(() => server.close())
    const pool = poolWith(server, { token: 'old', refresh: async () => 'new' }, { maxSize: 2 })
    const slow = pool.request('GET', '/late')
    await late.reached
    expect((await pool.request('GET', '/quick')).status).toBe(200)
    late.open()
    expect((await slow).status).toBe(200)
    expect(pool.inspect().plugins.bearer).toMatchObject({ refreshes: 1 })
  })

  it('a second time is the answer', async () => {
    const server = await serverThatTakes(() => undefined)
    const pool = poolWith(server, { token: 'old', refresh: async () => 'new' })
    const answer = await pool.request('GET', '/')
    expect([answer.status, answer.history.length, await answer.text()]).toEqual([401, 1, 'who?'])
  })

  it('is the answer when there is no way to another', async () => {
    const server = await serverThatTakes(() => undefined)
    expect((await poolWith(server, { token: 'old' }).request('GET', '/')).history).toEqual([])
  })

  it('is the answer when the body cannot be sent again, and the next call begins with a new one', async () => {
    const server = await serverThatTakes(() => 'new')
    const pool = poolWith(server, { token: 'old', refresh: async () => 'new' })
    const once = async function* (): AsyncGenerator<string> {
      yield 'once'
    }
    expect((await pool.request('PUT', '/', { body: once() })).status).toBe(401)
    expect((await pool.request('PUT', '/', { body: once() })).status).toBe(200)
  })
})

describe('a refresh', () => {
  it('that fails is a PluginError whose cause says why, and the next call tries again', async () => {
    const server = await serverThatTakes(() => 'new')
    const outcomes = [() => Promise.reject(new Error('sealed')), async () => 'new']
    const pool = poolWith(server, { refresh: () => (outcomes.shift() ?? (async () => 'new'))() })
    const failure = await pool.request('GET', '/').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PluginError)
    expect(failure).toMatchObject({ plugin: 'bearer', hook: 'onRequest', cause: { message: 'sealed' } })
    expect((await pool.request('GET', '/')).status).toBe(200)
  })

  it.each(['', 'two words', 'line\r\nX: injected', 7])(
    'that gives %j sends nothing and shows nothing',
    async (bad) => {
      const server = await serverThatTakes(() => 'new')
      const pool = poolWith(server, { refresh: async () => bad as string })
      const failure = await pool.request('GET', '/').catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(PluginError)
      if (bad !== '' && bad !== 7) expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(bad)
      expect(server.requests).toEqual([])
    },
  )

  it('is given up when the last call that waits for it is, and not before', async () => {
    const leaks = trackLeaks()
    const server = await serverThatTakes(() => 'new')
    const token = deferred<string>()
    const signals: AbortSignal[] = []
    const refresh: BearerOptions['refresh'] = ({ signal }) => {
      signals.push(signal)
      return token.promise
    }
    const pool = poolWith(server, { refresh })
    const [first, second] = [new AbortController(), new AbortController()]
    for (const { signal } of [first, second]) leaks.watch(signal)
    const calls = [first, second].map(({ signal }) => pool.request('GET', '/', { signal }))
    const settled = Promise.allSettled(calls)
    await turns(2)
    first.abort(new Error('no longer'))
    await turns(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    second.abort(new Error('no longer'))
    await settled
    await turns(2)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    // What comes too late is nobody's token.
    token.resolve('late')
    await turns(2)
    expect(pool.inspect().plugins.bearer).toMatchObject({ hasToken: false, refreshes: 1 })
    await pool.close()
    await server.close()
    await leaks.assertNone()
  })

  it('ends with the pool', async () => {
    const server = await serverThatTakes(() => 'new')
    const asked = deferred<AbortSignal>()
    const pool = poolWith(server, {
      refresh: ({ signal }) => {
        asked.resolve(signal)
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
      },
    })
    const call = pool.request('GET', '/').catch((error: unknown) => error)
    const signal = await asked.promise
    await pool.close({ graceMs: 0 })
    expect(signal.aborted).toBe(true)
    expect(await call).toBeInstanceOf(Error)
  })
})

describe('an option', () => {
  it.each([
    [{ origins: ['https://a.example'] }, 'token'],
    [{ token: 'abc', origins: [] }, 'origins'],
    [{ token: 'a b', origins: ['https://a.example'] }, 'token'],
    [{ token: 'abc', origins: ['http://a.example'] }, 'origins.0'],
    [{ token: 'abc', origins: ['https://a.example/api'] }, 'origins.0'],
    [{ token: 'abc', origins: ['a.example'] }, 'origins.0'],
    [{ refresh: 'soon', origins: ['https://a.example'] }, 'refresh'],
    [{ token: 'abc', origins: ['https://a.example'], colour: 'red' }, 'colour'],
  ])('that is not acceptable is refused where the plugin is made: %j', (options, path) => {
    expect(() => bearer(options as unknown as BearerOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS', path }),
    )
  })
})
