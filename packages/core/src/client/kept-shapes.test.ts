import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { answerAll, response, scriptedServer } from '@rockpool/testkit'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Connection } from '../connection/connection.js'
import { Filling } from '../connection/filling.js'
import { StreamBuffers } from '../connection/stream-buffers.js'
import { BodyPieces } from '../ground/body-pieces.js'
import { Origin } from '../ground/origin.js'
import type { HTTPResponse } from '../ground/response.js'
import { definePlugin } from '../hooks/plugin.js'
import { Attempt } from './attempt.js'
import type { Exchange } from './exchange.js'
import type { KeptShapes } from './kept-shapes.js'
import { PoolCore } from './pool-core.js'
import { resolvePoolOptions } from './pool-options.js'

setFlagsFromString('--allow-natives-syntax')
const sameHiddenClass: (a: object, b: object) => boolean = runInThisContext(
  '(a, b) => %HaveSameMap(a, b)',
) as never

afterEach(() => vi.restoreAllMocks())

/** A pool that has made a hundred calls, the kept objects, and the real ones of the last call by the same names. */
async function used(
  plugins: Parameters<typeof resolvePoolOptions>[0],
): Promise<{ kept: Record<string, object | undefined>; real: Record<string, object | undefined> }> {
  const server = await scriptedServer(answerAll(response(200, 'ok')))
  onTestFinished(() => server[Symbol.asyncDispose]())
  const onHead = vi.spyOn(Attempt.prototype, 'onHead')
  const onLease = vi.spyOn(Attempt.prototype, 'onLease')
  const send = vi.spyOn(Connection.prototype, 'send')
  const core = new PoolCore(resolvePoolOptions(plugins), Origin.of('http', '127.0.0.1', server.port))
  onTestFinished(() => core.close(undefined))
  let last: HTTPResponse | undefined
  for (let count = 0; count < 100; count += 1) last = await core.request('GET', '/', undefined)
  const attempt = onHead.mock.contexts.at(-1) as Attempt
  const [head, body] = onHead.mock.lastCall as Parameters<Attempt['onHead']>
  const [lease] = onLease.mock.lastCall as Parameters<Attempt['onLease']>
  const [message] = send.mock.lastCall as Parameters<Connection['send']>
  const real = parts({ head, body, lease, attempt, exchange: attempt.exchange }, { message, response: last })
  const { received, ...rest } = core.client.shapes
  return { kept: parts(received, rest as never), real }
}

function parts(
  { head, body, lease, attempt, exchange }: KeptShapes['received'],
  { message, response }: { message: object; response: HTTPResponse | undefined },
): Record<string, object | undefined> {
  const { connection } = lease
  const { times, request } = attempt
  const lines = { head, fields: head.fields, framing: head.framing, headers: response?.headers }
  return { ...lines, body, lease, attempt, exchange, times, request, connection, message, response }
}

describe('the objects that a client keeps', () => {
  it('have the hidden classes of those that calls make, so that no collection forgets these', async () => {
    const { kept, real } = await used({})
    const other = Object.keys(kept).filter(
      (name) => !sameHiddenClass(kept[name] as object, real[name] as object),
    )
    expect(other).toEqual([])
  })

  it('are as those of calls that plugins look at', async () => {
    const contexts: object[] = []
    const looker = definePlugin({
      name: 'looker',
      apply: ({ hooks }) => {
        hooks.onRequest.tap({ name: 'looker' }, (context) => void contexts.push(context))
        hooks.onResponse.tap({ name: 'looker' }, (context) => void contexts.push(context))
      },
    })
    const { kept, real } = await used({ plugins: [looker()] })
    const exchange = real.exchange as Exchange
    const { requestContext, responseContext, streamed } = exchange.client.shapes
    expect(sameHiddenClass(requestContext, contexts.at(-2) as object)).toBe(true)
    expect(sameHiddenClass(responseContext, contexts.at(-1) as object)).toBe(true)
    expect(sameHiddenClass(streamed, real.response as object)).toBe(true)
    expect(sameHiddenClass(kept.attempt as object, real.attempt as object)).toBe(true)
  })

  it('are as those of bodies that are streamed, by pieces and into memory of the caller', async () => {
    const server = await scriptedServer(answerAll(response(200, 'x'.repeat(200_000))))
    onTestFinished(() => server[Symbol.asyncDispose]())
    const core = new PoolCore(resolvePoolOptions({}), Origin.of('http', '127.0.0.1', server.port))
    onTestFinished(() => core.close(undefined))
    const target = vi.spyOn(StreamBuffers.prototype, 'target')
    const next = vi.spyOn(BodyPieces.prototype, 'next')
    const begin = vi.spyOn(Filling.prototype, 'begin')
    for (let count = 0; count < 20; count += 1) {
      for await (const _ of await core.request('GET', '/', { preloadContent: false }));
      const response = await core.request('GET', '/', { preloadContent: false })
      while ((await response.readInto(Buffer.alloc(100_000))) > 0);
    }
    const { buffers, pieces, filling } = core.client.shapes
    expect(sameHiddenClass(buffers, target.mock.contexts.at(-1) as object)).toBe(true)
    expect(sameHiddenClass(pieces, next.mock.contexts.at(-1) as object)).toBe(true)
    expect(sameHiddenClass(filling, begin.mock.contexts.at(-1) as object)).toBe(true)
  })

  it('count for nothing: the first call is number 1, and no connection or attempt is there before', async () => {
    const server = await scriptedServer(answerAll(response(200, 'ok')))
    onTestFinished(() => server[Symbol.asyncDispose]())
    const core = new PoolCore(resolvePoolOptions({}), Origin.of('http', '127.0.0.1', server.port))
    expect(core.client.requestsSent).toBe(0)
    expect(core.inspect().pools).toEqual([])
    const settled = new Promise<number>((resolve) => {
      core.hooks.onSettle.tap({ name: 'test' }, ({ id }) => resolve(id))
    })
    await core.request('GET', '/', undefined)
    expect(await settled).toBe(1)
    await core.close(undefined)
  })
})
