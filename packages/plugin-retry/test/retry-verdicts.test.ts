// What `retry()` tells a caller, and where it leaves the word to `redirect()`: with the phase, the share that was sent and the
// rule that decided.
import { MaxRetryError, ProtocolError, ResponseError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry } from '../src/index.js'
import { call, failingCall, type Step, scripted, scriptedPool } from './support/scripted-origin.js'

const busy: Step = [503, { 'Retry-After': '0' }]

describe('the number of retries that a call asks for', () => {
  it.each([0, 1, 2, 5])(
    'of %i is that, as a number or in options, for the first call and for later ones',
    async (total) => {
      for (const retries of [total, { total }, new Retry({ total })]) {
        const script = scripted([busy])
        const pool = scriptedPool(script)
        for (let round = 1; round <= 3; round += 1) {
          expect((await call(pool, script, 'GET', '/', { retries })).status).toBe(503)
          expect(script.sent).toHaveLength(round * (total + 1))
        }
      }
    },
  )

  it('is kept apart from those of other calls, however many they are', async () => {
    const script = scripted(({ target }) => (target === '/busy' ? busy : 200))
    const pool = scriptedPool(script)
    for (const round of [1, 2]) {
      for (let total = 0; total < 40; total += 1) {
        const before = script.sent.length
        const isFew = total < 10
        await call(pool, script, 'GET', isFew ? '/busy' : '/', { retries: total })
        expect(script.sent.length - before, `round ${round}`).toBe(isFew ? total + 1 : 1)
      }
    }
  })

  it('is the pool’s for nothing, whatever stands for nothing', async () => {
    for (const options of [{}, { retries: undefined }, { retries: null }]) {
      const script = scripted([busy])
      await call(scriptedPool(script, { retry: { total: 2 } }), script, 'GET', '/', options)
      expect(script.sent).toHaveLength(3)
    }
  })
})

describe('a redirect that also says when to come back', () => {
  const moved: Step = [302, { Location: '/there', 'Retry-After': '0' }]

  it('is followed, not asked for again', async () => {
    const script = scripted([moved, 200])
    await call(scriptedPool(script), script, 'GET', '/here')
    expect(script.sent.map(({ target }) => target)).toEqual(['/here', '/there'])
  })

  it('whose status is listed is asked for again where nobody follows it', async () => {
    const retries = { redirect: false, statusForcelist: [302] } as const
    for (const setup of [{}, { redirect: 'none' }] as const) {
      const script = scripted([moved, 200])
      await call(scriptedPool(script, setup), script, 'GET', '/here', { retries })
      expect(script.sent.map(({ target }) => target)).toEqual(['/here', '/here'])
    }
    const script = scripted([moved, 200])
    const options = { redirect: false, retries: { statusForcelist: [302] } }
    await call(scriptedPool(script), script, 'GET', '/here', options)
    expect(script.sent.map(({ target }) => target)).toEqual(['/here', '/here'])
  })

  it('is returned by a policy that is off', async () => {
    const script = scripted([moved, 200])
    const retries = { total: false, statusForcelist: [302] } as const
    expect((await call(scriptedPool(script), script, 'GET', '/here', { retries })).status).toBe(302)
    expect(script.sent).toHaveLength(1)
  })

  it('without a place to go to is an answer like any other', async () => {
    const nowhere: Record<string, string>[] = [{}, { Location: '' }, { Location: ' \t' }]
    for (const headers of nowhere) {
      const script = scripted([[302, headers], 200])
      const retries = { statusForcelist: [302] }
      await call(scriptedPool(script), script, 'GET', '/here', { retries })
      expect(script.sent.map(({ target }) => target)).toEqual(['/here', '/here'])
    }
  })

  it('of another status is no redirect, whatever fields it has', async () => {
    const script = scripted([[500, { Location: '/there' }], 200])
    await call(scriptedPool(script), script, 'GET', '/here', { retries: { statusForcelist: [500] } })
    expect(script.sent.map(({ target }) => target)).toEqual(['/here', '/here'])
  })
})

describe('giving up', () => {
  it('on a listed status says that all was sent', async () => {
    const script = scripted([500])
    const retries = { total: 1, statusForcelist: [500] }
    const error = (await failingCall(scriptedPool(script), script, 'GET', '/', { retries })) as MaxRetryError
    expect(error).toBeInstanceOf(MaxRetryError)
    expect(error).toMatchObject({ sent: 'all', reason: { sent: 'all' } })
    expect(error.reason).toBeInstanceOf(ResponseError)
  })

  it('on a failure says what the failure said', async () => {
    for (const sent of ['nothing', 'some', 'all'] as const) {
      const script = scripted([new ProtocolError('gone', { phase: 'wait', sent })])
      const error = await failingCall(scriptedPool(script), script, 'GET', '/', { retries: 1 })
      expect(error).toBeInstanceOf(MaxRetryError)
      expect(error.sent).toBe(sent)
    }
  })

  it('for want of budget says so, of an answer only when its status is listed and may fail a call', async () => {
    const none = { ratio: 0, minPerSecond: 0 }
    const setup = { retry: { statusForcelist: [500], budget: none } }
    const script = scripted([500])
    const error = (await failingCall(scriptedPool(script, setup), script, 'GET', '/')) as MaxRetryError
    expect(error.message).toBe(
      'gave up on GET http://origin.test/: 500, and the retry budget of http://origin.test:80 is spent',
    )
    expect(error).toMatchObject({ sent: 'all', reason: { sent: 'all' } })
    for (const [step, more] of [
      [busy, {}],
      [500, { raiseOnStatus: false }],
    ] as const) {
      const other = scripted([step])
      const pool = scriptedPool(other, { retry: { ...setup.retry, ...more } })
      await call(pool, other, 'GET', '/')
      expect(other.sent).toHaveLength(1)
    }
  })

  it('pays no second time into the budget for a body that broke off behind its head', async () => {
    const gone = (phase: 'body' | 'wait'): ProtocolError => new ProtocolError('gone', { phase, sent: 'all' })
    for (const [phase, calls] of [
      ['body', 0],
      ['wait', 1],
    ] as const) {
      const script = scripted([gone(phase), 200])
      const pool = scriptedPool(script)
      await call(pool, script, 'GET', '/')
      const shown = pool.inspect().plugins.retry as { budget: { origins: Record<string, { calls: number }> } }
      expect(Object.values(shown.budget.origins).map((origin) => origin.calls)).toEqual([calls])
    }
  })
})
