// Retries of answers: which statuses, how often, with what waits, and how a call ends that got no good one.
import {
  DeadlineError,
  MaxRetryError,
  NewConnectionError,
  PluginError,
  ResponseError,
} from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry, seededRandom } from '../src/index.js'
import {
  call,
  failingCall,
  type Script,
  type Step,
  scripted,
  scriptedManager,
  scriptedPool,
} from './support/scripted-origin.js'

const url = 'http://origin.test/tea'
const again = (status: number, after: string): [number, Record<string, string>] => [
  status,
  { 'Retry-After': after },
]

describe('a status of the force list', () => {
  it('is asked for again, and the history tells; the policy can be used again', async () => {
    const policy = new Retry({ total: 1, statusForcelist: [418] })
    for (let i = 0; i < 2; i++) {
      const script = scripted([418, 200])
      const response = await call(scriptedPool(script), script, 'GET', '/tea', { retries: policy })
      expect(response.status).toBe(200)
      expect(response.history).toEqual([
        {
          method: 'GET',
          url,
          status: 418,
          error: undefined,
          location: undefined,
          delayMs: 0,
          reason: 'retry',
        },
      ])
    }
    expect(policy).toMatchObject({ total: 1, history: [] })
  })

  it('is returned when it is not listed, or its method must not be sent twice', async () => {
    for (const [method, retries] of [
      ['GET', { statusForcelist: [500] }],
      ['POST', { statusForcelist: [418] }],
      ['GET', { statusForcelist: [418], allowedMethods: ['PUT'] }],
    ] as const) {
      const script = scripted([418, 200])
      expect((await call(scriptedPool(script), script, method, '/tea', { retries })).status).toBe(418)
      expect(script.sent).toHaveLength(1)
    }
  })

  it('fails the call when it persists, or is returned if the policy says so', async () => {
    const script = scripted([500])
    const retries = { total: 1, statusForcelist: [500] }
    const error = await failingCall(scriptedPool(script), script, 'GET', '/', { retries })
    expect(error).toBeInstanceOf(MaxRetryError)
    const { reason } = error as MaxRetryError
    expect(reason).toBeInstanceOf(ResponseError)
    expect((reason as Error).message).toBe('too many 500 error responses')
    expect(error).toMatchObject({ attempt: 2, method: 'GET', url: 'http://origin.test/' })
    expect(error.history).toMatchObject([{ status: 500 }])
    const lenient = scripted([500])
    const options = { retries: { ...retries, raiseOnStatus: false } }
    const response = await call(scriptedPool(lenient), lenient, 'GET', '/', options)
    expect(response).toMatchObject({ status: 500, url: 'http://origin.test/' })
    expect(response.history).toHaveLength(1)
    expect(lenient.sent).toHaveLength(2)
  })

  it('fails the call at once with a total of 0, and never with retries: false', async () => {
    const script = scripted([500])
    const pool = scriptedPool(script, { retry: { statusForcelist: [500] } })
    expect(await failingCall(pool, script, 'GET', '/', { retries: 0 })).toBeInstanceOf(MaxRetryError)
    expect((await call(pool, script, 'GET', '/', { retries: false })).status).toBe(500)
    expect(script.sent).toHaveLength(2)
  })
})

