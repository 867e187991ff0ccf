// Bodies: what each input becomes, how often it can be sent, and that sources end when their reader does.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type Body, type BodyInput, isBody, NO_BODY, toBody } from './body.js'
import { OptionsError, UnrewindableBodyError } from './errors.js'
import { jsonBody } from './json-body.js'

const read = async (body: Body): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const text = async (body: Body): Promise<string> => (await read(body)).toString('utf8')

describe('what becomes of each input', () => {
  const view = new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2)
  const inputs: [string, () => BodyInput | undefined | null, Partial<Body>, Buffer][] = [
    ['nothing', () => undefined, { kind: 'none', length: 0, replayable: true }, Buffer.alloc(0)],
    ['null', () => null, { kind: 'none', length: 0, replayable: true }, Buffer.alloc(0)],
    [
      'a string',
      () => 'äöüßÿ',
      { kind: 'bytes', length: 10, replayable: true, contentType: undefined },
      Buffer.from('äöüßÿ'),
    ],
    ['the empty string', () => '', { kind: 'bytes', length: 0, replayable: true }, Buffer.alloc(0)],
    [
      'a Buffer',
      () => Buffer.from('\xff', 'latin1'),
      { kind: 'bytes', length: 1, replayable: true },
      Buffer.from([255]),
    ],
    ['a DataView', () => view, { kind: 'bytes', length: 2 }, Buffer.from([1, 2])],
    ['a Uint16Array', () => new Uint16Array([0x4141]), { kind: 'bytes', length: 2 }, Buffer.from('AA')],
    [
      'an ArrayBuffer',
      () => new Uint8Array([1, 2]).buffer,
      { kind: 'bytes', length: 2 },
      Buffer.from([1, 2]),
    ],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(2), { kind: 'bytes', length: 2 }, Buffer.alloc(2)],
    [
      'a Blob',
      () => new Blob(['ab', 'c'], { type: 'text/x' }),
      { kind: 'factory', length: 3, replayable: true, contentType: 'text/x' },
      Buffer.from('abc'),
    ],
    [
      'a Blob without type',
      () => new Blob(['x']),
      { kind: 'factory', length: 1, contentType: undefined },
      Buffer.from('x'),
    ],
    [
      'URLSearchParams',
      () => new URLSearchParams({ a: 'ä b' }),
      { kind: 'bytes', replayable: true, contentType: 'application/x-www-form-urlencoded;charset=UTF-8' },
      Buffer.from('a=%C3%A4+b'),
    ],
    [
      'an array of chunks',
      () => ['foo', Buffer.from('bar'), '', 'ü'],
      { kind: 'factory', length: undefined, replayable: true },
      Buffer.from('foobarü'),
    ],
    [
      'a set',
      () => new Set(['a', 'b']),
      { kind: 'one-shot', length: undefined, replayable: false },
      Buffer.from('ab'),
    ],
    [
      'a generator',
      () =>
        (function* () {
          yield 'a'
          yield Buffer.from('b')
        })(),
      { kind: 'one-shot', length: undefined, replayable: false },
      Buffer.from('ab'),
    ],
    [
      'an async generator',
      () =>
        (async function* () {
          yield 'a'
          yield 'b'
        })(),
      { kind: 'one-shot', replayable: false },
      Buffer.from('ab'),
    ],
    [
      'a Node stream',
      () => Readable.from(['a', 'b']),
      { kind: 'one-shot', replayable: false },
      Buffer.from('ab'),
    ],
    [
      'a web stream',
      () => ReadableStream.from(['a', Buffer.from('b')]) as ReadableStream,
      { kind: 'one-shot', replayable: false },
      Buffer.from('ab'),
    ],
    [
      'a function making a string',
      () => () => 'ab',
      { kind: 'factory', length: undefined, replayable: true },
      Buffer.from('ab'),
    ],
    [
      'a function making a stream',
      () => async () => Readable.from(['a', 'b']),
      { kind: 'factory', length: undefined, replayable: true },
      Buffer.from('ab'),
    ],
  ]

  it.each(inputs)('%s', async (_, make, facts, bytes) => {
    const body = toBody(make())
    expect(body).toMatchObject(facts)
    expect(isBody(body)).toBe(true)
    expect(await read(body)).toEqual(bytes)
    if (body.kind === 'bytes') expect(Buffer.from(body.bytes as Uint8Array)).toEqual(bytes)
    else expect(body.bytes).toBeUndefined()
    if (body.replayable) expect(await read(body)).toEqual(bytes)
    else expect(() => body.open()).toThrow(UnrewindableBodyError)
  })

  it('no body is one shared value, and a body made before is taken as it is', () => {
    expect(toBody(undefined)).toBe(NO_BODY)
    expect(toBody(null)).toBe(NO_BODY)
    const body = toBody('x')
    expect(toBody(body)).toBe(body)
  })

  it.each([5, true, Symbol('x'), {}, new Date(), Promise.resolve('x'), { pipe() {} }, { length: 1 }])(
    '%o is refused',
    (input) => {
      expect(() => toBody(input as unknown as BodyInput)).toThrow(
        expect.objectContaining({ path: 'body', code: 'ERR_OPTIONS' }),
      )
    },
  )

  it('a Blob whose type would break a head is refused', () => {
    const forged = Object.defineProperty(new Blob(['x']), 'type', { value: 'x\r\nY: z' })
    expect(() => toBody(forged)).toThrow(OptionsError)
  })

  it('a FormData from elsewhere is known by its tag', () => {
    const foreign = {
      [Symbol.toStringTag]: 'FormData',
      *[Symbol.iterator]() {
        yield ['a', 'b']
      },
    }
    expect(toBody(foreign as unknown as BodyInput).contentType).toMatch(/^multipart/)
  })

  it('bytes changed after the call are sent as they were', async () => {
    const bytes = Buffer.from('before')
    const list = ['before']
    const [one, two] = [toBody(bytes), toBody(list)]
    bytes.fill('x')
    list.push('after')
    expect([await text(one), await text(two)]).toEqual(['before', 'before'])
  })
})

describe('used', () => {
  it('is set by opening, and not for no body', async () => {
    for (const input of ['x', ['x'], new Set(['x']), () => 'x']) {
      const body = toBody(input)
      expect(body.used).toBe(false)
      await read(body)
      expect(body.used).toBe(true)
    }
    await read(NO_BODY)
    expect(NO_BODY.used).toBe(false)
  })
})

describe('jsonBody', () => {
  it.each([
    [{ a: [1, null, 'ü'] }, '{"a":[1,null,"ü"]}'],
    [0, '0'],
    [false, 'false'],
    ['', '""'],
    [null, 'null'],
    [[], '[]'],
    ['\ud800', '"\\ud800"'],
    [{ toJSON: () => 'x' }, '"x"'],
  ])('%o is %s', async (value, json) => {
    const body = jsonBody(value)
    expect([await text(body), body.length, body.contentType, body.kind]).toEqual([
      json,
      Buffer.byteLength(json),
      'application/json',
      'bytes',
    ])
  })

  const circular: { self?: unknown } = {}
  circular.self = circular
  it.each([
    undefined,
    () => 1,
    Symbol('x'),
    1n,
    { a: 1n },
    circular,
    {
      toJSON: () => {
        throw new Error('mine')
      },
    },
  ])('%o is refused', (value) => {
    expect(() => jsonBody(value)).toThrow(expect.objectContaining({ path: 'json' }))
  })
})
