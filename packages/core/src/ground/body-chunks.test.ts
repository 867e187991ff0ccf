import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Body, type BodyInput, toBody } from './body.js'
import { OptionsError, UnrewindableBodyError } from './errors.js'

const read = async (body: Body): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
const text = async (body: Body): Promise<string> => (await read(body)).toString('utf8')
const folder = mkdtempSync(join(tmpdir(), 'rockpool-body-'))
afterAll(() => rmSync(folder, { recursive: true }))

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
