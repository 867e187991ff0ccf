import { randomBytes } from 'node:crypto'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  byteByByte,
  codingOf,
  encode,
  encodeChain,
  FORMS,
  type Form,
  HAS_ZSTD,
  readAll,
  skippableFrame,
  sourceOf,
  splitAt,
} from '../../test/decode/encode.js'
import { type Coding, decodeWhole, StreamDecoder } from './decode.js'

const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40))
const NOISE = randomBytes(50_000)
const LARGE = Buffer.concat([NOISE, Buffer.alloc(300_000, 'large'), NOISE])
const NOTHING = Buffer.alloc(0)

/** Every way to decode a body has to come to the same verdict on it. */
const WAYS: readonly {
  way: string
  decode: (codings: readonly Coding[], body: Buffer) => Promise<Buffer>
}[] = [
  { way: 'preloaded', decode: async (codings, body) => decodeWhole(codings, body, {}) },
  { way: 'in one chunk', decode: (codings, body) => readAll(codings, [body]) },
  { way: 'byte by byte', decode: (codings, body) => readAll(codings, byteByByte(body)) },
  {
    way: 'with empty chunks',
    decode: (codings, body) => readAll(codings, [NOTHING, ...splitAt(body, [1, 1, 7, 20]), NOTHING]),
  },
]

const broken = (coding: Coding): unknown =>
  expect.objectContaining({
    name: 'DecodeError',
    phase: 'decode',
    message: expect.stringContaining(`cannot decode ${coding}`),
  })

