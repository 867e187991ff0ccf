// What ends a decoding that goes on too long: bytes beyond a limit, and input without output.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  codingOf,
  encode,
  encodeChain,
  FORMS,
  type Form,
  HAS_ZSTD,
  readAll,
  skippableFrame,
} from '../../test/decode/encode.js'
import { type Coding, decodeWhole } from './decode.js'

const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40))
const NOISE = randomBytes(50_000)
const LARGE = Buffer.concat([NOISE, Buffer.alloc(300_000, 'large'), NOISE])
const NOTHING = Buffer.alloc(0)

describe('maxDecodedBytes', () => {
  const tooLarge = expect.objectContaining({ name: 'BodyTooLarge', phase: 'decode' })

  it.each(FORMS)('lets a body in %s through that is just as long', async (form) => {
    for (const data of [TEXT, LARGE]) {
      const limits = { maxDecodedBytes: data.length }
      expect((await decodeWhole([codingOf(form)], encode(form, data), limits)).equals(data)).toBe(true)
      expect((await readAll([codingOf(form)], [encode(form, data)], limits)).equals(data)).toBe(true)
    }
  })

  it.each(FORMS)('stops a body in %s that is a byte longer', async (form) => {
    for (const data of [TEXT, LARGE]) {
      const limits = { maxDecodedBytes: data.length - 1 }
      const whole = async (): Promise<Buffer> => decodeWhole([codingOf(form)], encode(form, data), limits)
      await expect(whole()).rejects.toEqual(tooLarge)
      await expect(readAll([codingOf(form)], [encode(form, data)], limits)).rejects.toEqual(tooLarge)
    }
  })

  it('does not mind codings that make a body larger', async () => {
    const noise = NOISE.subarray(0, 100)
    const chain: Form[] = ['gzip', 'gzip', 'gzip', 'gzip', 'gzip']
    const limits = { maxDecodedBytes: 100 }
    expect(await decodeWhole(chain.map(codingOf), encodeChain(chain, noise), limits)).toEqual(noise)
  })

  it('also stops an inner bomb whose body would be small', async () => {
    const inner = Buffer.concat([encode('gzip', TEXT), Buffer.alloc(700_000)])
    const limits = { maxDecodedBytes: 100_000 }
    await expect(readAll(['gzip', 'gzip'], [encode('gzip', inner)], limits)).rejects.toEqual(tooLarge)
  })

  it('and a fault in the same body end in one verdict, preloaded or streamed', async () => {
    for (const form of FORMS) {
      const coded = encode(form, TEXT)
      for (const body of [Buffer.concat([coded, Buffer.from('x')]), coded.subarray(0, -1)]) {
        const limits = { maxDecodedBytes: 100 }
        const verdicts = [
          await failureOf(async () => decodeWhole([codingOf(form)], body, limits)),
          await failureOf(() => readAll([codingOf(form)], [body], limits)),
        ]
        expect(verdicts[0]).toBe(verdicts[1])
      }
    }
  })
})

async function failureOf(decoded: () => Promise<Buffer>): Promise<string> {
  return decoded().then(
    () => 'none',
    (error: Error) => error.name,
  )
}

describe('input that decodes to nothing', () => {
  it.each([
    { name: 'a gzip name of 10 MB', coding: 'gzip', body: gzipWithName(10_000_000) },
    { name: 'empty gzip members', coding: 'gzip', body: repeated(encode('gzip', NOTHING), 60_000) },
    {
      name: 'gzip padding',
      coding: 'gzip',
      body: Buffer.concat([encode('gzip', TEXT), Buffer.alloc(2_000_000)]),
    },
    {
      name: 'empty deflate blocks',
      coding: 'deflate',
      body: repeated(Buffer.from('000000ffff', 'hex'), 300_000),
    },
    ...(HAS_ZSTD
      ? [{ name: 'skippable zstd frames', coding: 'zstd', body: repeated(skippableFrame(0), 200_000) }]
      : []),
  ] as { name: string; coding: Coding; body: Buffer }[])(
    'such as $name ends after 1 MiB',
    async ({ coding, body }) => {
      const nothing = expect.objectContaining({ message: expect.stringContaining('decode to nothing') })
      await expect(readAll([coding], [body])).rejects.toEqual(nothing)
      await expect(decodeWhole([coding], body, {})).rejects.toEqual(nothing)
    },
  )
})

function gzipWithName(length: number): Buffer {
  const plain = encode('gzip', TEXT)
  const header = Buffer.from(plain.subarray(0, 10))
  header[3] = 8
  return Buffer.concat([header, Buffer.alloc(length, 'n'), Buffer.alloc(1), plain.subarray(10)])
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(bytes.length * times, bytes)
}
