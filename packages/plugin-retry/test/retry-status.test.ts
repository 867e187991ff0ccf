// Retries of answers: which statuses, how often, with what waits, and how a call ends that got no good one.
import { describe, expect, it } from 'vitest'
import { Retry } from '../src/index.js'
import { call, scripted, scriptedPool } from './support/scripted-origin.js'

describe('a status of the force list', () => {
  it('is asked for again, and the history tells', async () => {
    const script = scripted([418, 200])
    const policy = new Retry({ total: 1, statusForcelist: [418] })
    const pool = scriptedPool(script)
    const response = await call(pool, script, 'GET', '/tea', { retries: policy })
    expect(response.status).toBe(200)
    expect(response.history).toMatchObject([
      {
        method: 'GET',
        url: 'http://origin.test/tea',
        status: 418,
        error: undefined,
        location: undefined,
        reason: 'retry',
      },
    ])
    expect(policy).toMatchObject({ total: 1, history: [] })
  })
})