describe.each(WAYS)('a body that is decoded $way', ({ decode }) => {
  it.each(FORMS)('in %s comes out as it went in', async (form) => {
    expect(await decode([codingOf(form)], encode(form, TEXT))).toEqual(TEXT)
  })

  it.each(FORMS)('in %s may be empty inside', async (form) => {
    expect(await decode([codingOf(form)], encode(form, NOTHING))).toEqual(NOTHING)
  })

  it.each(FORMS)('is empty in %s when no byte came', async (form) => {
    expect(await decode([codingOf(form)], NOTHING)).toEqual(NOTHING)
  })

  it.each(FORMS)('in %s that lacks its last byte is an error', async (form) => {
    await expect(decode([codingOf(form)], encode(form, TEXT).subarray(0, -1))).rejects.toEqual(
      broken(codingOf(form)),
    )
  })

  it.each(FORMS)('in %s with a foreign byte after its end is an error', async (form) => {
    for (const junk of ['X', 'XY', 'trailing garbage, longer than any header']) {
      const body = Buffer.concat([encode(form, TEXT), Buffer.from(junk)])
      await expect(decode([codingOf(form)], body)).rejects.toEqual(broken(codingOf(form)))
    }
  })

  it.each(FORMS)('that is not %s, though it says so, is an error', async (form) => {
    const body = Buffer.from('\x7f{"error":"this was never compressed"}')
    await expect(decode([codingOf(form)], body)).rejects.toEqual(broken(codingOf(form)))
  })

  it('in several gzip members is their concatenation', async () => {
    const members = [TEXT, NOTHING, Buffer.from('x'), TEXT]
    const body = Buffer.concat(members.map((member) => encode('gzip', member)))
    expect(await decode(['gzip'], body)).toEqual(Buffer.concat(members))
  })

  it('in gzip may be padded with zero bytes', async () => {
    for (const zeros of [1, 2, 9, 600]) {
      expect(await decode(['gzip'], Buffer.concat([encode('gzip', TEXT), Buffer.alloc(zeros)]))).toEqual(TEXT)
    }
  })

  it('in gzip may have nothing but zero bytes after its end', async () => {
    for (const tail of [
      [0, 1],
      [0, 0, 0, 0, 0, 0, 0, 7, 0],
      [0, 0x1f, 0x8b],
      [7, 0],
    ]) {
      const body = Buffer.concat([encode('gzip', TEXT), Buffer.from(tail)])
      await expect(decode(['gzip'], body)).rejects.toEqual(broken('gzip'))
    }
    const again = Buffer.concat([encode('gzip', TEXT), Buffer.alloc(3), encode('gzip', TEXT)])
    await expect(decode(['gzip'], again)).rejects.toEqual(broken('gzip'))
  })

  it.each(FORMS.filter((form) => form !== 'gzip'))('in %s is not padded', async (form) => {
    const body = Buffer.concat([encode(form, TEXT), Buffer.alloc(4)])
    await expect(decode([codingOf(form)], body)).rejects.toEqual(broken(codingOf(form)))
  })

  it('in gzip with a wrong checksum or length is an error', async () => {
    for (const fromEnd of [8, 4]) {
      const body = Buffer.from(encode('gzip', TEXT))
      body[body.length - fromEnd] = (body[body.length - fromEnd] as number) ^ 1
      await expect(decode(['gzip'], body)).rejects.toEqual(broken('gzip'))
    }
  })

  it('in deflate with a wrong checksum is an error', async () => {
    const body = Buffer.from(encode('deflate', TEXT))
    body[body.length - 1] = (body[body.length - 1] as number) ^ 1
    await expect(decode(['deflate'], body)).rejects.toEqual(broken('deflate'))
  })

  it('in deflate that asks for a dictionary is an error', async () => {
    const body = zlib.deflateSync(TEXT, { dictionary: Buffer.from('the lazy dog') })
    await expect(decode(['deflate'], body)).rejects.toEqual(broken('deflate'))
  })

  it('in deflate of every level and window is understood', async () => {
    for (const windowBits of [9, 12, 15]) {
      for (const level of [0, 1, 9]) {
        expect(await decode(['deflate'], zlib.deflateSync(TEXT, { level, windowBits }))).toEqual(TEXT)
        expect(await decode(['deflate'], zlib.deflateRawSync(TEXT, { level, windowBits }))).toEqual(TEXT)
      }
    }
  })

  it('in brotli with a large window is an error', async () => {
    const params = { [zlib.constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [zlib.constants.BROTLI_PARAM_LGWIN]: 30 }
    await expect(decode(['br'], zlib.brotliCompressSync(TEXT, { params }))).rejects.toEqual(broken('br'))
  })

  it.each(chainsOf(FORMS))('in $name is decoded from the last coding to the first', async ({ chain }) => {
    expect(await decode(chain.map(codingOf), encodeChain(chain, TEXT))).toEqual(TEXT)
  })

  it.runIf(HAS_ZSTD)('in several zstd frames is their concatenation', async () => {
    const frame = encode('zstd', TEXT)
    const body = Buffer.concat([
      skippableFrame(0),
      frame,
      skippableFrame(100, 15),
      encode('zstd', NOTHING),
      frame,
      frame,
      skippableFrame(3, 7),
    ])
    expect(await decode(['zstd'], body)).toEqual(Buffer.concat([TEXT, TEXT, TEXT]))
    expect(await decode(['zstd'], skippableFrame(40))).toEqual(NOTHING)
  })

  it.runIf(HAS_ZSTD)('in zstd with a frame missing its end, or no frame, is an error', async () => {
    const frame = encode('zstd', TEXT)
    for (const tail of [
      frame.subarray(0, 3),
      frame.subarray(0, 9),
      skippableFrame(9).subarray(0, -1),
      [0x28],
    ]) {
      const body = Buffer.concat([frame, Buffer.from(tail)])
      await expect(decode(['zstd'], body)).rejects.toEqual(broken('zstd'))
    }
    const legacy = Buffer.from('27b52ffd00000000', 'hex')
    await expect(decode(['zstd'], legacy)).rejects.toEqual(broken('zstd'))
  })

  it.runIf(HAS_ZSTD)('in zstd is an error when a frame holds less than it declares', async () => {
    const good = encode('zstd', TEXT)
    for (const header of ['2001', '2041', '600000']) {
      const frame = Buffer.from(`28b52ffd${header}010000`, 'hex')
      for (const body of [frame, Buffer.concat([good, frame]), Buffer.concat([frame, good])]) {
        await expect(decode(['zstd'], body)).rejects.toEqual(broken('zstd'))
      }
    }
  })

  it.runIf(HAS_ZSTD)('in zstd is refused when it wants a window of more than 8 MiB', async () => {
    // Magic, no single segment, the window descriptor (exponent over 10, no mantissa), then an empty last block.
    const frame = (log: number): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, 1, 0, 0])
    expect(await decode(['zstd'], frame(23))).toEqual(NOTHING)
    for (const log of [24, 27, 30, 31]) {
      await expect(decode(['zstd'], frame(log))).rejects.toEqual(broken('zstd'))
    }
  })
})

