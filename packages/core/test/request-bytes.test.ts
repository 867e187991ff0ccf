// What leaves on the wire, byte for byte: which lines core adds, in which order, and how a caller changes that.
import { describe, expect, it } from 'vitest'
import { HTTPConnectionPool, HTTPHeaders, VERSION } from '../src/index.js'
import { poolFor } from './support/pools.js'
import { answering, ok, type RawRequest } from './support/raw-origin.js'
import { sent } from './support/sent.js'

const CODINGS = `Accept-Encoding: gzip, deflate, br${process.versions.node.startsWith('20.') ? '' : ', zstd'}`
const AGENT = `User-Agent: rockpool/${VERSION}`

/** The names of the field lines, in order. */
const names = (request: RawRequest): string[] => request.lines.map((line) => line.slice(0, line.indexOf(':')))

describe('the lines that core adds', () => {
  it('to a GET without options are Host, Accept-Encoding and User-Agent', async () => {
    const { head, port, rawBody } = await sent('GET', '/')
    expect(head).toBe(['GET / HTTP/1.1', `Host: 127.0.0.1:${port}`, CODINGS, AGENT].join('\r\n'))
    expect(rawBody).toBe('')
  })

  it('come before the caller’s, framing in front of User-Agent, and the caller’s in their order', async () => {
    const { head, port } = await sent('POST', '/x?y', {
      headers: { 'x-FIRST': '1', Accept: '*/*', 'X-Second': ['a', 'b'] },
      body: 'hello',
    })
    expect(head).toBe(
      [
        'POST /x?y HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        CODINGS,
        'Content-Length: 5',
        AGENT,
        'x-FIRST: 1',
        'Accept: */*',
        'X-Second: a',
        'X-Second: b',
      ].join('\r\n'),
    )
  })

  it('are each suppressed by one of the caller’s in any casing, which stands once and as written', async () => {
    const request = await sent('GET', '/', {
      headers: { 'uSeR-AgENt': 'me', HOST: 'other.example:81', 'accept-ENCODING': 'identity' },
    })
    expect(request.lines).toEqual(['uSeR-AgENt: me', 'HOST: other.example:81', 'accept-ENCODING: identity'])
  })

  it('are each removed by null', async () => {
    const gone = { 'user-agent': null, 'Accept-Encoding': null }
    const { lines, port } = await sent('GET', '/', { headers: gone })
    expect(lines).toEqual([`Host: 127.0.0.1:${port}`])
  })

  it('ask for no coding when content is not to be decoded', async () => {
    expect((await sent('GET', '/', { decodeContent: false })).lines).toContain('Accept-Encoding: identity')
  })

  it('name a host without its trailing dot, without the default port, and IPv6 in brackets', async () => {
    const origin = await answering(ok())
    const lookup = (
      _name: string,
      options: { all?: boolean },
      callback: (...args: unknown[]) => void,
    ): void =>
      options.all === true
        ? callback(null, [{ address: '127.0.0.1', family: 4 }])
        : callback(null, '127.0.0.1', 4)
    const dotted = new HTTPConnectionPool('LocalHost.', origin.port, { lookup: lookup as never })
    await dotted.request('GET', '/')
    expect(origin.requests[0]?.lines[0]).toBe(`Host: localhost:${origin.port}`)
    await dotted.close()
    const heads: string[] = []
    for (const [host, expected] of [
      ['example.com', 'example.com'],
      ['::1', '[::1]'],
    ]) {
      const pool = new HTTPConnectionPool(host as string, 80)
      pool.hooks.beforeConnect.tap('reroute', (connector) => (target, context) => {
        expect(target.port).toBe(80)
        return connector({ host: '127.0.0.1', port: origin.port }, context)
      })
      await pool.request('GET', '/')
      heads.push(origin.requests.at(-1)?.lines[0] ?? '')
      expect(heads.at(-1)).toBe(`Host: ${expected}`)
      await pool.close()
    }
  })
})

