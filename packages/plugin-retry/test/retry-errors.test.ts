// Retries of failures: which are repeated for whom, and with what error a call ends.
import {
  ConnectTimeoutError,
  DeadlineError,
  type HTTPError,
  InvalidHeader,
  MaxRetryError,
  NameResolutionError,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  ReadTimeoutError,
  SSLError,
} from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { call, failingCall, scripted, scriptedManager, scriptedPool } from './support/scripted-origin.js'

const connect = { phase: 'connect', sent: 'nothing' } as const
const unresolved = (): HTTPError => new NameResolutionError('no such name', { phase: 'dns', sent: 'nothing' })
const refused = (): HTTPError => new NewConnectionError('refused', connect)
const slow = (): HTTPError => new ConnectTimeoutError('too slow', connect)
const proxied = (): HTTPError =>
  new ProxyError('no proxy', { originalError: refused(), phase: 'proxy', sent: 'nothing' })
const closed = (): HTTPError => new ProtocolError('closed', { phase: 'wait', sent: 'all' })
const stalled = (): HTTPError => new ReadTimeoutError('stalled', { phase: 'wait', sent: 'all' })
const unsent = (): HTTPError => new ProtocolError('reset', { phase: 'send', sent: 'nothing' })
const contradictory = (): HTTPError => new InvalidHeader('5 and 42', { phase: 'head', sent: 'all' })
const brokenSession = (): HTTPError => new SSLError('bad record', { phase: 'wait', sent: 'all' })
const badCertificate = (): HTTPError => new SSLError('handshake', { phase: 'tls', sent: 'nothing' })

describe('a failure before anything was sent', () => {
  it.each([unresolved, refused, slow, proxied, unsent])(
    'is repeated for GET and POST alike (%o)',
    async (failure) => {
      for (const method of ['GET', 'POST', 'PATCH']) {
        const script = scripted([failure(), 200])
        const response = await call(scriptedPool(script), script, method, '/', {
          body: method === 'GET' ? null : 'x',
        })
        expect(response.status).toBe(200)
        expect(response.history).toHaveLength(1)
        expect(response.history[0]).toMatchObject({
          method,
          status: undefined,
          error: { name: failure().name },
        })
      }
    },
  )
})

describe('a failure after something may have been sent', () => {
  it.each([closed, stalled, brokenSession])('is repeated for idempotent methods (%o)', async (failure) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']) {
      const script = scripted([failure(), 200])
      expect((await call(scriptedPool(script), script, method, '/')).status).toBe(200)
    }
  })

  it.each([closed, stalled, brokenSession])(
    'reaches the caller of POST and PATCH as it is (%o)',
    async (failure) => {
      for (const method of ['POST', 'PATCH']) {
        for (const retries of [undefined, true, 10]) {
          const error = failure()
          const script = scripted([error])
          expect(await failingCall(scriptedPool(script), script, method, '/', { retries })).toBe(error)
          expect(script.sent).toHaveLength(1)
        }
      }
    },
  )

  it('is repeated for POST only where the caller says that this is harmless', async () => {
    const script = scripted([closed(), 200])
    const retries = { allowedMethods: ['POST'] }
    expect((await call(scriptedPool(script), script, 'POST', '/', { retries })).status).toBe(200)
  })
})

describe('a failure that would come again', () => {
  it.each([contradictory, badCertificate])('is final at the first attempt (%o)', async (failure) => {
    const error = failure()
    const script = scripted([error])
    expect(await failingCall(scriptedPool(script), script, 'GET', '/')).toBe(error)
    expect(script.sent).toHaveLength(1)
  })
})

describe('when the counters are used up', () => {
  it.each([
    [{ total: 2 }, refused, 3],
    [{ connect: 1 }, refused, 2],
    [{ connect: 0 }, slow, 1],
    [{ connect: 0 }, proxied, 1],
    [{ read: 1, connect: 5 }, closed, 2],
    [{ read: 0 }, stalled, 1],
    [{ other: 1 }, brokenSession, 2],
    [{ connect: 0 }, closed, 4],
    [{ read: 0 }, refused, 4],
  ])('%j ends with MaxRetryError around the failure (%o)', async (retries, failure, attempts) => {
    for (const face of [scriptedPool, scriptedManager]) {
      const script = scripted(() => failure())
      const error = await failingCall(face(script), script, 'GET', 'http://origin.test/', { retries })
      expect(error).toBeInstanceOf(MaxRetryError)
      const { reason } = error as MaxRetryError
      expect((reason as Error).constructor).toBe(failure().constructor)
      expect(error).toMatchObject({ code: 'ERR_MAX_RETRY', attempt: attempts, method: 'GET', cause: reason })
      expect(error.phase).toBe((reason as HTTPError).phase)
      expect(error).toMatchObject({ phase: failure().phase, sent: failure().sent })
      expect(error.history).toHaveLength(attempts - 1)
      expect(script.sent).toHaveLength(attempts)
    }
  })

  it.each([
    [{ retries: false }, refused],
    [{ retries: { connect: false } }, refused],
    [{ retries: { read: false } }, closed],
    [{ retries: { total: false } }, closed],
  ])('%j lets the failure through as it is (%o)', async (options, failure) => {
    const error = failure()
    const script = scripted([error])
    expect(await failingCall(scriptedPool(script), script, 'GET', '/', options)).toBe(error)
    expect(script.sent).toHaveLength(1)
  })

  it('keeps connect and read apart', async () => {
    const script = scripted([refused(), closed(), refused(), closed(), 200])
    const retries = { total: 9, connect: 2, read: 2 }
    expect((await call(scriptedPool(script), script, 'GET', '/', { retries })).status).toBe(200)
  })
})

describe('the wait after a failure', () => {
  it('is the back-off', async () => {
    const script = scripted([closed(), refused(), closed(), 200])
    await call(scriptedPool(script, { retry: { backoffFactor: 100 } }), script, 'GET', '/')
    expect(script.times).toEqual([0, 0, 200, 600])
  })
})

describe('a wait that the call has no time for', () => {
  it('ends it at once, with the failure as the cause', async () => {
    const script = scripted(() => closed())
    const error = await failingCall(
      scriptedPool(script, { retry: { backoffFactor: 1000 }, total: 1500 }),
      script,
      'GET',
      '/',
    )
    expect(error).toBeInstanceOf(DeadlineError)
    expect(error.cause).toBeInstanceOf(ProtocolError)
    expect(script.times).toEqual([0, 0])
    expect(script.clock.now()).toBe(0)
  })
})

describe('a third party', () => {
  it('can decide before and after, and each sees what the others left', async () => {
    const script = scripted([closed(), 200])
    const pool = scriptedPool(script)
    const seen: string[] = []
    pool.hooks.onError.tap(
      { name: 'before', stage: -1 },
      ({ error }) => void seen.push(`before ${error.name}`),
    )
    pool.hooks.onError.tap({ name: 'after', stage: 1 }, () => void seen.push('after'))
    pool.hooks.onResponse.tap(
      { name: 'watch', stage: -100 },
      ({ response }) => void seen.push(`${response.status}`),
    )
    await call(pool, script, 'GET', '/')
    expect(seen).toEqual(['before ProtocolError', '200'])
  })
})