function chainsOf(forms: readonly Form[]): { name: string; chain: Form[] }[] {
  const pairs = forms.flatMap((first) => forms.map((second) => [first, second]))
  return [...pairs, forms.slice(0, 5).reverse(), Array.from({ length: 5 }, (): Form => 'gzip')].map(
    (chain) => ({
      name: chain.join(' + '),
      chain,
    }),
  )
}

describe('a large body', () => {
  it.each(FORMS)('in %s is the same preloaded and streamed', async (form) => {
    const body = encode(form, LARGE)
    expect((await decodeWhole([codingOf(form)], body, {})).equals(LARGE)).toBe(true)
    expect((await readAll([codingOf(form)], splitAt(body, [1, 17, 4_000, 70_000]))).equals(LARGE)).toBe(true)
  })

  it.each(FORMS)('in %s cut at every place near a buffer end is an error', async (form) => {
    const body = encode(form, LARGE)
    const sizes = [32_768, 32_769, 65_535, 65_536, 65_537].filter((size) => size < body.length)
    for (const size of [...sizes, body.length - 1]) {
      const cut = body.subarray(0, size)
      await expect(decodeWholeAsync(codingOf(form), cut)).rejects.toEqual(broken(codingOf(form)))
      await expect(readAll([codingOf(form)], [cut])).rejects.toEqual(broken(codingOf(form)))
    }
  })

  it.each(FORMS)(
    'in %s that hardly shrinks, or shrinks as far as can be, is not taken for an empty one',
    async (form) => {
      for (const data of [randomBytes(3_000_000), Buffer.alloc(30_000_000, 'abcdefgh')]) {
        const body = encode(form, data)
        expect((await readAll([codingOf(form)], [body])).equals(data)).toBe(true)
        expect((await readAll([codingOf(form)], splitAt(body, [100, 5_000, 1_400_000]))).equals(data)).toBe(
          true,
        )
      }
    },
  )

  it('in many gzip members takes time in proportion', async () => {
    const member = encode('gzip', Buffer.from('0123456789'))
    const body = Buffer.concat(Array.from({ length: 20_000 }, () => member))
    expect(await decodeWhole(['gzip'], body, {})).toHaveLength(200_000)
  })

  it('is handed out in chunks of 1 to 65 536 bytes', async () => {
    for (const form of FORMS) {
      const decoder = new StreamDecoder([codingOf(form)], {}, sourceOf([encode(form, LARGE)]))
      for (let chunk = await decoder.read(); chunk !== undefined; chunk = await decoder.read()) {
        expect(chunk.length).toBeGreaterThan(0)
        expect(chunk.length).toBeLessThanOrEqual(65_536)
      }
    }
  })
})

async function decodeWholeAsync(coding: Coding, body: Buffer): Promise<Buffer> {
  return decodeWhole([coding], body, {})
}

describe('a small preloaded body', () => {
  it.each(FORMS)('in %s is decoded in the same turn', (form) => {
    expect(decodeWhole([codingOf(form)], encode(form, TEXT), {})).toEqual(TEXT)
  })

  it('does not hold on to a buffer much larger than itself', () => {
    for (const form of FORMS) {
      const data = decodeWhole([codingOf(form)], encode(form, NOISE.subarray(0, 20_000)), {}) as Buffer
      expect(data.buffer.byteLength).toBeLessThanOrEqual(Math.max(27_000, 2 * Buffer.poolSize))
    }
  })

  it('whose gzip length field lies is decoded all the same', () => {
    const body = Buffer.concat([encode('gzip', TEXT), encode('gzip', Buffer.from('x'))])
    expect(decodeWhole(['gzip'], body, {})).toEqual(Buffer.concat([TEXT, Buffer.from('x')]))
  })
})
