// Header fields: lines, casing, merging, and the promise that no input makes another line on the wire.
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionsError } from './errors.js'
import { HTTPHeaders } from './headers.js'

describe('reading', () => {
  const headers = new HTTPHeaders([
    ['Accept', 'a'],
    ['X-Tag', '1'],
    ['x-tAG', '2'],
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ])

  it('a name is found in any casing and several lines are joined', () => {
    expect(headers.get('ACCEPT')).toBe('a')
    expect(headers.get('x-tag')).toBe('1, 2')
    expect(headers.get('x-missing')).toBeUndefined()
  })

  it('getAll gives each line, cookies included', () => {
    expect(headers.getAll('SET-COOKIE')).toEqual(['a=1', 'b=2'])
    expect(headers.getAll('nothing')).toEqual([])
  })

  it('has, size, names, keys, values and entries tell of lines in order and casing', () => {
    expect([headers.has('aCCept'), headers.has('nope'), headers.size]).toEqual([true, false, 5])
    expect(headers.names).toEqual(['accept', 'x-tag', 'set-cookie'])
    expect([...headers.keys()]).toEqual(['Accept', 'X-Tag', 'x-tAG', 'Set-Cookie', 'set-cookie'])
    expect([...headers.values()]).toEqual(['a', '1', '2', 'a=1', 'b=2'])
    expect([...headers.entries()]).toEqual([...headers])
  })

  it('the wire text has each line as it was given', () => {
    expect(headers.wire()).toBe('Accept: a\r\nX-Tag: 1\r\nx-tAG: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n')
    expect(new HTTPHeaders().wire()).toBe('')
  })

  it('toJSON groups lines under lower-case names, toWeb gives a web Headers', () => {
    expect({ ...headers.toJSON() }).toEqual({
      accept: 'a',
      'x-tag': ['1', '2'],
      'set-cookie': ['a=1', 'b=2'],
    })
    expect(JSON.parse(JSON.stringify(headers))['x-tag']).toEqual(['1', '2'])
    expect(headers.toWeb().getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(headers.toWeb().get('x-tag')).toBe('1, 2')
  })
})

describe('changing', () => {
  it('set replaces all lines of a name, keeps the first position and takes the new casing', () => {
    const headers = new HTTPHeaders([
      ['A', '1'],
      ['B', '2'],
      ['a', '3'],
      ['C', '4'],
    ])
    headers.set('a', 'x').set('D', 5)
    expect([...headers]).toEqual([
      ['a', 'x'],
      ['B', '2'],
      ['C', '4'],
      ['D', '5'],
    ])
  })

  it('add appends a line, with combine it joins onto the last line of that name', () => {
    const headers = new HTTPHeaders({ A: 1, C: 3 })
    headers.add('B', 2).add('B', 3).add('a', 4).add('c', 5, { combine: true }).add('C', 6)
    expect([...headers]).toEqual([
      ['A', '1'],
      ['C', '3, 5'],
      ['B', '2'],
      ['B', '3'],
      ['a', '4'],
      ['C', '6'],
    ])
    expect(headers.add('new', 'x', { combine: true }).get('New')).toBe('x')
  })

  it('delete removes every line and tells whether there was one', () => {
    const headers = new HTTPHeaders([
      ['A', '1'],
      ['a', '2'],
      ['B', '3'],
    ])
    expect([headers.delete('A'), headers.delete('A'), headers.size]).toEqual([true, false, 1])
  })

  it('the wire text follows each change', () => {
    const headers = new HTTPHeaders({ A: 1 })
    headers.wire()
    expect(headers.set('A', 2).wire()).toBe('A: 2\r\n')
    expect(headers.add('B', 3).wire()).toBe('A: 2\r\nB: 3\r\n')
    headers.delete('A')
    expect(headers.wire()).toBe('B: 3\r\n')
  })

  it('a clone and its original do not see each other change, in either direction', () => {
    const first = new HTTPHeaders({ A: 1 })
    const second = first.clone()
    first.set('A', 2)
    second.set('B', 3)
    expect([first.wire(), second.wire()]).toEqual(['A: 2\r\n', 'A: 1\r\nB: 3\r\n'])
    const third = new HTTPHeaders(second)
    third.delete('A')
    expect(second.has('A')).toBe(true)
  })

  it('frozen headers refuse every change, their clone does not', () => {
    const headers = new HTTPHeaders({ A: 1 }).freeze()
    expect(headers.frozen).toBe(true)
    for (const change of [() => headers.set('A', 2), () => headers.add('A', 2), () => headers.delete('A')])
      expect(change).toThrow(TypeError)
    expect(headers.wire()).toBe('A: 1\r\n')
    expect(headers.clone().set('A', 2).get('a')).toBe('2')
  })

  it('lines from the codec are not copied until they are changed', () => {
    const raw = ['Server', 'x', '__proto__', 'y']
    const headers = HTTPHeaders.fromRaw(raw)
    expect(headers.raw()).toEqual(raw)
    expect(headers.get('__PROTO__')).toBe('y')
    headers.delete('server')
    expect(raw).toEqual(['Server', 'x', '__proto__', 'y'])
    expect(headers.wire()).toBe('__proto__: y\r\n')
  })
})

describe('printing', () => {
  it('credentials and cookies are not printed', () => {
    const shown = inspect(
      new HTTPHeaders({ Authorization: 'Bearer hunter2', Cookie: 'hunter2', Accept: 'a' }),
    )
    expect(shown).not.toContain('hunter2')
    expect(shown).toContain('Accept')
  })
})

type Line = [name: string, value: string]

const applyToModel = (
  model: Line[],
  op: 'set' | 'add' | 'delete' | 'clone',
  name: string,
  value: string,
): Line[] => {
  const same = ([other]: Line): boolean => other.toLowerCase() === name.toLowerCase()
  if (op === 'clone') return model
  if (op === 'add') return [...model, [name, value]]
  if (op === 'delete') return model.filter((line) => !same(line))
  const at = model.findIndex(same)
  if (at < 0) return [...model, [name, value]]
  return model.flatMap((line, i): Line[] => (i === at ? [[name, value]] : same(line) ? [] : [line]))
}

describe('for any input', () => {
  it('no name or value makes an extra line', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))),
        (pairs) => {
          let headers: HTTPHeaders
          try {
            headers = new HTTPHeaders(pairs)
          } catch (error) {
            expect(error).toBeInstanceOf(OptionsError)
            return
          }
          const lines = headers.wire().split(/\r\n|\r|\n/)
          expect(lines.length).toBe(pairs.length + 1)
          expect(Buffer.from(headers.wire(), 'latin1').toString('latin1')).toBe(headers.wire())
        },
      ),
      { numRuns: 500 },
    )
  })

  it('it behaves like a list of lines compared without case', () => {
    const name = fc.constantFrom('a', 'A', 'bb', 'bB', 'ccc', '__proto__')
    const step = fc.oneof(
      fc.record({ op: fc.constant('set' as const), name, value: fc.constantFrom('1', '2', 'x y') }),
      fc.record({ op: fc.constant('add' as const), name, value: fc.constantFrom('1', '2', 'x y') }),
      fc.record({ op: fc.constant('delete' as const), name, value: fc.constant('') }),
      fc.record({ op: fc.constant('clone' as const), name, value: fc.constant('') }),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let model: Line[] = []
        let headers = new HTTPHeaders()
        for (const { op, name, value } of steps) {
          const found = model.some(([other]) => other.toLowerCase() === name.toLowerCase())
          model = applyToModel(model, op, name, value)
          if (op === 'clone') headers = headers.clone()
          else if (op === 'add') headers.add(name, value)
          else if (op === 'set') headers.set(name, value)
          else expect(headers.delete(name)).toBe(found)
          expect([...headers]).toEqual(model)
        }
        expect(headers.wire()).toBe(model.map(([n, v]) => `${n}: ${v}\r\n`).join(''))
        expect([...new HTTPHeaders([...headers])]).toEqual(model)
      }),
    )
  })
})
