// The request value, the fields that frame it, and credentials as a field.
import { describe, expect, it } from 'vitest'
import { NO_BODY, toBody } from './body.js'
import { LocationParseError, OptionsError } from './errors.js'
import { HTTPHeaders } from './headers.js'
import { Origin } from './origin.js'
import { HTTPRequest, type RequestChanges } from './request.js'

const origin = Origin.of('http', 'h', 8080)
const get = (parts: Partial<ConstructorParameters<typeof HTTPRequest>[0]> = {}): HTTPRequest =>
  new HTTPRequest({ method: 'GET', origin, target: '/a?b', ...parts })

describe('HTTPRequest', () => {
  it('has a url, no headers and no body by default', () => {
    const request = get()
    expect([
      request.url,
      request.headers.size,
      request.headers.frozen,
      request.body,
      request.removedHeaders.size,
    ]).toEqual(['http://h:8080/a?b', 0, true, NO_BODY, 0])
    expect(get({ method: 'OPTIONS', target: '*' }).url).toBe('http://h:8080')
  })

  it.each(['GET', 'get', 'PATCH', 'FOO-BAR', 'M-SEARCH', '!#$', 'A'.repeat(32)])(
    'the method %s is sent as given',
    (method) => {
      expect(get({ method }).method).toBe(method)
    },
  )

  it.each([
    '',
    'GE T',
    'GET / HTTP/1.1\r\nX: y',
    'GÉT',
    'GET\0',
    'GET\n',
    'A'.repeat(33),
    'A'.repeat(10_000),
    'CONNECT',
    'connect',
    undefined,
    5,
  ])('the method %j is refused', (method) => {
    expect(() => get({ method: method as string })).toThrow(expect.objectContaining({ path: 'method' }))
  })

  it('TRACE carries neither content nor credentials', () => {
    expect(get({ method: 'TRACE' }).method).toBe('TRACE')
    expect(() => get({ method: 'TRACE', body: toBody('x') })).toThrow(
      expect.objectContaining({ path: 'body' }),
    )
    for (const name of ['Authorization', 'COOKIE', 'Proxy-Authorization']) {
      expect(() => get({ method: 'TRACE', headers: new HTTPHeaders({ [name]: 'x' }) })).toThrow(
        expect.objectContaining({ path: `headers.${name.toLowerCase()}` }),
      )
      expect(() => get({ method: 'TRACE' }).with({ headers: { [name]: 'x' } })).toThrow(OptionsError)
    }
  })

  it('headers given to it cannot be changed through it, nor from outside', () => {
    const headers = new HTTPHeaders({ A: 1 })
    const request = get({ headers })
    headers.set('A', 2)
    expect(request.headers.get('a')).toBe('1')
    expect(() => request.headers.set('A', 3)).toThrow(TypeError)
    const frozen = new HTTPHeaders({ A: 1 }).freeze()
    expect(get({ headers: frozen }).headers).toBe(frozen)
  })

  it('with() changes a copy only', () => {
    const request = get({
      headers: new HTTPHeaders({ A: 1 }),
      body: toBody('x'),
      removedHeaders: new Set(['host']),
    })
    const copy = request.with({ method: 'PUT', target: '/ü', body: 'y' })
    expect([copy.method, copy.url, copy.body.length, copy.headers, copy.removedHeaders]).toEqual([
      'PUT',
      'http://h:8080/%C3%BC',
      1,
      request.headers,
      request.removedHeaders,
    ])
    expect([request.method, request.target]).toEqual(['GET', '/a?b'])
    expect(request.with({ body: null }).body).toBe(NO_BODY)
    expect(request.with({}).body).toBe(request.body)
    expect(request.with({ origin: Origin.of('https', 'i') }).url).toBe('https://i/a?b')
    expect(request.with({ url: 'https://u:p@i/x#f' }).url).toBe('https://i/x')
    expect(request.with({ method: 'OPTIONS', target: '*' }).target).toBe('*')
  })

  it('with({ headers }) replaces them by a fresh list that may be changed', () => {
    const headers = new HTTPHeaders({ B: 2 })
    const copy = get({ headers: new HTTPHeaders({ A: 1 }) }).with({ headers })
    expect(copy.headers.wire()).toBe('B: 2\r\n')
    copy.headers.set('B', 3)
    expect(headers.get('B')).toBe('2')
    expect([...get({ removedHeaders: new Set(['b', 'c']) }).with({ headers }).removedHeaders]).toEqual(['c'])
    const later = copy.with({ method: 'PUT' })
    copy.headers.set('B', 4)
    expect(later.headers.get('B')).toBe('3')
  })

  it('withHeaders() lays fields over the present ones and remembers what was removed', () => {
    const request = get({ headers: new HTTPHeaders({ A: 1, B: 2 }), removedHeaders: new Set(['host']) })
    const copy = request.withHeaders({ a: 'x', b: null, 'User-Agent': null })
    expect([...copy.headers]).toEqual([['a', 'x']])
    expect([...copy.removedHeaders]).toEqual(['host', 'b', 'user-agent'])
    expect([...copy.withHeaders({ B: 3, HOST: 'h' }).removedHeaders]).toEqual(['user-agent'])
    expect(request.headers.size).toBe(2)
  })

  it.each<RequestChanges>([
    { url: 'http://h/', target: '/' },
    { url: 'http://h/', origin },
  ])('with(%o) is contradictory', (changes) => {
    expect(() => get().with(changes)).toThrow(expect.objectContaining({ path: 'url' }))
  })

  it('bad parts are refused', () => {
    expect(() => get().with({ target: 'x' })).toThrow(LocationParseError)
    expect(() => get().with({ target: '*' })).toThrow(LocationParseError)
    expect(() => get({ method: 'OPTIONS', target: '*' }).with({ method: 'GET' })).toThrow(LocationParseError)
    expect(() => get().with({ url: '/x' })).toThrow(LocationParseError)
    expect(() => get().with({ headers: { 'a b': 'x' } })).toThrow(OptionsError)
    expect(() => get().with({ body: 5 as unknown as string })).toThrow(OptionsError)
  })
})
