// A wall clock that is set while calls are under way, by an hour in either direction. Nothing that waits or ages may go by it:
// neither a time-out, nor a connection's age, nor the pause before an attempt.
import { HTTPConnectionPool } from '@rockpool/core'
import { retry } from '@rockpool/plugin-retry'
import {
  answerAll,
  gate,
  readRequest,
  response,
  scriptedServer,
  send,
  turns,
  until,
  waitAt,
} from '@rockpool/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const HOUR_MS = 3_600_000

describe.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a wall clock that is set an hour %s', (_, jump) => {
  // Only `Date` is ours; timers and the monotonic clock stay real.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const setTheClock = (): void => {
    vi.setSystemTime(Date.now() + jump)
  }

  it('ends no call that waits for its answer', async () => {
    const asked = gate()
    await using server = await scriptedServer([readRequest(), waitAt(asked), send(response(200, 'patient'))])
    const pool = new HTTPConnectionPool(server.host, server.port, {
      timeout: { connect: 20_000, read: 20_000, total: 20_000 },
    })
    const call = pool.request('GET', '/').then((answer) => answer.text(), String)
    await asked.reached
    setTheClock()
    await turns(50)
    asked.open()
    expect(await call).toBe('patient')
    await pool.close()
  })

  it('makes no idle connection older, and none younger', async () => {
    await using server = await scriptedServer(answerAll(response(200, 'kept')), { record: false })
    const pool = new HTTPConnectionPool(server.host, server.port, {
      keepAliveTimeout: 60_000,
      maxLifetime: 60_000,
    })
    for (let call = 0; call < 4; call += 1) {
      expect(await (await pool.request('GET', '/')).text()).toBe('kept')
      setTheClock()
      await turns(20)
    }
    expect(server.connections).toHaveLength(1)
    await pool.close()
  })

  it('makes no pause before the next attempt longer', async () => {
    const asked = gate()
    const busy = send(response(503, 'busy'))
    await using server = await scriptedServer([
      readRequest(),
      busy,
      readRequest(),
      waitAt(asked),
      busy,
      answerAll(response(200, 'third try')),
    ])
    const pool = new HTTPConnectionPool(server.host, server.port, {
      plugins: [retry({ total: 2, backoffFactor: 50, statusForcelist: [503] })],
      timeout: { connect: 20_000, read: 20_000, total: 20_000 },
    })
    const call = pool.request('GET', '/').then((answer) => answer.text(), String)
    await asked.reached
    asked.open()
    // The second pause is a tenth of a second, and has begun.
    await until(() => pool.inspect().sleeping === 1, { what: 'the second pause' })
    setTheClock()
    expect(await call).toBe('third try')
    await pool.close()
  })
})
