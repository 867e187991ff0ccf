// Redirects in pools and managers: what is followed, with what, how often, and what ends the chain.
import {
  type HTTPRequest,
  InvalidHeader,
  LocationParseError,
  MaxRetryError,
  ResponseError,
  URLSchemeUnknown,
} from '@rockpool/core/plugin'
import { describe, expect, it } from 'vitest'
import { Retry } from '../src/index.js'
import {
  call,
  failingCall,
  type Scripted,
  type Setup,
  type Step,
  scripted,
  scriptedManager,
  scriptedPool,
} from './support/scripted-origin.js'

const to = (location: string, status = 302): Step => [status, { Location: location }]
const at = 'http://origin.test/start'
const faces = [
  ['a pool', scriptedPool],
  ['a manager', scriptedManager],
] as const
const last = (script: Scripted): HTTPRequest => script.sent.at(-1) as HTTPRequest

describe.each(faces)('%s', (_, face) => {
  it('follows a chain of all five statuses, and the history has them in order', async () => {
    const script = scripted([
      to('/b', 303),
      to('c', 302),
      to('?d', 301),
      to('//origin.test/e', 307),
      to('/f', 308),
      200,
    ])
    const response = await call(face(script), script, 'GET', at, { retries: 10 })
    expect(response.status).toBe(200)
    expect(response.url).toBe('http://origin.test/f')
    expect(response.history.map(({ status, location, url }) => [status, location, url])).toEqual([
      [303, '/b', 'http://origin.test/start'],
      [302, 'c', 'http://origin.test/b'],
      [301, '?d', 'http://origin.test/c'],
      [307, '//origin.test/e', 'http://origin.test/c?d'],
      [308, '/f', 'http://origin.test/e'],
    ])
    expect(response.history.every(({ reason }) => reason === 'redirect')).toBe(true)
  })

  it('returns the 3xx for redirect: false, retries: false and Retry({ redirect: false })', async () => {
    const requests: [Setup, object][] = [
      [{}, { redirect: false }],
      [{}, { retries: false }],
      [{}, { retries: new Retry({ redirect: false }) }],
      [{}, { retries: { redirect: false } }],
      [{ retry: false }, {}],
      [{ retry: { redirect: false } }, {}],
      [{ retry: { total: false } }, { retries: null }],
      [{ retry: { total: false } }, { retries: undefined }],
      [{ retry: 'none' }, { redirect: false }],
    ]
    for (const [setup, options] of requests) {
      const script = scripted([to('/b', 303), 200])
      const response = await call(face(script, setup), script, 'GET', at, options)
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toBe('/b')
      expect(script.sent).toHaveLength(1)
    }
  })

  it('fails with "too many redirects" when none is left', async () => {
    const requests: [Setup, object, attempts: number][] = [
      [{}, { retries: 0 }, 1],
      [{}, { redirect: 0 }, 1],
      [{}, { retries: { redirect: 0 } }, 1],
      [{ retry: 0 }, {}, 1],
      [{ retry: { redirect: 0 } }, {}, 1],
      [{ redirect: { max: 0 } }, {}, 1],
      [{}, {}, 4],
      [{}, { retries: 9, redirect: 2 }, 3],
      [{ redirect: { max: 2 } }, { retries: 9 }, 3],
      [{ redirect: { max: 2 } }, { retries: 9, redirect: true }, 3],
      [{ redirect: { max: 2 } }, { retries: 9, redirect: 5 }, 6],
      [{ retry: 'none', redirect: { max: 7 } }, {}, 8],
    ]
    for (const [setup, options, attempts] of requests) {
      const script = scripted([to('/again')])
      const error = await failingCall(face(script, setup), script, 'GET', at, options)
      expect(error).toBeInstanceOf(MaxRetryError)
      expect((error as MaxRetryError).reason).toBeInstanceOf(ResponseError)
      expect(((error as MaxRetryError).reason as Error).message).toBe('too many redirects')
      expect(script.sent).toHaveLength(attempts)
      expect(error.history).toHaveLength(attempts - 1)
    }
  })

  it('returns the last 3xx instead when raiseOnRedirect is false in either plugin', async () => {
    for (const setup of [{ redirect: { raiseOnRedirect: false } }, { retry: { raiseOnRedirect: false } }]) {
      const script = scripted([to('/again')])
      const response = await call(face(script, setup), script, 'GET', at)
      expect(response.status).toBe(302)
      expect(script.sent).toHaveLength(4)
    }
  })

  it('breaks loops A→A and A→B→A at the limit, however high it is set', async () => {
    for (const script of [
      scripted([to('/start')]),
      scripted((request) => to(request.target === '/start' ? '/b' : '/start')),
    ]) {
      const error = await failingCall(face(script, { retry: 'none' }), script, 'GET', at)
      expect(error).toBeInstanceOf(MaxRetryError)
      expect(script.sent).toHaveLength(21)
      expect(error.history).toHaveLength(20)
    }
  })

  it('returns a 3xx without Location or with an empty one, and other 3xx, as they are', async () => {
    for (const step of [
      302,
      to(''),
      to(' '),
      300,
      304,
      to('/b', 300),
      to('/b', 304),
      to('/b', 305),
      to('/b', 306),
    ]) {
      const script = scripted([step, 200])
      const { status } = await call(face(script), script, 'GET', at)
      expect(status).toBe(Array.isArray(step) ? step[0] : step)
      expect(script.sent).toHaveLength(1)
    }
  })

  it('makes GET of 303 and drops the form; HEAD stays HEAD', async () => {
    const script = scripted([to('/done', 303), 200])
    const response = await call(face(script), script, 'POST', at, {
      fields: { a: '1' },
      headers: { 'X-Trace': '7' },
    })
    expect(last(script).method).toBe('GET')
    expect(last(script).body.kind).toBe('none')
    expect(last(script).headers.names).toEqual(['x-trace'])
    expect(response.history[0]).toMatchObject({ method: 'POST', status: 303 })
    const head = scripted([to('/done', 303), 200])
    await call(face(head), head, 'HEAD', at)
    expect(last(head).method).toBe('HEAD')
  })

  it.each([301, 302, 307, 308])('sends the same method and body again on %i', async (status) => {
    const script = scripted([to('/there', status), 200])
    await call(face(script), script, 'POST', at, { body: 'hello', headers: { 'Content-Type': 'text/plain' } })
    expect(last(script)).toMatchObject({ method: 'POST', target: '/there' })
    expect(Buffer.from(last(script).body.bytes as Uint8Array).toString()).toBe('hello')
    expect(last(script).headers.get('content-type')).toBe('text/plain')
  })

  it('fails with a clear error when the way on is unclear', async () => {
    const rows: [Step, new (...args: never[]) => Error][] = [
      [[302, { Location: ['/a', '/b'] }], InvalidHeader],
      [[302, { Location: ['/a', '/a'] }], InvalidHeader],
      [to('http://[::1'), LocationParseError],
      [to('http://origin.test:99999/'), LocationParseError],
      [to('\\\\evil'), LocationParseError],
      [to('http:evil'), LocationParseError],
      [to('ftp://origin.test/'), URLSchemeUnknown],
      [to('file:///etc/passwd'), URLSchemeUnknown],
      [to('javascript:alert(1)'), URLSchemeUnknown],
    ]
    for (const [step, kind] of rows) {
      const script = scripted([step, 200])
      const error = await failingCall(face(script), script, 'GET', at)
      expect(error).toBeInstanceOf(kind)
      expect(error.message.length).toBeLessThan(400)
      expect(error).toMatchObject({ method: 'GET', url: at, attempt: 1 })
      expect(script.sent).toHaveLength(1)
    }
  })

  it('shows the Location of an unknown scheme when it is not to be followed', async () => {
    const script = scripted([to('ftp://origin.test/file')])
    const response = await call(face(script), script, 'GET', at, { redirect: false })
    expect(response.headers.get('location')).toBe('ftp://origin.test/file')
  })

  it('waits for Retry-After on a redirect as on any answer, and gives up on one that is too long', async () => {
    const script = scripted([[302, { Location: '/b', 'Retry-After': '5' }], 200])
    expect((await call(face(script), script, 'GET', at)).history[0]).toMatchObject({ delayMs: 5000 })
    expect(script.times).toEqual([0, 5000])
    const rude = scripted([[302, { Location: '/b', 'Retry-After': '-1' }], 200])
    await call(face(rude), rude, 'GET', at)
    expect(rude.times).toEqual([0, 0])
    const off = scripted([[302, { Location: '/b', 'Retry-After': '5' }], 200])
    await call(face(off), off, 'GET', at, { retries: { respectRetryAfterHeader: false } })
    expect(off.times).toEqual([0, 0])
    const long = scripted([[302, { Location: '/b', 'Retry-After': '25200' }], 200])
    const error = await failingCall(face(long), long, 'GET', at)
    expect(error).toBeInstanceOf(MaxRetryError)
    expect(error.message).toContain('retryAfterMax')
    const lenient = scripted([[302, { Location: '/b', 'Retry-After': '9' }], 200])
    const setup = { redirect: { raiseOnRedirect: false }, total: 5000 }
    expect((await call(face(lenient, setup), lenient, 'GET', at)).status).toBe(302)
  })

  it('carries the fragment through the chain to the url of the response', async () => {
    const script = scripted([to('/b'), to('/c?d'), 200])
    expect((await call(face(script), script, 'GET', `${at}#part`)).url).toBe('http://origin.test/c?d#part')
    const renamed = scripted([to('/b#other'), to('/c'), 200])
    const response = await call(face(renamed), renamed, 'GET', `${at}#part`)
    expect(response.url).toBe('http://origin.test/c#other')
    expect(renamed.sent.map(({ target }) => target)).toEqual(['/start', '/b', '/c'])
  })

  it('needs no back-off for redirects', async () => {
    const script = scripted([to('/b'), to('/c'), to('/d'), 200])
    await call(face(script, { retry: { backoffFactor: 1000 } }), script, 'GET', at)
    expect(script.clock.now()).toBe(0)
  })
})
