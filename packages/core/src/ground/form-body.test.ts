// Forms on the wire, byte by byte, and that no field can forge another.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Body } from './body.js'
import { toBody } from './body.js'
import { OptionsError } from './errors.js'
import { encodeFields, type FieldsInit } from './form-body.js'

const read = async (body: Body): Promise<string> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  expect(body.length).toBe(bytes.length)
  return bytes.toString('utf8')
}
const multipart = (fields: FieldsInit): Promise<string> => read(encodeFields(fields, { boundary: 'B' }))
const part = (head: string, data: string): string => `--B\r\n${head}\r\n\r\n${data}\r\n`
const disposition = 'Content-Disposition: form-data; '

describe('multipart', () => {
  it.each<[string, FieldsInit, string]>([
    ['text', { k: 'vé' }, part(`${disposition}name="k"`, 'vé')],
    ['the empty text', { k: '' }, part(`${disposition}name="k"`, '')],
    [
      'a number and a boolean',
      { n: 5, b: false },
      part(`${disposition}name="n"`, '5') + part(`${disposition}name="b"`, 'false'),
    ],
    ['bytes', { k: Buffer.from('v') }, part(`${disposition}name="k"`, 'v')],
    ['a buffer', { k: new Uint8Array([0x41]).buffer }, part(`${disposition}name="k"`, 'A')],
    [
      'a repeated name',
      { k: ['a', 'b'] },
      part(`${disposition}name="k"`, 'a') + part(`${disposition}name="k"`, 'b'),
    ],
    [
      'pairs',
      [
        ['k', 'a'],
        ['k', 'b'],
      ],
      part(`${disposition}name="k"`, 'a') + part(`${disposition}name="k"`, 'b'),
    ],
    ['left-out values', { a: undefined, b: null, c: 1 }, part(`${disposition}name="c"`, '1')],
    ['nothing at all', {}, ''],
    [
      'a file with a known extension',
      { f: { filename: 'n.TXT', data: 'd' } },
      part(`${disposition}name="f"; filename="n.TXT"\r\nContent-Type: text/plain`, 'd'),
    ],
    [
      'a file with an unknown extension',
      { f: { filename: 'n.qqq', data: 'd' } },
      part(`${disposition}name="f"; filename="n.qqq"\r\nContent-Type: application/octet-stream`, 'd'),
    ],
    [
      'a file with a type',
      { f: { filename: 'n', data: Buffer.from('d'), type: 'image/jpeg' } },
      part(`${disposition}name="f"; filename="n"\r\nContent-Type: image/jpeg`, 'd'),
    ],
    [
      'a file with an empty name',
      { f: { filename: '', data: 'd' } },
      part(`${disposition}name="f"; filename=""\r\nContent-Type: application/octet-stream`, 'd'),
    ],
    [
      'a field with a type only',
      { f: { data: '{}', type: 'application/json' } },
      part(`${disposition}name="f"\r\nContent-Type: application/json`, '{}'),
    ],
    [
      'a Blob',
      { f: new Blob(['d']) },
      part(`${disposition}name="f"; filename="blob"\r\nContent-Type: application/octet-stream`, 'd'),
    ],
    [
      'a Blob in a file',
      { f: { filename: 'x.bin', data: new Blob(['d'], { type: 'a/b' }) } },
      part(`${disposition}name="f"; filename="x.bin"\r\nContent-Type: a/b`, 'd'),
    ],
    [
      'names that try to break out',
      { 'a"\r\nX: y': { filename: 'ü"\\\r\n', data: '' } },
      part(
        `${disposition}name="a%22%0D%0AX: y"; filename="ü%22\\%0D%0A"\r\nContent-Type: application/octet-stream`,
        '',
      ),
    ],
    ['control characters in a name', { 'a\x1a': 'x' }, part(`${disposition}name="a\x1a"`, 'x')],
    ['a name from Object.prototype', [['__proto__', 'x']], part(`${disposition}name="__proto__"`, 'x')],
  ])('%s', async (_, fields, expected) => {
    expect(await multipart(fields)).toBe(`${expected}--B--\r\n`)
  })

  it('parts in memory make one buffer, a Blob makes a stream; both can be sent again', async () => {
    expect(encodeFields({ a: 'x' })).toMatchObject({ kind: 'bytes', replayable: true })
    const streamed = encodeFields({ a: new Blob(['x'.repeat(200_000)]), b: 'y' })
    expect(streamed).toMatchObject({ kind: 'factory', replayable: true })
    expect(await read(streamed)).toBe(await read(streamed))
  })

  it('the boundary is long, random and in the content type', () => {
    const types = Array.from({ length: 50 }, () => encodeFields({}).contentType)
    for (const type of types) expect(type).toMatch(/^multipart\/form-data; boundary=rockpool-[0-9a-f]{32}$/)
    expect(new Set(types).size).toBe(50)
    expect(encodeFields({}, { boundary: 'B' }).contentType).toBe('multipart/form-data; boundary=B')
  })

  it.each(['', 'a b', '"', 'a\r\n', 'ü', 'a'.repeat(71), 5 as unknown as string])(
    'the boundary %j is refused',
    (boundary) => {
      expect(() => encodeFields({}, { boundary })).toThrow(expect.objectContaining({ path: 'boundary' }))
    },
  )

  it.each([
    { k: {} },
    { k: { filename: 'x' } },
    { k: { data: {} } },
    { k: { data: 'x', filename: 5 } },
    { k: { data: 'x', type: 5 } },
    { k: Number.NaN },
    { k: () => 1 },
    { k: [[]] },
    { k: 1n },
    { k: { data: 'x', filename: 'f', type: 'x\r\nY: z' } },
    { k: { data: 'x', type: 'a\0' } },
    { k: { data: 'x', filename: 'a\0.png' } },
    { 'k\0': 'x' },
  ])('%o is refused by name', (fields) => {
    expect(() => encodeFields(fields as unknown as FieldsInit)).toThrow(
      expect.objectContaining({ path: 'fields.k' }),
    )
  })

  it.each([5, null, 'a=b', [['a']], ['ab'], [[1, 2]]])('%o is no set of fields', (fields) => {
    expect(() => encodeFields(fields as unknown as FieldsInit)).toThrow(OptionsError)
  })
})

