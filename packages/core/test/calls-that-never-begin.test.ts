import { describe, expect, it } from 'vitest'
import {
  connectionFromUrl,
  HTTPConnectionPool,
  type HTTPError,
  LocationParseError,
  OptionsError,
  PoolManager,
  URLSchemeUnknown,
} from '../src/index.js'
import { failureOf } from './support/pools.js'

const refusalOf = async (method: string, url: string): Promise<HTTPError> => {
  await using manager = new PoolManager()
  return manager.request(method, url).catch((error: unknown) => error) as Promise<HTTPError>
}

const thrownBy = (mistake: () => unknown): HTTPError => {
  try {
    mistake()
  } catch (error) {
    return error as HTTPError
  }
  throw new Error('nothing was thrown')
}

describe('the error of a call that never began', () => {
  it.each([
    ['ERR_URL_SCHEME_UNKNOWN', 'GET', 'ftp://files.test/', 'ftp://files.test/'],
    ['ERR_LOCATION_PARSE', 'GET', 'http://h:99999/', 'http://h:99999/'],
    ['ERR_LOCATION_VALUE', 'GET', 'http:///a', 'http:///a'],
    ['ERR_LOCATION_PARSE', 'GET', 'no url at all', undefined],
    ['ERR_OPTIONS', 'GE T', 'http://user:s3cr3t@H/a#b', 'http://h/a'],
  ])('%s says the phase, the method and the url', async (code, method, url, told) => {
    expect(await refusalOf(method, url)).toMatchObject({
      code,
      phase: 'options',
      sent: 'nothing',
      method,
      url: told,
    })
  })

  it('in a pool, the url is that of its origin', async () => {
    await using pool = new HTTPConnectionPool('h', 8080)
    const error = await failureOf(pool.request('GET', '/a?b', { timeout: -1 }))
    expect(error).toMatchObject({ code: 'ERR_OPTIONS', url: 'http://h:8080/a?b' })
  })

  it.each(['ftp://user:s3cr3t@x#?/@files.test/', 'http://user:s3/cr3t@h/', 'http://user:s3cr3t@h:99999/'])(
    'does not repeat user information: %s',
    async (url) => {
      const error = await refusalOf('GET', url)
      expect(error.phase).toBe('options')
      expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/s3|cr3t/)
    },
  )

  it.each([
    ['a header deep in the options', { headers: { a: 'x\ny' } }],
    ['a field of a form', { fields: { a: Symbol('x') as never } }],
    ['a query', { query: { a: Symbol('x') as never } }],
    ['a time-out', { timeout: { total: Number.NaN } }],
  ])('its stack shows who made the mistake: %s', async (_, options) => {
    await using pool = new HTTPConnectionPool('h')
    const error = await failureOf(pool.request('POST', '/', options))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error.stack).toContain('calls-that-never-begin.test')
    expect(error.stack).toContain(error.message)
  })
})

describe('the error of a pool that cannot be made', () => {
  it.each([
    ['no host', () => new HTTPConnectionPool('')],
    ['no name', () => new HTTPConnectionPool('a b')],
    ['no port', () => new HTTPConnectionPool('h', 65_536)],
    ['no url', () => connectionFromUrl('h')],
    ['an unknown scheme', () => connectionFromUrl('ftp://h')],
    ['a bad header', () => new HTTPConnectionPool('h', 80, { headers: { a: 'x\ny' } })],
    ['a bad header of a manager', () => new PoolManager({ headers: { a: Symbol('x') as never } })],
    ['a bad URL asked about', () => new HTTPConnectionPool('h').isSameHost('http://h:99999/')],
  ])('%s: its phase is options, and its stack shows who made the mistake', (_, mistake) => {
    const error = thrownBy(mistake)
    expect(error).toMatchObject({ phase: 'options', sent: 'nothing', code: expect.stringMatching(/^ERR_/) })
    expect(error.stack).toContain('calls-that-never-begin.test')
  })

  it.each([
    ['timeout', new Map([['total', 5]])],
    ['timeout', new Date()],
    ['limits', new Headers({ maxHeaderBytes: '5' })],
  ])('%s is no place for what is no set of options', (name, value) => {
    const error = thrownBy(() => new HTTPConnectionPool('h', 80, { [name]: value as never }))
    expect(error).toBeInstanceOf(OptionsError)
    expect(error).toMatchObject({ path: name, message: expect.stringContaining('must be an object, not') })
  })
})

describe('the options of close()', () => {
  it.each([
    [null, ''],
    [5, ''],
    ['now', ''],
    [{ grace: 5 }, 'grace'],
    [{ graceMs: null }, 'graceMs'],
    [{ graceMs: -1 }, 'graceMs'],
    [{ graceMs: Number.NaN }, 'graceMs'],
    [{ graceMs: '5' }, 'graceMs'],
  ])('%j is an OptionsError, and the pool stays open', async (options, path) => {
    for (const owner of [new HTTPConnectionPool('h'), new PoolManager()]) {
      expect(await failureOf(owner.close(options as never))).toMatchObject({ code: 'ERR_OPTIONS', path })
      expect(owner.inspect().pools.every(({ closed }) => !closed)).toBe(true)
      await owner.close({ graceMs: Number.POSITIVE_INFINITY })
    }
  })
})

describe('a url that is no text', () => {
  it.each([5, null, undefined, {}, ['/']])('%j is refused in its own words', async (url) => {
    await using pool = new HTTPConnectionPool('h')
    expect(await failureOf(pool.request('GET', url as never))).toMatchObject({
      code: 'ERR_OPTIONS',
      path: 'url',
      phase: 'options',
    })
    expect(() => pool.isSameHost(url as never)).toThrow(OptionsError)
    expect(() => connectionFromUrl(url as never)).toThrow(LocationParseError)
  })

  it('a URL keeps to the rules of text', async () => {
    await using manager = new PoolManager()
    expect(await failureOf(manager.request('GET', new URL('ftp://h/')))).toBeInstanceOf(URLSchemeUnknown)
    expect(await failureOf(manager.request('GET', new URL('http://h/?a\\b')))).toBeInstanceOf(
      LocationParseError,
    )
    expect(() => connectionFromUrl(new URL('data:,x'))).toThrow(URLSchemeUnknown)
  })
})
