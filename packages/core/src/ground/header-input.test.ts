import { describe, expect, it } from 'vitest'
import { OptionsError } from './errors.js'
import { type HeadersInput, HTTPHeaders } from './headers.js'

const refusalOf = (make: () => unknown): OptionsError => {
  try {
    make()
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('what a caller may pass', () => {
  it('objects with arrays, pairs, maps, web headers and HTTPHeaders all work', () => {
    const inputs: HeadersInput[] = [
      { A: ['1', 2] },
      [
        ['A', '1'],
        ['A', 2],
      ],
      new Map<string, string>([['A', '1, 2']]),
      new Headers([
        ['A', '1'],
        ['A', '2'],
      ]),
      new HTTPHeaders({ A: ['1', '2'] }),
    ]
    for (const input of inputs) expect(new HTTPHeaders(input).get('a')).toBe('1, 2')
  })

  it('names from Object.prototype are ordinary names', () => {
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
      const headers = new HTTPHeaders([[name, 'v']])
      expect(headers.get(name)).toBe('v')
      expect(headers.has('valueOf')).toBe(false)
      expect(Object.entries(headers.toJSON())).toEqual([[name.toLowerCase(), 'v']])
    }
    expect(({} as { v?: unknown }).v).toBeUndefined()
  })

  it('inherited properties are not header fields', () => {
    expect(new HTTPHeaders(Object.create({ inherited: 'x' }) as Record<string, string>).size).toBe(0)
  })

  it('white space around a value is dropped, latin1 is kept', () => {
    expect(new HTTPHeaders({ A: ' \ta b\t ', B: 'é', C: '' }).wire()).toBe('A: a b\r\nB: é\r\nC: \r\n')
  })

  it('what the caller passed is never changed or kept', () => {
    const values = ['1']
    const input = { A: values }
    const headers = new HTTPHeaders(input)
    values.push('2')
    headers.set('A', 'x')
    expect(input).toEqual({ A: ['1', '2'] })
    expect(headers.getAll('A')).toEqual(['x'])
  })

  it.each([
    'a\r\nY: b',
    'a\nY: b',
    'a\rb',
    'a\0b',
    'a\x01b',
    'a\x0bb',
    'a\x7fb',
    'a\u010ab',
    'a\u560a',
    '😀',
    '\ud800',
    '\r\n',
  ])('the value %j is refused', (value) => {
    const error = refusalOf(() => new HTTPHeaders({ 'X-Token': value }))
    expect(error.path).toBe('headers.x-token')
    expect(error.code).toBe('ERR_OPTIONS')
    refusalOf(() => new HTTPHeaders().set('X-Token', value))
    refusalOf(() => new HTTPHeaders().add('X-Token', value))
  })

  it.each([
    undefined,
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    {},
    [[]],
    [null],
    [undefined],
    () => 'x',
    Symbol('x'),
    new Date(0),
    true,
    1n,
  ])('the value %o is refused', (value) => {
    const error = refusalOf(() => new HTTPHeaders({ a: value } as unknown as HeadersInput))
    expect(error.path).toBe('headers.a')
  })

  it.each(['X Y', 'X\r\nY', '', 'X:', 'ü', 'X\0', ' X', 'X ', '(x)', 'a'.repeat(257)])(
    'the name %j is refused',
    (name) => {
      expect(refusalOf(() => new HTTPHeaders([[name, 'v']])).path).toBe('headers')
    },
  )

  it.each([['ab', 'cd'], 'a: b', [['a']], [['a', 'b', 'c']], 5, () => ({})])(
    'the input %j is refused',
    (input) => {
      refusalOf(() => new HTTPHeaders(input as unknown as HeadersInput))
      refusalOf(() => HTTPHeaders.merge(new HTTPHeaders(), input as unknown as HeadersInput))
    },
  )

  it('a secret in a refused value is not in the message', () => {
    expect(refusalOf(() => new HTTPHeaders({ Authorization: 'hunter2\n' })).message).not.toContain('hunter2')
  })

  it('a value is read once, so a getter cannot answer differently later', () => {
    let reads = 0
    const shifty = {
      get A(): string {
        return reads++ === 0 ? 'good' : 'bad\r\nX: y'
      },
    }
    expect(new HTTPHeaders(shifty).get('A')).toBe('good')
    expect(reads).toBe(1)
    const list = new Proxy(['good'], {
      get: (target, key) => (key === '0' ? (reads++ === 1 ? 'good' : 'bad\r\n') : Reflect.get(target, key)),
    })
    expect(new HTTPHeaders({ A: list }).get('A')).toBe('good')
  })
})

describe('merging over defaults', () => {
  const defaults = new HTTPHeaders([
    ['User-Agent', 'us'],
    ['Accept', '*/*'],
    ['accept', 'x/y'],
  ]).freeze()

  it('a given name replaces every default line and follows the defaults in the order given', () => {
    const { headers, removed } = HTTPHeaders.merge(defaults, {
      'X-B': '1',
      ACCEPT: 'text/html',
      'X-A': ['2', '3'],
    })
    expect([...headers]).toEqual([
      ['User-Agent', 'us'],
      ['X-B', '1'],
      ['ACCEPT', 'text/html'],
      ['X-A', '2'],
      ['X-A', '3'],
    ])
    expect(removed.size).toBe(0)
    expect(defaults.size).toBe(3)
  })

  it('null removes a line and is remembered, undefined leaves the default', () => {
    const { headers, removed } = HTTPHeaders.merge(defaults, {
      accept: null,
      'user-agent': undefined,
      Host: null,
    })
    expect([...headers]).toEqual([['User-Agent', 'us']])
    expect([...removed]).toEqual(['accept', 'host'])
  })

  it('a name both removed and given is given', () => {
    const { headers, removed } = HTTPHeaders.merge(defaults, { accept: null, ACCEPT: 'a/b' })
    expect(headers.getAll('accept')).toEqual(['a/b'])
    expect(removed.size).toBe(0)
  })

  it('nothing given is a copy of the defaults that may be changed', () => {
    const { headers } = HTTPHeaders.merge(defaults, undefined)
    expect(headers.set('A', 1).size).toBe(4)
    expect(HTTPHeaders.merge(defaults, {}).headers.wire()).toBe(defaults.wire())
    expect(HTTPHeaders.merge(defaults, new HTTPHeaders({ Accept: 'z' })).headers.getAll('accept')).toEqual([
      'z',
    ])
  })
})
