// Bodies: what each input becomes, how often it can be sent, and that sources end when their reader does.

import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Body, type BodyInput, isBody, NO_BODY, toBody } from './body.js'
import { OptionsError, RequestError, UnrewindableBodyError } from './errors.js'
import { fileBody } from './file-body.js'
import { jsonBody } from './json-body.js'

const read = async (body: Body): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const text = async (body: Body): Promise<string> => (await read(body)).toString('utf8')
const folder = mkdtempSync(join(tmpdir(), 'rockpool-body-'))
afterAll(() => rmSync(folder, { recursive: true }))

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

describe('chunks', () => {
  it.each([[[1]], [[null]], [[{}]], [['ok', undefined]]])(
    'a chunk of %o is refused when it comes',
    async (chunks) => {
      await expect(read(toBody(chunks as unknown as BodyInput))).rejects.toThrow(
        expect.objectContaining({ path: 'body' }),
      )
    },
  )

  it('empty chunks never come out', async () => {
    const sizes: number[] = []
    for await (const chunk of toBody(['', 'a', new Uint8Array(0), 'b', '']).open())
      sizes.push(chunk.byteLength)
    expect(sizes).toEqual([1, 1])
  })

  it.each([0, 5, null, undefined])('a function that makes %o fails the body', async (made) => {
    await expect(read(toBody((() => made) as unknown as BodyInput))).rejects.toBeInstanceOf(OptionsError)
  })

  it('whatever the split, the bytes are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())),
        async (chunks) => {
          const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk as string)))
          expect(await read(toBody(chunks))).toEqual(whole)
          expect(await read(toBody(Readable.from(chunks)))).toEqual(whole)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('a reader that stops early', () => {
  const takeOne = async (body: Body): Promise<void> => {
    for await (const _ of body.open()) break
  }

  it('ends a generator', async () => {
    let ended = 0
    const source = function* (): Generator<string> {
      try {
        yield 'a'
        yield 'b'
      } finally {
        ended++
      }
    }
    const asyncSource = async function* (): AsyncGenerator<string> {
      try {
        yield 'a'
        yield 'b'
      } finally {
        ended++
      }
    }
    await takeOne(toBody(source()))
    await takeOne(toBody(asyncSource()))
    await takeOne(toBody(() => source()))
    expect(ended).toBe(3)
  })

  it('destroys a Node stream and cancels a web stream', async () => {
    const file = join(folder, 'early')
    writeFileSync(file, Buffer.alloc(300_000))
    const stream = createReadStream(file)
    await takeOne(toBody(stream))
    expect(stream.destroyed).toBe(true)
    let cancelled = false
    await takeOne(
      toBody(
        new ReadableStream({
          pull: (controller) => controller.enqueue(Buffer.from('x')),
          cancel: () => {
            cancelled = true
          },
        }),
      ),
    )
    expect(cancelled).toBe(true)
  })

  it('a failing source fails the reader with its own error', async () => {
    const stream = new PassThrough()
    const reading = read(toBody(stream))
    stream.destroy(new Error('disk'))
    await expect(reading).rejects.toThrow('disk')
  })
})

describe('dispose', () => {
  it('lets go of sources that were never read, and only of those', async () => {
    const stream = new PassThrough()
    const body = toBody(stream)
    body.dispose()
    expect(stream.destroyed).toBe(true)
    expect(() => body.open()).toThrow(UnrewindableBodyError)
    let cancelled = false
    toBody(
      new ReadableStream({
        cancel: () => {
          cancelled = true
        },
      }),
    ).dispose()
    expect(cancelled).toBe(true)
    const opened = new PassThrough()
    const used = toBody(opened)
    used.open()
    used.dispose()
    expect(opened.destroyed).toBe(false)
    opened.destroy()
    const kept = toBody('x')
    kept.dispose()
    expect(await text(kept)).toBe('x')
  })

  it('survives sources whose clean-up fails', () => {
    toBody({
      [Symbol.iterator]: () => [][Symbol.iterator](),
      return() {
        throw new Error('no')
      },
    } as unknown as BodyInput).dispose()
    toBody({
      [Symbol.asyncIterator]: () => ({}),
      return: () => Promise.reject(new Error('no')),
    } as unknown as BodyInput).dispose()
    const stream = new PassThrough({ destroy: (_, done) => done(new Error('no')) })
    toBody(stream).dispose()
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

describe('fileBody', () => {
  const path = join(folder, 'file')
  const content = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251))
  writeFileSync(path, content)

  it.each([
    [{}, 0, 600_000],
    [{ start: 10 }, 10, 600_000],
    [{ end: 9 }, 0, 10],
    [{ start: 5, end: 5 }, 5, 6],
    [{ start: 600_000 }, 600_000, 600_000],
    [{ start: 5, end: 4 }, 5, 5],
  ])('with %o is that range, as often as asked', async (options, from, to) => {
    const body = fileBody(path, options)
    expect(body).toMatchObject({ kind: 'factory', length: to - from, replayable: true, start: from })
    for (let pass = 0; pass < 2; pass++)
      expect((await read(toBody(body))).equals(content.subarray(from, to))).toBe(true)
  })

  it('has the content type it is given', () => {
    expect([fileBody(path).contentType, fileBody(path, { contentType: 'x/y' }).contentType]).toEqual([
      undefined,
      'x/y',
    ])
  })

  it.each([
    [{ start: -1 }, 'body.start'],
    [{ start: 1.5 }, 'body.start'],
    [{ start: 600_001 }, 'body.start'],
    [{ start: Number.NaN }, 'body.start'],
    [{ end: 600_000 }, 'body.end'],
    [{ start: 5, end: 3 }, 'body.end'],
    [{ end: Number.NaN }, 'body.end'],
    [{ end: '3' as unknown as number }, 'body.end'],
  ])('refuses %o', (options, where) => {
    expect(() => fileBody(path, options)).toThrow(expect.objectContaining({ path: where }))
  })

  it('refuses what is not there or no file', () => {
    expect(() => fileBody(join(folder, 'missing'))).toThrow(expect.objectContaining({ path: 'body' }))
    expect(() => fileBody(folder)).toThrow(expect.objectContaining({ path: 'body' }))
  })

  it('an empty file is an empty body', async () => {
    const empty = join(folder, 'empty')
    writeFileSync(empty, '')
    expect([fileBody(empty).length, await text(fileBody(empty))]).toEqual([0, ''])
  })

  it.each(['', 'grown beyond what it was'])(
    'fails when the file was changed to %j meanwhile',
    async (now) => {
      const file = join(folder, 'changing')
      writeFileSync(file, 'as it was')
      const body = fileBody(file)
      writeFileSync(file, now)
      await expect(read(body)).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_REQUEST', phase: 'send' }),
      )
      rmSync(file)
      await expect(read(body)).rejects.toBeInstanceOf(RequestError)
    },
  )

  it('fails when the file is cut while it is sent', async () => {
    const file = join(folder, 'cut')
    writeFileSync(file, content)
    let received = 0
    const reading = (async () => {
      for await (const chunk of fileBody(file).open()) {
        if (received === 0) writeFileSync(file, 'short')
        received += chunk.byteLength
      }
    })()
    await expect(reading).rejects.toBeInstanceOf(RequestError)
    expect(received).toBeLessThan(600_000)
  })
})
