// The taxonomy, what an error tells, and what it must never print.

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as taxonomy from './errors.js'
import { describeFailure, HTTPError, quotePeerText } from './errors.js'
import { HTTPHeaders } from './headers.js'
import { historyEntry } from './history.js'

const PARENTS: Record<string, string> = {
  PoolError: 'HTTPError',
  EmptyPoolError: 'PoolError',
  QueueFullError: 'PoolError',
  ClosedPoolError: 'PoolError',
  FullPoolError: 'PoolError',
  RequestError: 'HTTPError',
  MaxRetryError: 'RequestError',
  HostChangedError: 'RequestError',
  TimeoutError: 'HTTPError',
  ConnectTimeoutError: 'TimeoutError',
  ReadTimeoutError: 'TimeoutError',
  DeadlineError: 'TimeoutError',
  NewConnectionError: 'HTTPError',
  NameResolutionError: 'NewConnectionError',
  SSLError: 'HTTPError',
  CertificateError: 'SSLError',
  PinError: 'SSLError',
  ProxyError: 'HTTPError',
  ProtocolError: 'HTTPError',
  IncompleteRead: 'ProtocolError',
  InvalidChunkLength: 'ProtocolError',
  InvalidHeader: 'ProtocolError',
  BodyTooLarge: 'ProtocolError',
  DecodeError: 'HTTPError',
  ResponseError: 'HTTPError',
  UnrewindableBodyError: 'HTTPError',
  LocationValueError: 'HTTPError',
  LocationParseError: 'LocationValueError',
  URLSchemeUnknown: 'LocationValueError',
  ProxySchemeUnknown: 'LocationValueError',
  OptionsError: 'HTTPError',
  PluginError: 'HTTPError',
  InsecureTransportError: 'HTTPError',
}

type AnyErrorClass = new (message: string, details: Record<string, unknown>) => HTTPError
const classes = taxonomy as unknown as Record<string, AnyErrorClass>
const make = (name: string, details: Record<string, unknown> = {}): HTTPError => {
  const ErrorClass = classes[name] as AnyErrorClass
  return new ErrorClass('it failed', {
    path: 'p',
    chunk: 'c',
    scheme: 's',
    location: 'l',
    plugin: 'x',
    received: 1,
    reason: 'r',
    ...details,
  })
}

describe('the taxonomy', () => {
  it.each(Object.entries(PARENTS))('%s extends %s', (name, parent) => {
    const error = make(name)
    expect(error).toBeInstanceOf(classes[parent])
    expect(error).toBeInstanceOf(HTTPError)
    expect(Object.getPrototypeOf(classes[name])).toBe(classes[parent])
    expect([error.name, String(error)]).toEqual([name, `${name}: it failed`])
    expect(error.stack?.startsWith(`${name}: it failed`)).toBe(true)
  })

  it('every exported class is listed here, and each has a code of its own', () => {
    const exported = Object.entries(classes)
      .filter(([, value]) => value.prototype instanceof Error)
      .map(([name]) => name)
    expect(exported.sort()).toEqual(['HTTPError', ...Object.keys(PARENTS)].sort())
    const codes = exported.map((name) => make(name).code)
    expect(new Set(codes).size).toBe(codes.length)
    for (const code of codes) expect(code).toMatch(/^ERR_[A-Z_]+$/)
  })

  it('all fields are there even when nothing is known', () => {
    const error = new HTTPError('x')
    for (const field of ['phase', 'sent', 'reusedConnection', 'method', 'url', 'attempt', 'history'])
      expect(Object.hasOwn(error, field)).toBe(true)
    expect([error.phase, error.sent, error.history]).toEqual([undefined, 'nothing', []])
    expect('cause' in error).toBe(false)
  })

  it('the classes with facts of their own keep them', () => {
    const headers = new HTTPHeaders({ 'Proxy-Authenticate': 'Basic' })
    const inner = new Error('inner')
    const proxy = new taxonomy.ProxyError('refused', {
      originalError: inner,
      status: 407,
      headers,
      body: Buffer.from('no'),
    })
    expect([proxy.originalError, proxy.cause, proxy.status, proxy.headers, proxy.body?.byteLength]).toEqual([
      inner,
      inner,
      407,
      headers,
      2,
    ])
    const max = new taxonomy.MaxRetryError('too many', { reason: inner })
    expect([max.reason, max.cause]).toEqual([inner, inner])
    const late = new HTTPError('late', { phase: 'body', reusedConnection: true })
    expect(new taxonomy.MaxRetryError('x', { reason: late })).toMatchObject({
      phase: 'body',
      reusedConnection: true,
    })
    expect(new taxonomy.MaxRetryError('x', { reason: late, phase: 'head' }).phase).toBe('head')
    expect(new taxonomy.MaxRetryError('x', { reason: 'late' }).phase).toBeUndefined()
    const pin = new taxonomy.PinError('no', { host: 'h', expected: 'a', actual: 'b' })
    expect([pin.host, pin.expected, pin.actual]).toEqual(['h', 'a', 'b'])
    expect(new taxonomy.IncompleteRead('short', { received: 3, expected: 2 })).toMatchObject({
      received: 3,
      expected: 2,
    })
    const options = new taxonomy.OptionsError('bad', { path: 'timeout.connect' })
    expect([options.path, options.issues, options.phase]).toEqual([
      'timeout.connect',
      [{ path: 'timeout.connect', message: 'bad' }],
      'options',
    ])
    expect(new taxonomy.InvalidChunkLength('bad', { chunk: 'x\r\n' }).chunk).toBe('"x\\r\\n"')
  })
})