describe('the caller’s lines', () => {
  it('keep order and casing, sixteen of them', async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 16 }, (_, index) => [
        `X-${index % 2 === 0 ? 'lower' : 'UPPER'}-${(index * 7) % 16}`,
        `v${index}`,
      ]),
    )
    const { lines } = await sent('GET', '/', { headers })
    expect(lines.slice(-16)).toEqual(Object.entries(headers).map(([name, value]) => `${name}: ${value}`))
  })

  it('come from any kind of container, each line by itself', async () => {
    const container = new HTTPHeaders({ A: '1', C: '3' })
    for (const [name, value] of [
      ['B', '2'],
      ['B', '3'],
      ['A', '4'],
      ['C', '6'],
    ])
      container.add(name as string, value as string)
    const expected = ['A: 1', 'C: 3', 'B: 2', 'B: 3', 'A: 4', 'C: 6']
    expect((await sent('GET', '/', { headers: container })).lines.slice(3)).toEqual(expected)
    expect((await sent('GET', '/', { headers: [...container] })).lines.slice(3)).toEqual(expected)
    const web = new Headers([
      ['a', '1'],
      ['b', '2'],
    ])
    expect((await sent('GET', '/', { headers: web })).lines.slice(3)).toEqual(['a: 1', 'b: 2'])
  })

  it('are laid over the pool’s: replaced, removed, or left', async () => {
    const defaults = { 'X-Keep': 'k', 'X-Change': 'old', 'X-Drop': 'd' }
    const headers = { 'x-change': 'new', 'X-DROP': null, 'X-Own': 'o' }
    const { lines } = await sent('GET', '/', { headers }, { headers: defaults })
    expect(lines.slice(3)).toEqual(['X-Keep: k', 'x-change: new', 'X-Own: o'])
    expect(defaults).toEqual({ 'X-Keep': 'k', 'X-Change': 'old', 'X-Drop': 'd' })
    expect(headers).toEqual({ 'x-change': 'new', 'X-DROP': null, 'X-Own': 'o' })
  })

  it('may have names that are properties of every object', async () => {
    const { lines } = await sent('GET', '/', {
      headers: [
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['toString', 'c'],
        ['hasOwnProperty', 'd'],
      ],
    })
    expect(lines.slice(3)).toEqual(['__proto__: a', 'constructor: b', 'toString: c', 'hasOwnProperty: d'])
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it('lose blanks around the value and are sent as latin1', async () => {
    const { lines } = await sent('GET', '/', {
      headers: { 'X-Blank': '  \ta b\t ', 'X-Latin': 'caf\u00e9', 'X-Number': 7 },
    })
    expect(lines.slice(3)).toEqual(['X-Blank: a b', 'X-Latin: caf\u00e9', 'X-Number: 7'])
  })
})

describe('a header value', () => {
  it('beyond latin1 is refused in words that tell what to do, and what they tell works', async () => {
    const name = 'na\u00efve \u0153uvre'
    await expect(sent('GET', '/', { headers: { 'X-Name': name } })).rejects.toThrow(
      'header "X-Name" has U+0153 at 6, which has no latin1 byte: encode it, as UTF-8 by Buffer.from(value).toString(\'latin1\')',
    )
    const { lines } = await sent('GET', '/', { headers: { 'X-Name': Buffer.from(name).toString('latin1') } })
    expect(lines.slice(3).map((line) => Buffer.from(line, 'latin1').toString('hex'))).toEqual([
      Buffer.from(`X-Name: ${name}`).toString('hex'),
    ])
  })
})

