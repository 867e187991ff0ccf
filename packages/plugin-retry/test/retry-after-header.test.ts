import { MaxRetryError } from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { call, failingCall, scripted, scriptedPool } from './support/scripted-origin.js'

const again = (status: number, after: string): [number, Record<string, string>] => [
  status,
  { 'Retry-After': after },
]

describe('Retry-After', () => {
  it.each([413, 429, 503])('with %i is waited for, and then the call goes on', async (status) => {
    const script = scripted([again(status, '1'), 200])
    const response = await call(scriptedPool(script), script, 'GET', '/')
    expect(response.status).toBe(200)
    expect(response.history[0]).toMatchObject({ status, delayMs: 1000 })
    expect(script.times).toEqual([0, 1000])
  })

  it('is not waited for by retries: false, retries: 0 or another method: the answer is returned', async () => {
    for (const [method, options] of [
      ['GET', { retries: false }],
      ['GET', { retries: 0 }],
      ['POST', {}],
      ['GET', { retries: { respectRetryAfterHeader: false } }],
    ] as const) {
      const script = scripted([again(503, '1'), 200])
      expect((await call(scriptedPool(script), script, method, '/', options)).status).toBe(503)
      expect(script.sent).toHaveLength(1)
    }
  })

  it('does not make other statuses worth a retry', async () => {
    for (const status of [418, 500, 200, 404]) {
      const script = scripted([again(status, '1'), 200])
      expect((await call(scriptedPool(script), script, 'GET', '/')).status).toBe(status)
    }
  })

  it('is heeded for a listed status, and without a total', async () => {
    const script = scripted([again(500, '3'), again(503, '4'), 200])
    const retries = { total: Number.POSITIVE_INFINITY, statusForcelist: [500] }
    expect((await call(scriptedPool(script), script, 'GET', '/', { retries })).status).toBe(200)
    expect(script.times).toEqual([0, 3000, 7000])
  })

  it('ends with the last answer when the total is used up', async () => {
    const script = scripted([again(503, '1')])
    const response = await call(scriptedPool(script), script, 'GET', '/', { retries: 2 })
    expect(response).toMatchObject({ status: 503 })
    expect(script.sent).toHaveLength(3)
  })

  it.each([
    ['Tue, 01 Jan 2030 00:01:00 GMT', 60_000],
    ['Tuesday, 01-Jan-30 00:01:00 GMT', 60_000],
    ['Tue Jan  1 00:01:00 2030', 60_000],
    ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
  ])('may be the date %j', async (date, wait) => {
    const script = scripted([again(503, date), 200])
    await call(scriptedPool(script), script, 'GET', '/')
    expect(script.times).toEqual([0, wait])
  })

  it.each(['-1', '+1', '1.0', '²', 'soon'])(
    'that cannot be read, like %j, leaves the wait to the back-off',
    async (value) => {
      const script = scripted([again(503, value), again(503, value), 200])
      expect(
        (await call(scriptedPool(script, { retry: { backoffFactor: 100 } }), script, 'GET', '/')).status,
      ).toBe(200)
      expect(script.times).toEqual([0, 0, 200])
    },
  )

  it('of 0 leaves the wait to the back-off', async () => {
    const script = scripted([again(503, '0'), again(503, '0'), 200])
    await call(scriptedPool(script, { retry: { backoffFactor: 100 } }), script, 'GET', '/')
    expect(script.times).toEqual([0, 0, 200])
  })

  it('given twice means the later time', async () => {
    const script = scripted([[503, { 'Retry-After': ['2', '5'] }], 200])
    await call(scriptedPool(script), script, 'GET', '/')
    expect(script.times).toEqual([0, 5000])
  })

  it.each(['21601', '25200', '99999999999', 'Tue, 01 Jan 2030 06:00:01 GMT'])(
    'longer than six hours, like %j, ends the call: never is a server asked earlier than it wants',
    async (value) => {
      const script = scripted([again(503, value), 200])
      expect((await call(scriptedPool(script), script, 'GET', '/')).status).toBe(503)
      expect(script.sent).toHaveLength(1)
      expect(script.clock.now()).toBe(0)
    },
  )

  it('longer than allowed fails a call whose status is listed', async () => {
    const script = scripted([again(503, '11'), 200])
    const pool = scriptedPool(script, { retry: { retryAfterMax: 10_000, statusForcelist: [503] } })
    const error = await failingCall(pool, script, 'GET', '/')
    expect(error).toBeInstanceOf(MaxRetryError)
    expect(error.message).toContain('11000 ms, more than the 10000 ms of retryAfterMax')
  })

  it('longer than the time that is left returns the answer at once', async () => {
    const script = scripted([again(503, '10'), 200])
    const response = await call(scriptedPool(script, { total: 5000 }), script, 'GET', '/')
    expect(response.status).toBe(503)
    expect(script.clock.now()).toBe(0)
  })
})
