// Every door through which a caller's or a plugin's text reaches the wire, tried with text that would become another line,
// another request or another server. Each is refused by a named error with nothing written, and the connection that lay
// ready for the request still serves the next one.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool } from '../src/index.js'
import { poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'
import { options, refused } from './support/refusals.js'

describe('the method', () => {
  const methods = [
    'GET / HTTP/1.1\r\nX: y',
    'GE T',
    'GE\tT',
    'GET\0',
    'GÉT',
    '',
    'G'.repeat(33),
    'CONNECT',
    'connect',
    'G:T',
  ]
  for (const method of methods) {
    it(`${JSON.stringify(method)} is refused by request and by urlopen`, async () => {
      expect(await refused((pool) => pool.request(method, '/'), 'OptionsError')).toMatchObject({
        path: 'method',
      })
      expect(await refused((pool) => pool.urlopen(method, '/'), 'OptionsError')).toMatchObject({
        path: 'method',
      })
    })
  }

  for (const method of [undefined, null, 7, {}, Symbol('GET')]) {
    it(`${String(method)} is refused`, async () => {
      await refused((pool) => pool.request(method as never, '/'), 'OptionsError')
    })
  }
})

describe('a header value', () => {
  const values: Record<string, unknown> = {
    'with a new line': 'a\r\nY: b',
    'with LF': 'a\nY: b',
    'with CR': 'a\rb',
    'with NUL': 'a\0b',
    'with a control character': 'a\x01b',
    'with VT': 'a\x0bb',
    'with DEL': 'a\x7fb',
    folded: 'a\r\n b',
    'whose low byte is LF': 'a\u010ab',
    'whose low bytes are CR LF': 'a\u560d\u560ab',
    'with an emoji': '😀',
    'with a lone surrogate': '\ud83d',
    'in an array': ['a', 'b\r\nY: c'],
    'with null in an array': ['a', null],
    'that is an object': { toString: () => 'a\r\nY: b' },
    'that is a function': () => 'x',
    'that is NaN': Number.NaN,
    'that is infinite': Number.POSITIVE_INFINITY,
    'that is a Date': new Date(0),
    'that is a boolean': true,
    'that is a symbol': Symbol('x'),
  }
  for (const [what, value] of Object.entries(values)) {
    it(`${what} is refused`, async () => {
      const error = await refused(
        (pool) => pool.request('GET', '/', options({ headers: { 'X-It': value } })),
        'OptionsError',
      )
      expect(error).toMatchObject({ path: 'headers.x-it' })
      expect(error.message).not.toContain('\n')
      expect(() => new HTTPConnectionPool('h', 80, { headers: { 'X-It': value as string } })).toThrow(
        expect.objectContaining({ name: 'OptionsError' }),
      )
    })
  }

  it('is read once: one that changes its mind has no second chance', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    let reads = 0
    const headers = {
      get 'X-It'() {
        reads += 1
        return reads === 1 ? 'good' : 'bad\r\nY: z'
      },
    }
    await pool.request('GET', '/', { headers })
    expect(reads).toBe(1)
    expect(origin.requests[0]?.lines).toContain('X-It: good')
  })

  it('is taken when the call is made: what the caller changes later is not sent', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    const headers: Record<string, string> = { 'X-It': 'good' }
    const body = Buffer.from('good')
    const call = pool.request('POST', '/', { headers, body })
    headers['X-It'] = 'bad'
    body.fill('x')
    await call
    expect(origin.requests[0]?.lines).toContain('X-It: good')
    expect(origin.requests[0]?.body.toString()).toBe('good')
  })

  it('is never quoted in the error: it may be a secret', async () => {
    const secret = 'Bearer s3cr3t\r\n'
    const error = await refused(
      (pool) => pool.request('GET', '/', { headers: { Authorization: secret } }),
      'OptionsError',
    )
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('s3cr3t')
  })
})

