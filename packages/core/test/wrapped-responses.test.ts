// A plugin that passes a body through a function is seen by its reader alone.
import {
  answerAll,
  clientEnd,
  close,
  readRequest,
  scriptedServer,
  send,
  trackLeaks,
  turns,
  response as whole,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool, HTTPResponse, type Plugin, PluginError, ResponseError } from '../src/index.js'
import {
  definePlugin,
  type PluginHost,
  type ResponseContext,
  type ResponseThrough,
  stages,
  wrapResponse,
} from '../src/plugin.js'

const CHUNKED =
  'HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-Kind: shell\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n'

const ends: string[] = []
const shouting = definePlugin({
  name: 'shouting',
  apply: (host) =>
    host.hooks.onResponse.tap({ name: 'shouting', stage: stages.onResponse.transform }, (context) => {
      context.response = wrapResponse(context.response, async function* (body) {
        try {
          for await (const chunk of body) yield Buffer.from(chunk.toString().toUpperCase())
        } finally {
          ends.push('let go')
        }
      })
    }),
})

async function use(
  script: Parameters<typeof scriptedServer>[0],
  plugins: readonly Plugin[],
  call: (pool: HTTPConnectionPool<readonly Plugin[]>) => Promise<void>,
): Promise<void> {
  const leaks = trackLeaks()
  const server = await scriptedServer(script)
  const pool = new HTTPConnectionPool<readonly Plugin[]>(server.host, server.port, {
    maxSize: 1,
    block: true,
    plugins,
  })
  try {
    await call(pool)
    // One slot: whatever was done, it is free.
    expect((await pool.request('GET', '/next')).status).toBe(200)
  } finally {
    await pool.close()
    await server.close()
  }
  await leaks.assertNone()
}

const facts = ({ status, reason, headers, trailers, url, connection, timings }: HTTPResponse): unknown => [
  [status, reason, headers.get('x-kind'), trailers.get('x-sum'), new URL(url).pathname],
  [connection?.reused, connection?.route.length, timings.wait !== undefined],
]

describe('a wrapped response', () => {
  it.each([true, false])(
    'keeps every fact, trailers and connection included (preloadContent: %s)',
    async (preloadContent) => {
      const seen: unknown[] = []
      for (const plugins of [[], [shouting()]]) {
        await use(answerAll(CHUNKED), plugins, async (pool) => {
          const answer = await pool.request('GET', '/greeting', { preloadContent })
          seen.push([await answer.text(), facts(answer)])
        })
      }
      const [[plain, factsOfPlain], [shouted, factsOfShouted]] = seen as [
        [string, unknown],
        [string, unknown],
      ]
      expect([plain, shouted]).toEqual(['hello', 'HELLO'])
      expect(factsOfShouted).toEqual(factsOfPlain)
      expect(factsOfPlain).toMatchObject([
        [200, 'Fine', 'shell', '5', '/greeting'],
        [false, 1, true],
      ])
    },
  )

  it('that is left early lets go of the function and gives the connection back', async () => {
    await use(answerAll(whole(200, 'x'.repeat(500_000))), [shouting()], async (pool) => {
      const answer = await pool.request('GET', '/long', { preloadContent: false })
      ends.length = 0
      for await (const chunk of answer) {
        expect(chunk.toString()).toMatch(/^X+$/)
        break
      }
      await turns(5)
      expect(ends).toEqual(['let go'])
      ;(await pool.request('GET', '/unread', { preloadContent: false })).close()
    })
  })

  it('can be wrapped again, and given other fields', async () => {
    const labelled = definePlugin({
      name: 'labelled',
      apply: (host) =>
        host.hooks.onResponse.tap({ name: 'labelled', stage: stages.onResponse.transform }, (context) => {
          const headers = context.response.headers.clone().set('X-Kind', 'label')
          context.response = wrapResponse(context.response, (body) => body, { headers })
        }),
    })
    await use(answerAll(CHUNKED), [labelled(), shouting()], async (pool) => {
      const answer = await pool.request('GET', '/')
      expect([await answer.text(), answer.headers.get('x-kind'), answer.trailers.get('x-sum')]).toEqual([
        'HELLO',
        'label',
        '5',
      ])
    })
  })
})