describe('FormData', () => {
  it('is encoded as fetch does, line breaks included', async () => {
    const form = new FormData()
    form.append('a\nb', 'x\ny\r\nz\r')
    form.append('f', new File(['d\n'], 'n\n"ü".txt', { type: 'text/x' }))
    form.append('g', new Blob(['e']))
    const body = toBody(form)
    const boundary = /boundary=(.+)$/.exec(body.contentType ?? '')?.[1] as string
    const ours = await read(body)
    const theirs = new Request('http://h', { method: 'POST', body: form })
    const theirBoundary = /boundary=(.+)$/.exec(theirs.headers.get('content-type') ?? '')?.[1] as string
    expect(ours).toBe((await theirs.text()).replaceAll(theirBoundary, boundary))
  })

  it('comes back the same when a standard parser reads it', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !/[\0\r\n"]/.test(s))
    const value = fc.string({ unit: 'grapheme' }).filter((s) => !/[\r\n]/.test(s))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 5 }), async (pairs) => {
        const body = encodeFields(pairs)
        const response = new Response(await read(body), {
          headers: { 'content-type': body.contentType as string },
        })
        expect([...(await response.formData())]).toEqual(pairs)
      }),
      { numRuns: 100 },
    )
  })

  it('as fields keeps its values as they are', async () => {
    const form = new FormData()
    form.append('a', 'x\ny')
    expect(await multipart(form)).toBe(`${part(`${disposition}name="a"`, 'x\ny')}--B--\r\n`)
  })
})

describe('urlencoded', () => {
  it.each<[FieldsInit, string]>([
    [{ a: 'ä b', n: 1 }, 'a=%C3%A4+b&n=1'],
    [{ a: ['1', '2'] }, 'a=1&a=2'],
    [
      [
        ['a', '&='],
        ['b', '\r\n'],
      ],
      'a=%26%3D&b=%0D%0A',
    ],
    [{}, ''],
  ])('%o is %s', async (fields, expected) => {
    const body = encodeFields(fields, { multipart: false })
    expect(await read(body)).toBe(expected)
    expect(body).toMatchObject({ kind: 'bytes', contentType: 'application/x-www-form-urlencoded' })
  })

  it.each([Buffer.from('x'), new Blob(['x']), { filename: 'f', data: 'x' }])(
    '%o needs multipart',
    (value) => {
      expect(() => encodeFields({ f: value }, { multipart: false })).toThrow(
        expect.objectContaining({ path: 'fields.f' }),
      )
    },
  )
})
