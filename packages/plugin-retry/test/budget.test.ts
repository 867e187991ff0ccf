// The retry budget in a pool: what a storm may cost, and how a call ends that had no budget left.
import { MaxRetryError, NewConnectionError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import type { RetryPluginOptions } from '../src/index.js'
import {
  call,
  failingCall,
  type Script,
  scripted,
  scriptedManager,
  scriptedPool,
} from './support/scripted-origin.js'
import { settle } from './support/settle.js'

const refused = (): NewConnectionError =>
  new NewConnectionError('refused', { phase: 'connect', sent: 'nothing' })

async function storm(script: Script, retry: RetryPluginOptions, callers = 1000): Promise<number> {
  const origin = scripted(script)
  const pool = scriptedPool(origin, { retry })
  const calls = Array.from({ length: callers }, () => pool.request('GET', '/').catch(() => undefined))
  await settle(origin.clock, Promise.all(calls))
  return origin.sent.length
}

describe('1 000 callers against an origin that fails for all of them', () => {
  it('are four times the load without a budget', async () => {
    expect(await storm([503], { statusForcelist: [503], budget: false })).toBe(4000)
    expect(await storm(() => refused(), { budget: false })).toBe(4000)
  })

  it('are 1.2 times the load with one', async () => {
    const budget = { ratio: 0.2, minPerSecond: 0 }
    for (const [script, retry] of [
      [[503], { statusForcelist: [503], budget }],
      [() => refused(), { budget }],
      [[503], { statusForcelist: [503], budget, backoffFactor: 100, backoffJitter: 50 }],
    ] as [Script, RetryPluginOptions][]) {
      const attempts = await storm(script, retry)
      expect(attempts).toBeLessThanOrEqual(1200)
      expect(attempts).toBeGreaterThan(1150)
    }
  })
})

describe('a call without budget', () => {
  const budget = { ratio: 0, minPerSecond: 0 }

  it('ends with its failure as the reason', async () => {
    const error = refused()
    const script = scripted([error])
    const failed = await failingCall(scriptedPool(script, { retry: { budget } }), script, 'GET', '/')
    expect(failed).toBeInstanceOf(MaxRetryError)
    expect(failed).toMatchObject({ reason: error })
    expect(failed.message).toContain('the retry budget of http://origin.test:80 is spent')
  })

  it('ends with the answer as a listed status does', async () => {
    const listed = { budget, statusForcelist: [503] }
    const script = scripted([503])
    expect(await failingCall(scriptedPool(script, { retry: listed }), script, 'GET', '/')).toBeInstanceOf(
      MaxRetryError,
    )
    const lenient = { retry: { ...listed, raiseOnStatus: false } }
    expect((await call(scriptedPool(script, lenient), script, 'GET', '/')).status).toBe(503)
    const asked = scripted([[503, { 'Retry-After': '1' }]])
    expect((await call(scriptedPool(asked, { retry: { budget } }), asked, 'GET', '/')).status).toBe(503)
  })

  it('follows redirects all the same', async () => {
    const script = scripted([[302, { Location: '/b' }], 200])
    expect((await call(scriptedPool(script, { retry: { budget } }), script, 'GET', '/')).status).toBe(200)
  })
})

describe('the budget', () => {
  it('is of each origin, and inspect() shows it', async () => {
    const script = scripted((request) => (request.origin.host === 'bad.test' ? 503 : 200))
    const retry = { statusForcelist: [503], raiseOnStatus: false, budget: { ratio: 0.5, minPerSecond: 0 } }
    const manager = scriptedManager(script, { retry })
    for (let i = 0; i < 4; i++) {
      await call(manager, script, 'GET', 'http://bad.test/')
      await call(manager, script, 'GET', 'http://good.test/')
    }
    const shown = JSON.stringify(manager.inspect())
    expect(shown).toContain('"http://bad.test:80":{"calls":4,"retries":2,"available":0,"refused":')
    expect(shown).toContain('"http://good.test:80":{"calls":4,"retries":0,"available":2,"refused":0}')
  })

  it('comes back with time', async () => {
    const script = scripted([503, 503, 503, 200])
    const retry = { statusForcelist: [503], raiseOnStatus: false, budget: { ratio: 0, minPerSecond: 0.1 } }
    const pool = scriptedPool(script, { retry })
    expect((await call(pool, script, 'GET', '/')).status).toBe(503)
    expect(script.sent).toHaveLength(2)
    script.clock.advance(10_000)
    expect((await call(pool, script, 'GET', '/')).status).toBe(200)
  })
})