describe('describeFailure', () => {
  it('fills what is not known and leaves what is', () => {
    const error = new HTTPError('x', { phase: 'head', sent: 'nothing' })
    const history = [historyEntry({ method: 'GET', url: 'http://h/', delayMs: 0, reason: 'retry' })]
    const again = describeFailure(error, {
      phase: 'body',
      sent: 'all',
      method: 'GET',
      url: 'http://u:p@h/',
      attempt: 2,
      history,
      reusedConnection: true,
    })
    expect(again).toBe(error)
    expect(error).toMatchObject({
      phase: 'head',
      sent: 'nothing',
      method: 'GET',
      url: 'http://h/',
      attempt: 2,
      reusedConnection: true,
      history,
    })
    describeFailure(error, {
      method: 'PUT',
      attempt: 3,
      url: 'http://other/',
      history: [],
      reusedConnection: false,
    })
    expect(error).toMatchObject({
      method: 'GET',
      attempt: 2,
      url: 'http://h/',
      reusedConnection: true,
      history,
    })
  })

  it('an unknown `sent` is filled once', () => {
    const error = new HTTPError('x')
    describeFailure(error, {})
    expect(error.sent).toBe('nothing')
    describeFailure(error, { sent: 'some' })
    describeFailure(error, { sent: 'all' })
    expect(error.sent).toBe('some')
  })

  it('a cause is added when there is none, never itself', () => {
    const error = new HTTPError('x')
    expect(describeFailure(error, { cause: error }).cause).toBeUndefined()
    expect(describeFailure(error, { cause: 'why' }).cause).toBe('why')
  })
})

describe('no error prints a credential', () => {
  const secret = 'hunter2'
  const url = `http://user:${secret}@h/path?q#f`
  const cases: [string, () => HTTPError][] = [
    ['the url', () => new HTTPError('x', { url })],
    ['the message', () => new HTTPError(`cannot reach ${url}, nor "${url}"`)],
    ['a url filled in later', () => describeFailure(new HTTPError('x'), { url })],
    [
      'the history',
      () =>
        new HTTPError('x', {
          history: [historyEntry({ method: 'GET', url, location: url, delayMs: 0, reason: 'redirect' })],
        }),
    ],
    ['a cause', () => new HTTPError('x', { cause: new HTTPError(url, { url }) })],
    ['a foreign cause', () => new HTTPError('x', { cause: new TypeError(`Invalid URL ${url}`) })],
    [
      'a location that does not parse',
      () => new taxonomy.LocationParseError('x', { location: `http://user:${secret}/x@h` }),
    ],
    ['a reason', () => new taxonomy.MaxRetryError('x', { reason: new HTTPError('y', { url }) })],
    [
      'a proxy answer',
      () =>
        new taxonomy.ProxyError('x', {
          headers: new HTTPHeaders({ 'Set-Cookie': secret }),
          body: Buffer.from(secret),
        }),
    ],
  ]
  it.each(cases)('in %s', (_, makeError) => {
    const error = makeError()
    for (const shown of [
      inspect(error),
      inspect(error, { depth: 10, showHidden: false }),
      JSON.stringify(error),
      String(error),
      error.stack ?? '',
    ]) {
      expect(shown).not.toContain(secret)
    }
  })

  it('toJSON gives every known fact and survives JSON', () => {
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    const error = new HTTPError('x', {
      phase: 'wait',
      sent: 'all',
      method: 'GET',
      url: 'http://h/',
      attempt: 1,
      cause,
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'HTTPError',
      code: 'ERR_HTTP',
      message: 'x',
      phase: 'wait',
      sent: 'all',
      method: 'GET',
      url: 'http://h/',
      attempt: 1,
      cause: { name: 'Error', message: 'reset', code: 'ECONNRESET' },
    })
  })

  it('foreign objects are named, not dumped', () => {
    class Socket {
      secret = secret
    }
    const error = new taxonomy.MaxRetryError('x', { reason: new Socket() })
    expect(JSON.stringify(error)).toContain('[Socket]')
    expect(inspect(error)).not.toContain(secret)
  })
})

describe('peer text', () => {
  it('is escaped and cut to 100 characters', () => {
    expect(quotePeerText('a\r\n"b"\x1b[31m\u202e\u2028é')).toBe(
      '"a\\r\\n\\"b\\"\\u001b[31m\\u202e\\u2028\\u00e9"',
    )
    expect(quotePeerText('x'.repeat(101))).toBe(`"${'x'.repeat(100)}"…`)
    expect(quotePeerText('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`)
  })
})