describe('back-off', () => {
  const waits = (script: { times: readonly number[] }): number[] =>
    script.times.slice(1).map((time, i) => time - (script.times[i] ?? 0))

  it('is nothing at first and doubles then, up to its cap', async () => {
    const script = scripted([500])
    const pool = scriptedPool(script, {
      retry: { total: 12, statusForcelist: [500], backoffFactor: 200, raiseOnStatus: false },
    })
    await call(pool, script, 'GET', '/')
    expect(waits(script)).toEqual([
      0, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 102_400, 120_000, 120_000,
    ])
  })

  it('starts over after a redirect', async () => {
    const script = scripted([500, 500, 500, [302, { Location: '/b' }], 500, 500, 200])
    const pool = scriptedPool(script, { retry: { total: 9, statusForcelist: [500], backoffFactor: 200 } })
    await call(pool, script, 'GET', '/')
    expect(waits(script)).toEqual([0, 400, 800, 0, 0, 400])
  })

  it('can be told again from its seed', async () => {
    const run = async (seed: number): Promise<number[]> => {
      const script = scripted([500])
      const retry = {
        total: 5,
        statusForcelist: [500],
        backoffFactor: 10,
        backoffJitter: 1000,
        random: seededRandom(seed),
      }
      await call(scriptedPool(script, { retry: { ...retry, raiseOnStatus: false } }), script, 'GET', '/')
      return waits(script)
    }
    const first = await run(1)
    expect(first).toEqual(await run(1))
    expect(first).not.toEqual(await run(2))
    expect(first[0]).toBe(0)
    for (const [i, wait] of first.slice(1).entries()) {
      expect(wait).toBeGreaterThanOrEqual(10 * 2 ** (i + 1))
      expect(wait).toBeLessThan(10 * 2 ** (i + 1) + 1000)
    }
  })

  it('counts against the total time-out, and can be aborted', async () => {
    const script = scripted([500])
    const pool = scriptedPool(script, {
      retry: { total: 9, statusForcelist: [500], backoffFactor: 1000 },
      total: 5000,
    })
    const error = await failingCall(pool, script, 'GET', '/')
    // 0 + 2000, and then 4000 would pass 5000.
    expect(error.message).toContain('waiting 4000 ms would pass the total time-out, 3000 ms are left')
    expect(script.times).toEqual([0, 0, 2000])
    const aborting = scripted([500])
    const controller = new AbortController()
    const face = scriptedPool(aborting, { retry: { statusForcelist: [500], backoffFactor: 1000 } })
    const promise = face.request('GET', '/', { signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    await expect(promise).rejects.toThrow('enough')
    expect(aborting.sent).toHaveLength(2)
  })
})

describe('where a policy comes from', () => {
  const failing: Script = [500]
  const attempts = async (setup: Parameters<typeof scriptedPool>[1], options: object): Promise<number> => {
    const counts: number[] = []
    for (const face of [scriptedPool, scriptedManager]) {
      const script = scripted(failing)
      await call(face(script, setup), script, 'GET', url, options).catch(() => undefined)
      counts.push(script.sent.length)
    }
    expect(counts[0]).toBe(counts[1])
    return counts[0] ?? 0
  }
  const list = { statusForcelist: [500] }

  it('is three retries when nobody says anything', async () => {
    expect(await attempts({ retry: list }, {})).toBe(4)
  })

  it('is the pool’s or manager’s for undefined and null, whatever that is', async () => {
    for (const retries of [undefined, null]) {
      expect(await attempts({ retry: { ...list, total: 5 } }, { retries })).toBe(6)
      expect(await attempts({ retry: { ...list, total: 0 } }, { retries })).toBe(1)
      expect(await attempts({ retry: { ...list, total: false } }, { retries })).toBe(1)
      expect(await attempts({ retry: 0 }, { retries })).toBe(1)
      expect(await attempts({ retry: false }, { retries })).toBe(1)
      expect(await attempts({ retry: new Retry({ ...list, total: 2 }) }, { retries })).toBe(3)
    }
  })

  it('is the request’s where it says something, the pool’s rules staying', async () => {
    const retry = { ...list, total: 5 }
    expect(await attempts({ retry }, { retries: 1 })).toBe(2)
    expect(await attempts({ retry }, { retries: true })).toBe(2)
    expect(await attempts({ retry }, { retries: false })).toBe(1)
    expect(await attempts({ retry }, { retries: { status: 2 } })).toBe(3)
    expect(await attempts({ retry }, { retries: new Retry() })).toBe(1)
    expect(await attempts({ retry }, { retries: new Retry({ ...list, total: 7 }) })).toBe(8)
  })

  it('tells a subclass of Retry-After whatever the status is', async () => {
    class Polling extends Retry {
      override isRetry(method: string, status: number, hasRetryAfter?: boolean): boolean {
        return (status === 202 && hasRetryAfter === true) || super.isRetry(method, status, hasRetryAfter)
      }
    }
    const script = scripted([[202, { 'Retry-After': '2' }], 202])
    const response = await call(scriptedPool(script, { retry: new Polling() }), script, 'GET', '/')
    expect([response.status, script.times]).toEqual([202, [0, 2000]])
  })

  it('does not take the fault of a subclass for an answer', async () => {
    const bug = new RangeError('a bug of the policy')
    class Broken extends Retry {
      override increment(): never {
        throw bug
      }
    }
    const refused = new NewConnectionError('refused', { phase: 'connect', sent: 'nothing' })
    const steps: Step[] = [[302, { Location: '/b' }], [503, { 'Retry-After': '0' }], refused]
    for (const step of steps) {
      const script = scripted([step])
      const error = await failingCall(scriptedPool(script, { retry: new Broken() }), script, 'GET', '/')
      expect(error).toBeInstanceOf(PluginError)
      const { cause } = error
      expect(cause instanceof AggregateError ? cause.errors : [cause]).toContain(bug)
      expect(script.sent).toHaveLength(1)
    }
  })

  it('asks a subclass in place of Retry', async () => {
    class Patient extends Retry {
      override isRetry(method: string, status: number, hasRetryAfter?: boolean): boolean {
        return status === 202 || super.isRetry(method, status, hasRetryAfter)
      }
      override backoffTime(): number {
        return 50
      }
    }
    for (const setup of [
      { retry: new Patient() },
      { retry: { policy: new Patient({ total: 9 }), total: 3 } },
    ]) {
      const script = scripted([202, 202, 200])
      expect((await call(scriptedPool(script, setup), script, 'GET', '/')).status).toBe(200)
      expect(script.times).toEqual([0, 50, 100])
    }
  })
})

describe('the history', () => {
  it('is one shorter than the attempts, on answers and on errors', async () => {
    const script = scripted([500, again(429, '2'), [302, { Location: '/b' }], 200])
    const pool = scriptedPool(script, { retry: { statusForcelist: [500] } })
    const response = await call(pool, script, 'GET', '/a')
    expect(response.history).toMatchObject([
      { url: 'http://origin.test/a', status: 500, reason: 'retry', delayMs: 0 },
      { url: 'http://origin.test/a', status: 429, reason: 'retry', delayMs: 2000 },
      { url: 'http://origin.test/a', status: 302, reason: 'redirect', location: '/b' },
    ])
    expect(response.url).toBe('http://origin.test/b')
  })

  it('is on the error of a call whose time ran out as well', async () => {
    const script = scripted([500])
    const pool = scriptedPool(script, { retry: { statusForcelist: [500] }, total: 100 })
    pool.hooks.onRequest.tapPromise('slow', async () => {
      script.clock.advance(40)
    })
    const error = await failingCall(pool, script, 'GET', '/')
    expect(error).toBeInstanceOf(DeadlineError)
    expect(error.history.length).toBeGreaterThan(0)
  })
})
