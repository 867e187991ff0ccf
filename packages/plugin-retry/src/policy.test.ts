import {
  ConnectTimeoutError,
  type HTTPError,
  IncompleteRead,
  InvalidHeader,
  MaxRetryError,
  NameResolutionError,
  NewConnectionError,
  ProtocolError,
  ProxyError,
  ReadTimeoutError,
  ResponseError,
  SSLError,
} from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry, type RetryEvent } from './policy.js'

const get = { method: 'GET', url: 'http://h/' }
const refusedConnect = (): HTTPError =>
  new NewConnectionError('refused', { phase: 'connect', sent: 'nothing' })
const readFailure = (): HTTPError => new ProtocolError('closed', { phase: 'wait', sent: 'all' })
const otherFailure = (): HTTPError => new SSLError('broken session', { phase: 'wait', sent: 'all' })

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('Retry', () => {
  it('has the defaults of the reference', () => {
    expect(new Retry()).toMatchObject({
      total: 3,
      connect: undefined,
      read: undefined,
      redirect: undefined,
      status: undefined,
      other: undefined,
      backoffFactor: 0,
      backoffMax: 120_000,
      backoffJitter: 0,
      respectRetryAfterHeader: true,
      retryAfterMax: 21_600_000,
      raiseOnStatus: true,
      raiseOnRedirect: true,
      history: [],
    })
    expect([...(new Retry().allowedMethods ?? [])]).toEqual([
      'HEAD',
      'GET',
      'PUT',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'QUERY',
    ])
  })

  it('is never changed by an event: each gives a new one', () => {
    const policy = new Retry({ total: 2, connect: 2 })
    const error = refusedConnect()
    const left = policy.increment({ ...get, error })
    expect(left).toMatchObject({ total: 1, connect: 1 })
    expect(left.history).toEqual([{ ...get, error, status: undefined, location: undefined }])
    expect(policy).toMatchObject({ total: 2, connect: 2, history: [] })
    expect(Object.isFrozen(left.history)).toBe(true)
  })

  it.each<[keyof Retry, RetryEvent]>([
    ['connect', { ...get, error: refusedConnect() }],
    ['read', { ...get, error: readFailure() }],
    ['other', { ...get, error: otherFailure() }],
    ['redirect', { ...get, status: 302, location: '/b' }],
    ['status', { ...get, status: 500 }],
  ])('counts an event of the class %s against that counter and total only', (name, event) => {
    const policy = new Retry({ total: 9, connect: 5, read: 5, redirect: 5, status: 5, other: 5 })
    const expected = { total: 8, connect: 5, read: 5, redirect: 5, status: 5, other: 5, [name]: 4 }
    expect(policy.increment(event)).toMatchObject(expected)
    expect(thrownBy(() => new Retry({ [name]: 0 }).increment(event))).toBeInstanceOf(MaxRetryError)
  })

  it('survives exactly as many events as total says, and more when total has no limit', () => {
    let policy = new Retry({ total: 2 })
    policy = policy.increment({ ...get, status: 500 }).increment({ ...get, error: refusedConnect() })
    expect(policy.total).toBe(0)
    expect(thrownBy(() => policy.increment({ ...get, status: 500 }))).toBeInstanceOf(MaxRetryError)
    let endless = new Retry({ total: Number.POSITIVE_INFINITY })
    for (let i = 0; i < 50; i++) endless = endless.increment({ ...get, status: 500 })
    expect(endless.history).toHaveLength(50)
  })

  it('takes true for one event', () => {
    expect(new Retry({ total: true }).total).toBe(1)
  })

  it('lets the original error through when total, connect or read is false', () => {
    const [connect, read] = [refusedConnect(), readFailure()]
    expect(thrownBy(() => new Retry({ total: false }).increment({ ...get, error: read }))).toBe(read)
    expect(thrownBy(() => new Retry({ connect: false }).increment({ ...get, error: connect }))).toBe(connect)
    expect(thrownBy(() => new Retry({ read: false }).increment({ ...get, error: read }))).toBe(read)
    expect(new Retry({ read: false }).increment({ ...get, error: connect }).total).toBe(2)
  })

  it('takes other: false and status: false for 0', () => {
    expect(
      thrownBy(() => new Retry({ other: false }).increment({ ...get, error: otherFailure() })),
    ).toBeInstanceOf(MaxRetryError)
    expect(thrownBy(() => new Retry({ status: false }).increment({ ...get, status: 500 }))).toBeInstanceOf(
      MaxRetryError,
    )
  })

  it('names the failure as reason and cause, and no password', () => {
    const error = readFailure()
    const failure = thrownBy(() =>
      new Retry({ total: 0 }).increment({ ...get, url: 'http://u:s3cret@h/', error }),
    )
    expect(failure).toMatchObject({ reason: error, cause: error, sent: 'all' })
    expect(String(failure)).not.toContain('s3cret')
  })

  it.each([
    [{ ...get, status: 500 }, 'too many 500 error responses'],
    [{ ...get, status: 302, location: '/a' }, 'too many redirects'],
    [get, 'too many error responses'],
  ])('names the reason of %j', (event, message) => {
    const failure = thrownBy(() => new Retry({ total: 0 }).increment(event)) as MaxRetryError
    expect(failure.reason).toBeInstanceOf(ResponseError)
    expect((failure.reason as Error).message).toBe(message)
  })

  it('retries listed statuses, and 413, 429 and 503 with Retry-After, for allowed methods', () => {
    const policy = new Retry({ statusForcelist: [418] })
    expect(policy.isRetry('GET', 418)).toBe(true)
    expect(policy.isRetry('get', 418)).toBe(true)
    expect(policy.isRetry('POST', 418)).toBe(false)
    expect(policy.isRetry('GET', 500)).toBe(false)
    expect([413, 429, 503, 500, 418, 200].map((status) => new Retry().isRetry('GET', status, true))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
    expect(policy.isRetry('GET', 503, false)).toBe(false)
    expect(policy.isRetry('POST', 503, true)).toBe(false)
    expect(new Retry({ respectRetryAfterHeader: false }).isRetry('GET', 503, true)).toBe(false)
  })

  it('heeds Retry-After without a total, not with a total of 0, and lists even then', () => {
    const unlimited = new Retry({ total: Number.POSITIVE_INFINITY })
    expect(unlimited.isRetry('GET', 503, true)).toBe(true)
    expect(new Retry({ total: 0 }).isRetry('GET', 503, true)).toBe(false)
    expect(new Retry({ total: 0, statusForcelist: [503] }).isRetry('GET', 503)).toBe(true)
    expect(new Retry({ total: false, statusForcelist: [503] }).isRetry('GET', 503, true)).toBe(false)
  })

  it('allows all methods with "any" and compares them without case', () => {
    expect(new Retry({ allowedMethods: 'any' }).isRetry('POST', 503, true)).toBe(true)
    expect(new Retry({ allowedMethods: ['post'] }).isMethodAllowed('Post')).toBe(true)
    expect(new Retry({ allowedMethods: ['post'] }).isMethodAllowed('GET')).toBe(false)
  })
})

describe('which failure counts as what', () => {
  const details = { phase: 'connect', sent: 'nothing' } as const
  const rows: [string, HTTPError, 'connect' | 'read' | 'other', anyMethod: boolean][] = [
    ['name resolution', new NameResolutionError('x', details), 'connect', true],
    ['refused', new NewConnectionError('x', details), 'connect', true],
    ['connect time-out', new ConnectTimeoutError('x', details), 'connect', true],
    ['a failed connect that says nothing of itself', new NewConnectionError('x'), 'connect', true],
    ['refused by the machine of the proxy', proxied(new NewConnectionError('x', details)), 'connect', true],
    ['the proxy’s name', proxied(new NameResolutionError('x', details)), 'connect', true],
    ['the way to the proxy too slow', proxied(new ConnectTimeoutError('x', details)), 'connect', true],
    ['CONNECT broken off', proxied(new ProtocolError('x', { phase: 'proxy' })), 'other', true],
    [
      'send failure before the first byte',
      new ProtocolError('x', { phase: 'send', sent: 'nothing' }),
      'read',
      true,
    ],
    ['send failure', new ProtocolError('x', { phase: 'send', sent: 'some' }), 'read', false],
    ['closed before the head', new ProtocolError('x', { phase: 'wait', sent: 'all' }), 'read', false],
    ['bad status line', new ProtocolError('x', { phase: 'head', sent: 'all' }), 'read', false],
    ['head too late', new ReadTimeoutError('x', { phase: 'wait', sent: 'all' }), 'read', false],
    [
      'short body',
      new IncompleteRead('x', { received: 1, expected: 2, phase: 'body', sent: 'all' }),
      'read',
      false,
    ],
    ['body too late', new ReadTimeoutError('x', { phase: 'body', sent: 'all' }), 'read', false],
    ['nobody knows what was sent', new ProtocolError('x'), 'read', false],
    [
      'an answer to a request nobody sent',
      new ProtocolError('x', { phase: 'head', sent: 'nothing' }),
      'read',
      false,
    ],
    ['TLS broke in mid-exchange', new SSLError('x', { phase: 'body', sent: 'all' }), 'other', false],
  ]

  function proxied(originalError: HTTPError): HTTPError {
    return new ProxyError('x', { originalError, phase: 'proxy', sent: 'nothing' })
  }

  it.each(rows)('%s', (_, error, counter, anyMethod) => {
    const policy = new Retry({ connect: 5, read: 5, other: 5 })
    expect(policy.increment({ ...get, error })[counter]).toBe(4)
    const post = { ...get, method: 'POST', error }
    if (anyMethod) expect(policy.increment(post)[counter]).toBe(4)
    else expect(thrownBy(() => policy.increment(post))).toBe(error)
  })

  it('takes contradictory fields for an answer: never asked again', () => {
    const error = new InvalidHeader('content-length 5 and 42', { phase: 'head', sent: 'all' })
    expect(thrownBy(() => new Retry().increment({ ...get, error }))).toBe(error)
  })
})

describe('backoffTime', () => {
  it('counts the row of events since the last redirect', () => {
    let policy = new Retry({ total: 20, backoffFactor: 200 })
    const waits: number[] = []
    const fail = (): void => {
      policy = policy.increment({ ...get, status: 500 })
      waits.push(policy.backoffTime())
    }
    for (let i = 0; i < 4; i++) fail()
    policy = policy.increment({ ...get, status: 302, location: '/a' })
    waits.push(policy.backoffTime())
    fail()
    fail()
    expect(waits).toEqual([0, 400, 800, 1600, 0, 0, 400])
  })
})