describe('a header name', () => {
  for (const name of ['X Y', 'X\r\nY', '', 'X:', 'ü', 'X\0', ' X', 'X ', '(x)', 'x'.repeat(257), 'X\u010a']) {
    it(`${JSON.stringify(name.slice(0, 20))} is refused`, async () => {
      await refused((pool) => pool.request('GET', '/', { headers: { [name]: 'v' } }), 'OptionsError')
      await refused((pool) => pool.request('GET', '/', { headers: { [name]: null } }), 'OptionsError')
    })
  }

  it('and the container of headers must be one', async () => {
    for (const headers of ['a: b', 7, [['a']], [['a', 'b', 'c']], null]) {
      await refused((pool) => pool.request('GET', '/', options({ headers })), 'OptionsError')
    }
  })
})

describe('the URL', () => {
  const urls = {
    'a target of 70 000 characters': `/${'a'.repeat(70_000)}`,
    'a control character in a URL': 'http://127.0.0.1/\r\nX: y',
    'NUL in a host': 'http://127.0.0.1\0.evil/',
    'a blank in a host': 'http://a b/',
    'a backslash': 'http://127.0.0.1\\@evil/',
    'another scheme': 'file:///etc/passwd',
    'an impossible port': 'http://127.0.0.1:99999/',
    'half an address': 'http://[::1/',
  }
  for (const [what, url] of Object.entries(urls)) {
    it(`with ${what} is refused`, async () => {
      await refused((pool) => pool.request('GET', url), /^(Location|URLScheme|HostChanged)/)
    })
  }

  it('in a pool’s host is refused at once', () => {
    for (const host of [
      '',
      'a\r\nb',
      'a b',
      'a/b',
      'u@h',
      'a:80',
      'localhost\0.evil',
      'a..b',
      '[::1',
      '.',
      'x'.repeat(64),
    ]) {
      expect(() => new HTTPConnectionPool(host), host).toThrow(
        expect.objectContaining({ name: expect.stringMatching(/^Location/) }),
      )
    }
    for (const port of [-1, 65_536, 1.5, Number.NaN, '80; x']) {
      expect(() => new HTTPConnectionPool('h', port as number)).toThrow(
        expect.objectContaining({ name: 'LocationParseError' }),
      )
    }
  })

  it('has its query encoded: values and names end neither line nor parameter', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    await pool.request('GET', '/', { query: { 'a\r\nb': 'c\r\nX: y&z=1#' } })
    await pool.request('GET', '/', { query: 'raw=\r\nX: y#f' })
    expect(origin.requests.map((request) => request.target)).toEqual([
      '/?a%0D%0Ab=c%0D%0AX%3A+y%26z%3D1%23',
      '/?raw=%0D%0AX:%20y',
    ])
  })
})

describe('the body and its descriptions', () => {
  it('one content at a time', async () => {
    for (const given of [
      { body: 'a', json: 1 },
      { body: 'a', fields: { a: '1' } },
      { json: 1, fields: { a: '1' } },
    ]) {
      await refused((pool) => pool.request('POST', '/', options(given)), 'OptionsError')
    }
  })

  it('what is no content is refused', async () => {
    for (const body of [7, true, Symbol('x'), { a: 1 }, new Date(0), Promise.resolve('x')]) {
      expect(
        await refused((pool) => pool.request('POST', '/', options({ body })), 'OptionsError'),
      ).toMatchObject({ path: 'body' })
    }
    const circular: Record<string, unknown> = {}
    circular.self = circular
    for (const json of [circular, 1n, () => 1, Symbol('x')]) {
      await refused((pool) => pool.request('POST', '/', { json }), 'OptionsError')
    }
  })

  it('a type that would be two lines is refused, of a Blob and of a part', async () => {
    const evil = Object.defineProperty(new Blob(['x']), 'type', { value: 'x\r\nY: z' })
    await refused((pool) => pool.request('POST', '/', { body: evil }), 'OptionsError')
    await refused((pool) => pool.request('POST', '/', { fields: { a: evil } }), 'OptionsError')
    await refused(
      (pool) => pool.request('POST', '/', { fields: { a: { data: 'x', type: 'x\r\nY: z' } } }),
      'OptionsError',
    )
    await refused((pool) => pool.request('POST', '/', { fields: { 'a\0b': 'x' } }), 'OptionsError')
  })

  it('a source that was given to a refused call is let go of', async () => {
    const source = new Readable({ read() {} })
    await refused(
      (pool) => pool.request('POST', '/', { body: source, headers: { 'Content-Length': 'x' } }),
      'OptionsError',
    )
    expect(source.destroyed).toBe(true)
  })
})