describe('what is thrown while the body of a plugin is read', () => {
  const slip = new TypeError('a slip')
  const refusal = new ResponseError('not what was promised')
  const failing = (thrown: unknown): ResponseThrough =>
    async function* (body) {
      yield* body
      throw thrown
    }
  const answering = (thrown: unknown): HTTPResponse =>
    new HTTPResponse({ status: 200, body: failing(thrown)(new HTTPResponse({ status: 200, body: 'x' })) })
  const makers: Record<string, (host: PluginHost, thrown: unknown) => void> = {
    'by wrapResponse in onResponse': ({ hooks }, thrown) =>
      hooks.onResponse.tap('maker', (context) => {
        context.response = wrapResponse(context.response, failing(thrown))
      }),
    'by a new response in onResponse': ({ hooks }, thrown) =>
      hooks.onResponse.tapPromise('maker', async (context) => {
        context.response = answering(thrown)
      }),
    'by an answer of onRequest': ({ hooks }, thrown) => hooks.onRequest.tap('maker', () => answering(thrown)),
    'by an answer of onError': ({ hooks }, thrown) =>
      hooks.onError.tapPromise('maker', async () => answering(thrown)),
  }
  const cases = Object.keys(makers).flatMap((how) => [true, false].map((preload) => [how, preload] as const))
  const read = async (how: string, preloadContent: boolean, thrown: unknown): Promise<unknown> => {
    const server = await scriptedServer(how.endsWith('onError') ? [close()] : answerAll(CHUNKED))
    const maker = definePlugin({ name: 'maker', apply: (host) => makers[how]?.(host, thrown) })()
    // Installed after it, and reads through: the blame stays where it belongs.
    const pool = new HTTPConnectionPool(server.host, server.port, { plugins: [maker, shouting()] })
    const text = pool.request('GET', '/made', { preloadContent }).then((response) => response.text())
    const error = await text.catch((reason: unknown) => reason)
    await pool.close()
    await server.close()
    return error
  }

  it.each(cases)('%s is a PluginError with its name (preloadContent %j)', async (how, preload) => {
    const error = await read(how, preload, slip)
    const hook = how.split(' ').at(-1)
    expect(error).toMatchObject({ constructor: PluginError, plugin: 'maker', hook, cause: slip })
    expect(error).toMatchObject({ phase: 'body', method: 'GET', url: expect.stringMatching(/\/made$/) })
  })

  it.each(cases)('%s is passed on when it is an error of ours (preloadContent %j)', async (how, preload) => {
    expect(await read(how, preload, refusal)).toBe(refusal)
  })

  it.each([true, false])(
    'the reason of an abort is passed on (preloadContent %j)',
    async (preloadContent) => {
      const server = await scriptedServer([
        readRequest(),
        send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'),
        clientEnd(),
      ])
      const pool = new HTTPConnectionPool(server.host, server.port, { plugins: [shouting()] })
      const caller = new AbortController()
      const { signal } = caller
      const response = pool.request('GET', '/', { preloadContent, signal })
      if (!preloadContent) await response
      const text = response.then((given) => given.text())
      await turns(5)
      caller.abort(slip)
      await expect(text).rejects.toBe(slip)
      await pool.close()
      await server.close()
    },
  )
})

describe('a tap that mishandles a body is told so', () => {
  const tapping = (tap: (context: ResponseContext) => Promise<void>): Plugin =>
    definePlugin({
      name: 'hasty',
      apply: (host) =>
        host.hooks.onResponse.tapPromise('hasty', async (context) => {
          if (context.request.target !== '/next') await tap(context)
        }),
    })()

  it.each([true, false])(
    'when it reads it and leaves nothing (preloadContent: %s)',
    async (preloadContent) => {
      const reading = tapping(async ({ response }) => void (await response.text()))
      await use(answerAll(whole(200, 'hello')), [reading], async (pool) => {
        const failure: unknown = await pool
          .request('GET', '/', { preloadContent })
          .catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(PluginError)
        expect(failure).toMatchObject({ plugin: 'hasty', hook: 'onResponse', attempt: 1 })
        expect((failure as Error).message).toMatch(/read the body .+ wrapResponse/)
      })
    },
  )

  const pieces = async (response: HTTPResponse): Promise<number> => {
    let count = 0
    for await (const piece of response) count += piece.length > 0 ? 1 : 0
    return count
  }

  it.each<[string, (response: HTTPResponse) => Promise<unknown>]>([
    ['piece by piece', async (response) => pieces(response)],
    ['in part', (response) => response.read(1)],
    ['into a buffer', (response) => response.readInto(Buffer.alloc(1))],
  ])('when it reads it %s', async (_, read) => {
    const reading = tapping(async ({ response }) => void (await read(response)))
    await use(answerAll(whole(200, 'hello')), [reading], async (pool) => {
      await expect(pool.request('GET', '/')).rejects.toThrow(/read the body .+ wrapResponse/)
      expect((await pool.request('GET', '/next')).data?.toString()).toBe('hello')
    })
  })

  it('and not when it puts another response there', async () => {
    const replacing = tapping(async (context) => {
      const text = await context.response.text()
      context.response = new HTTPResponse({ status: 200, body: text.toUpperCase() })
    })
    await use(answerAll(whole(200, 'hello')), [replacing], async (pool) => {
      expect(await (await pool.request('GET', '/')).text()).toBe('HELLO')
    })
  })

  it('when what it makes is text, or no iterable', async () => {
    const wrapping = (through: unknown): Plugin =>
      tapping(async (context) => {
        context.response = wrapResponse(context.response, through as ResponseThrough)
      })
    const makesText = async function* (): AsyncGenerator<string> {
      yield 'text'
    }
    for (const [through, message] of [
      [makesText, /Uint8Arrays, and a string came/],
      [() => 5, /plugin "hasty" failed in onResponse: a body is made of an async iterable/],
    ] as const) {
      await use(answerAll(whole(200, 'hello')), [wrapping(through)], async (pool) => {
        await expect(pool.request('GET', '/')).rejects.toThrow(message)
      })
    }
  })
})
