// Plugins that wait inside a tap, and the calls that do not wait for them.
import {
  answerAll,
  deferred,
  ManualClock,
  response,
  scriptedServer,
  trackLeaks,
  turns,
} from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { DeadlineError, HTTPConnectionPool } from '../src/index.js'
import { definePlugin, stages } from '../src/plugin.js'

const tap = { name: 'waiting', stage: stages.onRequest.amend }

/** A pool whose plugin waits for one promise in onRequest; `ended` has what became of each wait. */
async function waitingPool(promise: Promise<string>) {
  const server = await scriptedServer(answerAll(response(200, 'hello')))
  const clock = new ManualClock()
  const ended: unknown[] = []
  const waiting = definePlugin({
    name: 'waiting',
    apply(host) {
      host.hooks.onRequest.tapPromise(tap, async ({ exchange }) => {
        await host.whilePending(exchange, promise).then(
          (value) => ended.push(value),
          (reason: unknown) => {
            ended.push(reason)
            throw reason
          },
        )
      })
    },
  })
  const pool = new HTTPConnectionPool(server.host, server.port, {
    clock,
    timeout: null,
    plugins: [waiting()],
  })
  const end = async (): Promise<void> => {
    await pool.close()
    await server.close()
  }
  return { pool, clock, ended, end }
}

describe('a plugin that waits while its call is pending', () => {
  it('gets the value, and leaves neither listener nor timer', async () => {
    const leaks = trackLeaks()
    const { pool, clock, ended, end } = await waitingPool(Promise.resolve('value'))
    const { signal } = new AbortController()
    leaks.watch(signal)
    expect((await pool.request('GET', '/', { signal, timeout: { total: 1_000 } })).status).toBe(200)
    expect(ended).toEqual(['value'])
    await end()
    expect(clock.pending).toBe(0)
    await leaks.assertNone()
  })

  it('stops waiting when the caller aborts, and what was waited for goes on', async () => {
    const leaks = trackLeaks()
    const { promise, resolve } = deferred<string>()
    const { pool, ended, end } = await waitingPool(promise)
    const controller = new AbortController()
    leaks.watch(controller.signal)
    const aborted = pool.request('GET', '/', { signal: controller.signal })
    const patient = pool.request('GET', '/')
    const reason = new Error('given up')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    await turns(2)
    expect(ended).toEqual([reason])
    resolve('late')
    expect((await patient).status).toBe(200)
    expect(ended).toEqual([reason, 'late'])
    await end()
    await leaks.assertNone()
  })

  it('stops waiting at the deadline', async () => {
    const { pool, clock, ended, end } = await waitingPool(new Promise(() => undefined))
    const call = pool.request('GET', '/', { timeout: { total: 1_000 } })
    call.catch(() => undefined)
    await turns(2)
    clock.advance(1_000)
    await expect(call).rejects.toThrow(DeadlineError)
    await turns(2)
    expect(ended).toEqual([expect.any(DeadlineError)])
    expect(clock.pending).toBe(0)
    await end()
  })

  it('fails with what it waited for when that fails, once, and with nothing unheard', async () => {
    const leaks = trackLeaks()
    const failing = Promise.reject(new Error('no token'))
    failing.catch(() => undefined)
    const { pool, end } = await waitingPool(failing)
    await expect(pool.request('GET', '/')).rejects.toMatchObject({ code: 'ERR_PLUGIN', plugin: 'waiting' })
    const aborted = AbortSignal.abort(new Error('before'))
    await expect(pool.request('GET', '/', { signal: aborted })).rejects.toThrow('before')
    await end()
    await leaks.assertNone()
  })
})
