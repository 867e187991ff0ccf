// The phase, and how much was sent, of failures that no connection can tell about: in hooks, on the way to one, between two attempts.
import type { LookupFunction } from 'node:net'
import { deferred, ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { CONNECT_GRACE_MS } from '../src/ground/limits.js'
import { HTTPConnectionPool, MaxRetryError, ResponseError } from '../src/index.js'
import {
  type ConnectContext,
  type Connector,
  type ConnectPhase,
  definePlugin,
  HTTPResponse,
  type PluginHost,
  Resend,
  stages,
} from '../src/plugin.js'
import { ConnectProgress } from '../src/transport/connect-progress.js'
import { expectAtRest, failureOf, poolFor } from './support/pools.js'
import { answering, ok, rawOrigin } from './support/raw-origin.js'

const broken = (): never => {
  throw new Error('broken')
}
const plugin = (apply: (host: PluginHost) => void) => definePlugin({ name: 'tested', apply })()
const tap = { name: 'tested' }

describe('a plugin that fails', () => {
  it.each([
    ['onRequest', 'queue', (host: PluginHost) => host.hooks.onRequest.tap(tap, broken)],
    ['onRequest', 'queue', (host: PluginHost) => host.hooks.onRequest.tapPromise(tap, async () => broken())],
    ['beforeConnect', 'connect', (host: PluginHost) => host.hooks.beforeConnect.tap(tap, broken)],
  ])('in %s: the call stood at %s and nothing was sent', async (hook, phase, apply) => {
    const origin = await answering(ok())
    const pool = poolFor(origin, { plugins: [plugin(apply)] })
    expect(await failureOf(pool.request('POST', '/', { body: 'x' }))).toMatchObject({
      code: 'ERR_PLUGIN',
      hook,
      phase,
      sent: 'nothing',
      attempt: 1,
      method: 'POST',
    })
    expect(origin.requests).toEqual([])
    expectAtRest(pool)
  })

  it('in onError: the call stood where the failure stood', async () => {
    const origin = await rawOrigin(async (connection) => {
      await connection.request()
      connection.end()
    })
    const pool = poolFor(origin, { plugins: [plugin((host) => host.hooks.onError.tap(tap, broken))] })
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      code: 'ERR_PLUGIN',
      hook: 'onError',
      phase: 'wait',
      sent: 'all',
      reusedConnection: false,
    })
  })
})

describe('a total time-out', () => {
  it('in a hook that waits: the call stood before its connection', async () => {
    const origin = await answering(ok())
    const waiting = plugin((host) => host.hooks.onRequest.tapPromise(tap, () => new Promise(() => undefined)))
    const pool = poolFor(origin, { plugins: [waiting], timeout: { total: 5 } })
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      code: 'ERR_DEADLINE',
      phase: 'queue',
      sent: 'nothing',
    })
  })

  it('while a connection is made for the call: its name was looked up; behind it in the line: it was queued', async () => {
    const pool = new HTTPConnectionPool('nowhere.invalid', 80, {
      lookup: () => undefined,
      block: true,
      timeout: { total: 5 },
    })
    const calls = ['/first', '/second', '/third'].map((path) => failureOf(pool.request('GET', path)))
    const [first, ...others] = await Promise.all(calls)
    expect(first).toMatchObject({ code: 'ERR_DEADLINE', phase: 'dns', sent: 'nothing' })
    // The one that follows inherits the line's only place to connect from.
    expect(others.at(-1)).toMatchObject({ code: 'ERR_DEADLINE', sent: 'nothing', attempt: 1 })
    await pool.close()
  })

  it('in the body that a plugin answered with: nothing was sent', async () => {
    const endless = plugin((host) =>
      host.hooks.onRequest.tap({ ...tap, stage: stages.onRequest.answer }, () => {
        async function* body(): AsyncGenerator<Buffer> {
          yield Buffer.from('a')
          await new Promise(() => undefined)
        }
        return new HTTPResponse({ status: 200, body: body() })
      }),
    )
    const pool = new HTTPConnectionPool('h', 80, { plugins: [endless], timeout: { total: 5 } })
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      code: 'ERR_DEADLINE',
      phase: 'body',
      sent: 'nothing',
    })
    await pool.close()
  })

  it('between two attempts: the call stood where the answer left it', async () => {
    const origin = await answering(ok())
    const again = plugin((host) =>
      host.hooks.onResponse.tap(tap, () => new Resend({ reason: 'tested', delayMs: 1 })),
    )
    const pool = poolFor(origin, { plugins: [again], timeout: { total: 1e9 } })
    const never = plugin((host) =>
      host.hooks.onResponse.tap(tap, () => new Resend({ reason: 'tested', delayMs: 1e9 })),
    )
    const other = poolFor(origin, { plugins: [never], timeout: { total: 1e8 } })
    const answered = { phase: 'head', sent: 'all' }
    // Twenty resends of one request are the most there can be.
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      code: 'ERR_MAX_RETRY',
      reusedConnection: true,
      reason: { code: 'ERR_RESPONSE', message: 'answered 200' },
      ...answered,
    })
    expect(await failureOf(other.request('GET', '/'))).toMatchObject({
      code: 'ERR_DEADLINE',
      reusedConnection: false,
      ...answered,
    })
  })
})

