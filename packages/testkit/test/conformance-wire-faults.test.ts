// More planted faults: of plugins that harm connections, requests and callers. The others: conformance-faults.test.ts.
import { connect, type Socket } from 'node:net'
import {
  definePlugin,
  OptionsError,
  type PluginHost,
  Resend,
  stages,
  wrapResponse,
} from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checksOf, checksOfPlugin } from './support/planted-faults.js'

const amend = { name: 'amend', stage: stages.onRequest.amend }
const decide = { name: 'decide', stage: stages.onResponse.decide }
const ordinary = 'works in an ordinary exchange'
const arrives = 'lets the body and the headers of a request arrive'
const never = (): Promise<undefined> => new Promise(() => undefined)

describe('a planted fault on the wire', () => {
  it('that leaks a lease, because the body it puts in place never ends, is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onResponse.tap(decide, (context) => {
        context.response = wrapResponse(context.response, async function* (body) {
          yield* body
          await never()
        })
      })
      return undefined
    })
    expect(String(await check('leaves no lease behind: twenty calls over one connection'))).toContain(
      'did not come true',
    )
    expect(String(await check('gives the slot back when a streamed response is read to its end'))).toContain(
      'did not come true',
    )
  })

  it('that leaks a lease, because it never decides about a response, is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onResponse.tapPromise(decide, never)
      return undefined
    })
    expect(String(await check(ordinary))).toContain('did not come true')
  })

  it('that leaks a lease, by a connector that never gives up, is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.beforeConnect.tap(
        'deaf',
        (next) => (target, context) => next(target, context).catch(never as never),
      )
      return undefined
    })
    expect(String(await check('leaves nothing when a call is aborted connecting'))).toContain(
      'heed its signal',
    )
    expect(await check(ordinary)).toBeUndefined()
  })

  it('that leaks a socket of its own is found', async () => {
    const sockets: Socket[] = []
    const check = checksOf(({ hooks }) => {
      hooks.beforeConnect.tap('twice', (next) => (target, context) => {
        sockets.push(connect(target.port, target.host))
        return next(target, context)
      })
      return undefined
    })
    const failure = await check('is disposed of once, at close, and leaves no timer and no listener')
    for (const socket of sockets) socket.destroy()
    expect(String(failure)).toContain('the end of every socket')
  })

  it('that drops the headers of the caller is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, (context) => {
        context.request = context.request.with({ headers: { 'X-Mine': 'yes' } })
      })
      return undefined
    })
    expect(String(await check(arrives))).toContain('a header of the caller')
  })

  it('that drops the body of the caller is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onRequest.tap(amend, (context) => {
        context.request = context.request.with({ body: null })
      })
      return undefined
    })
    expect(String(await check(arrives))).toContain('the body that arrived')
  })

  it('that asks for another attempt whatever the answer is found', async () => {
    const check = checksOf(({ hooks }) => {
      hooks.onResponse.tap(decide, () => new Resend({ reason: 'faulty' }))
      return undefined
    })
    expect(String(await check(ordinary))).toContain('MaxRetryError')
  })

  it('that waits on in onResponse after an abort is found', async () => {
    const check = checksOf(({ hooks, clock }) => {
      hooks.onResponse.tapPromise(decide, () => {
        return new Promise<undefined>((resolve) => {
          clock.timer(() => resolve(undefined)).arm(60_000)
        })
      })
      return undefined
    })
    expect(String(await check('leaves nothing when a call is aborted in onResponse'))).toContain('timers')
    expect(await check(ordinary)).toBeUndefined()
  })
})

describe('a plugin that throws', () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const hooks: Readonly<Record<string, (host: PluginHost) => void>> = {
    beforeConnect: (host) => host.hooks.beforeConnect.tap('boom', boom),
    onRequest: (host) => host.hooks.onRequest.tap('boom', boom),
    onResponse: (host) => host.hooks.onResponse.tap('boom', boom),
    onRelease: (host) => host.hooks.onRelease.tap('boom', boom),
    onSettle: (host) => host.hooks.onSettle.tap('boom', boom),
  }

  it.each(Object.entries(hooks))('in %s is found by an ordinary exchange', async (_, tap) => {
    expect(String(await checksOf((host) => void tap(host))(ordinary))).toContain('boom')
  })

  it('in onError is found by a server that fails', async () => {
    const check = checksOf((host) => void host.hooks.onError.tap('boom', boom))
    expect(await check(ordinary)).toBeUndefined()
    expect(String(await check('leaves nothing when the server closes before an answer'))).toContain('boom')
    expect(String(await check('leaves nothing when the server refuses'))).toContain('no fault of a plugin')
  })

  it('in its disposer is found at the end', async () => {
    expect(String(await checksOf(() => boom)(ordinary))).toContain('boom')
  })
})

describe('a factory', () => {
  const refuses = 'refuses bad options where the plugin is made, with a path'
  const schema = z.strictObject({ max: z.number().min(0) })
  const good = definePlugin({ name: 'faulty', options: schema, apply: () => undefined })
  const options = { validOptions: { max: 1 } }

  it('that refuses what it should passes', async () => {
    const check = checksOfPlugin(good as never, { ...options, invalidOptions: [[{ max: -1 }, 'max']] })
    expect(await check(refuses)).toBeUndefined()
  })

  it('that refuses with another path is found', async () => {
    const check = checksOfPlugin(good as never, { ...options, invalidOptions: [[{ max: -1 }, 'least']] })
    expect(String(await check(refuses))).toContain('path of the error')
  })

  it('that refuses with an error of its own kind is found', async () => {
    const crude = ((given: { max: number }) => {
      if (given.max < 0) throw new RangeError('max')
      return good(given)
    }) as never
    const check = checksOfPlugin(crude, { ...options, invalidOptions: [[{ max: -1 }, 'max']] })
    expect(String(await check(refuses))).toContain('OptionsError')
  })

  it('whose error does not lead to the line that made the plugin is found', async () => {
    const prepared = new OptionsError('max is too small', { path: 'max' })
    const distant = ((given: { max: number }) => {
      if (given.max < 0) throw prepared
      return good(given)
    }) as never
    const check = checksOfPlugin(distant, { ...options, invalidOptions: [[{ max: -1 }, 'max']] })
    expect(String(await check(refuses))).toContain('the line that made the plugin')
  })
})