describe('framing', () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'FOO-BAR']) {
    it(`a ${method} without a body declares a length of 0`, async () => {
      const { lines } = await sent(method, '/')
      expect(lines).toContain('Content-Length: 0')
      expect(names({ lines } as RawRequest)).not.toContain('Transfer-Encoding')
    })
  }

  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']) {
    it(`a ${method} without a body is not framed`, async () => {
      const { lines } = await sent(method, '/')
      expect(lines.join().toLowerCase()).not.toMatch(/content-length|transfer-encoding/)
    })

    if (method === 'TRACE') continue
    it(`a ${method} with a body is framed like any other`, async () => {
      const { lines, body } = await sent(method, '/', { body: 'abc' })
      expect(lines).toContain('Content-Length: 3')
      expect(body.toString()).toBe('abc')
    })
  }

  const bytes = new Uint8Array([0xe4, 0xf6, 0xfc])
  const known = {
    'a string as UTF-8': ['äöüß\u00ff', Buffer.from('äöüß\u00ff')],
    'bytes as they are': [bytes, Buffer.from(bytes)],
    'an ArrayBuffer': [bytes.buffer, Buffer.from(bytes)],
    'a view of a part': [new DataView(bytes.buffer, 1, 1), Buffer.from([0xf6])],
    'an empty string': ['', Buffer.alloc(0)],
    'a Blob': [new Blob(['ab', 'cd']), Buffer.from('abcd')],
    'search parameters': [new URLSearchParams({ a: '1 2', b: 'ä' }), Buffer.from('a=1+2&b=%C3%A4')],
  } as const
  for (const [what, [body, expected]] of Object.entries(known)) {
    it(`${what} has its length declared`, async () => {
      const request = await sent('POST', '/', { body: body as never })
      expect(request.lines).toContain(`Content-Length: ${expected.length}`)
      expect(names(request).map((name) => name.toLowerCase())).not.toContain('transfer-encoding')
      expect(request.body.equals(expected)).toBe(true)
    })
  }

  it('a type that the body knows is sent unless the caller gives one', async () => {
    const blob = new Blob(['x'], { type: 'image/png' })
    expect((await sent('POST', '/', { body: blob })).lines).toContain('Content-Type: image/png')
    const own = await sent('POST', '/', { body: blob, headers: { 'content-TYPE': 'text/plain' } })
    expect(own.lines.filter((line) => /^content-type/i.test(line))).toEqual(['content-TYPE: text/plain'])
    expect(names(await sent('POST', '/', { body: blob, headers: { 'content-type': null } }))).not.toContain(
      'Content-Type',
    )
  })

  const long = 'z'.repeat(26)
  const pieces = {
    'an array': () => ['foo', 'bar', '', long],
    'a generator': function* () {
      yield* ['foo', 'bar', '', long]
    },
    'an async generator of bytes': async function* () {
      for (const piece of ['foo', 'bar', '', long]) yield Buffer.from(piece)
    },
  } as const
  for (const [what, make] of Object.entries(pieces)) {
    it(`${what} is sent chunked: one chunk per piece, empty ones left out, sizes in lower-case hexadecimal`, async () => {
      const request = await sent('PUT', '/', { body: make() as never })
      expect(request.lines).toContain('Transfer-Encoding: chunked')
      expect(request.lines.join()).not.toMatch(/content-length/i)
      expect(request.rawBody).toBe(`3\r\nfoo\r\n3\r\nbar\r\n1a\r\n${long}\r\n0\r\n\r\n`)
    })
  }

  it('a web stream and a function that makes a stream are sent chunked', async () => {
    const web = new Blob(['web']).stream()
    expect((await sent('POST', '/', { body: web as never })).rawBody).toBe('3\r\nweb\r\n0\r\n\r\n')
    expect((await sent('POST', '/', { body: () => ['made'] })).rawBody).toBe('4\r\nmade\r\n0\r\n\r\n')
  })

  it('chunked: true frames anything in chunks, even nothing', async () => {
    expect((await sent('POST', '/', { body: 'abc', chunked: true })).rawBody).toBe('3\r\nabc\r\n0\r\n\r\n')
    for (const body of [undefined, '', null]) {
      const request = await sent('GET', '/', { body, chunked: true })
      expect(request.lines).toContain('Transfer-Encoding: chunked')
      expect(request.lines.join()).not.toMatch(/content-length/i)
      expect(request.rawBody).toBe('0\r\n\r\n')
    }
  })

  it('a length or chunked of the caller’s is respected in his casing and not doubled', async () => {
    const length = await sent('POST', '/', { body: ['ab', 'c'], headers: { 'cOnTeNt-LeNgTh': 3 } })
    expect(length.lines.filter((line) => /length|transfer/i.test(line))).toEqual(['cOnTeNt-LeNgTh: 3'])
    expect(length.rawBody).toBe('abc')
    const chunked = await sent('POST', '/', { body: 'abc', headers: { 'TRANSFER-encoding': 'chunked' } })
    expect(chunked.lines.filter((line) => /length|transfer/i.test(line))).toEqual([
      'TRANSFER-encoding: chunked',
    ])
    expect(chunked.rawBody).toBe('3\r\nabc\r\n0\r\n\r\n')
  })
})

describe('method', () => {
  it('request upper-cases, urlopen sends it as given', async () => {
    const origin = await answering(ok())
    const pool = poolFor(origin)
    await pool.request('get', '/')
    await pool.urlopen('get', '/')
    await pool.urlopen('M-SEARCH', '/')
    expect(origin.requests.map((request) => request.method)).toEqual(['GET', 'get', 'M-SEARCH'])
  })
})