describe('a connector', () => {
  const connecting = (wrap: (next: Connector) => Connector) =>
    plugin((host) => host.hooks.beforeConnect.tap(tap, wrap))
  /** A call that waits for a connector which never ends, until its deadline or its connect time-out is over. */
  async function stuck(step: (context: ConnectContext) => void, timeout: 'total' | 'connect') {
    const clock = new ManualClock()
    const reached = deferred()
    const never = connecting(() => (_target, context) => {
      step(context)
      reached.resolve()
      return new Promise(() => undefined)
    })
    const pool = new HTTPConnectionPool('origin.test', 80, {
      clock,
      plugins: [never],
      timeout: { connect: null, [timeout]: 1_000 },
    })
    const failure = failureOf(pool.request('GET', '/'))
    await reached.promise
    clock.advance(1_000 + CONNECT_GRACE_MS)
    const error = await failure
    await pool.close()
    return error
  }

  it.each(['total', 'connect'] as const)(
    'that says nothing: the call was connecting (%s)',
    async (timeout) => {
      expect(await stuck(() => undefined, timeout)).toMatchObject({
        phase: 'connect',
        sent: 'nothing',
        message: expect.stringContaining('(still connecting)'),
      })
    },
  )

  it.each(['total', 'connect'] as const)(
    'that says where it is: the call was there (%s)',
    async (timeout) => {
      const step = ({ progress }: ConnectContext): void => progress?.enter('proxy')
      expect(await stuck(step, timeout)).toMatchObject({
        phase: 'proxy',
        sent: 'nothing',
        message: expect.stringContaining('(still negotiating with the proxy)'),
      })
    },
  )

  it.each([
    ['127.0.0.1', ['connect']],
    ['origin.test', ['dns', 'connect']],
  ])('that dials %s says each step when it begins', async (host, steps) => {
    const origin = await answering(ok())
    const seen: string[] = []
    class Recorder extends ConnectProgress {
      override enter(phase: ConnectPhase): void {
        super.enter(phase)
        seen.push(this.phase)
      }
    }
    const recorded = connecting(
      (next) => (target, context) => next(target, { ...context, progress: new Recorder() }),
    )
    const lookup: LookupFunction = (_name, _options, done) =>
      done(null, [{ address: '127.0.0.1', family: 4 }])
    const pool = new HTTPConnectionPool(host, origin.port, { plugins: [recorded], lookup })
    await pool.request('GET', '/')
    expect(seen).toEqual(steps)
    await pool.close()
  })

  it.each(['', 'head', 'constructor', undefined, null])('cannot say that it is at %j', async (phase) => {
    const pool = new HTTPConnectionPool('origin.test', 80, {
      plugins: [
        connecting(() => async (_target, { progress }) => {
          progress?.enter(phase as ConnectPhase)
          throw new Error('said')
        }),
      ],
    })
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({
      code: 'ERR_NEW_CONNECTION',
      phase: 'connect',
      message: expect.stringContaining("progress.enter() takes 'dns', 'connect', 'proxy' or 'tls'"),
    })
    await pool.close()
  })
})

describe('an error that a plugin returns for an answer', () => {
  it('says what the answer says of the connection, and so does its reason', async () => {
    const origin = await answering(ok())
    const strict = plugin((host) =>
      host.hooks.onResponse.tap(tap, () => new MaxRetryError('no', { reason: new ResponseError('no') })),
    )
    const pool = poolFor(origin, { plugins: [strict] })
    for (const reusedConnection of [false, true]) {
      const facts = { phase: 'head', sent: 'all', reusedConnection }
      expect(await failureOf(pool.request('GET', '/'))).toMatchObject({ ...facts, reason: facts })
    }
  })

  it('claims nothing was sent when a plugin gave the answer', async () => {
    const offline = plugin((host) => {
      host.hooks.onRequest.tap(
        { ...tap, stage: stages.onRequest.answer },
        () => new HTTPResponse({ status: 500 }),
      )
      host.hooks.onResponse.tap(tap, () => new ResponseError('no'))
    })
    const pool = new HTTPConnectionPool('h', 80, { plugins: [offline] })
    expect(await failureOf(pool.request('GET', '/'))).toMatchObject({ phase: 'head', sent: 'nothing' })
    await pool.close()
  })
})
