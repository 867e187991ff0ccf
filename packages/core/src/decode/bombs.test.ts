// What a hostile body may cost: the memory of one buffer and one window, not of what it expands to.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encode, encodeChain, HAS_ZSTD, sourceOf } from '../../test/decode/encode.js'
import { type Coding, decodeWhole, StreamDecoder } from './decode.js'

const MIB = 1_048_576

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Resident memory in MiB, once what is garbage is gone. */
async function residentMiB(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage.rss() / MIB
}

async function readAtLeast(decoder: StreamDecoder, bytes: number): Promise<number> {
  let size = 0
  while (size < bytes) {
    const chunk = await decoder.read()
    if (chunk === undefined) throw new Error('the bomb is too small')
    size += chunk.length
  }
  return size
}

/** 64 MiB of zeros, repeated: members and frames may follow one another, so ten gigabytes are made in no time. */
function repeatedZeros(form: 'gzip' | 'zstd'): { coding: Coding; pieces: readonly Buffer[] } {
  const piece = encode(form, Buffer.alloc(64 * MIB))
  return { coding: form, pieces: Array.from({ length: 160 }, () => piece) }
}

function brotliZeros(): { coding: Coding; pieces: readonly Buffer[] } {
  const params = {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 1,
    [zlib.constants.BROTLI_PARAM_LGWIN]: 18,
  }
  return { coding: 'br', pieces: [zlib.brotliCompressSync(Buffer.alloc(200 * MIB), { params })] }
}

const BOMBS = [
  { name: '10 GiB of gzip members', bomb: () => repeatedZeros('gzip') },
  { name: '200 MiB of brotli', bomb: brotliZeros },
  ...(HAS_ZSTD ? [{ name: '10 GiB of zstd frames', bomb: () => repeatedZeros('zstd') }] : []),
]

describe.each(BOMBS)('a bomb of $name', ({ bomb }) => {
  it('costs less than 4 MiB while its reader pauses, and takes no more input', async () => {
    const { coding, pieces } = bomb()
    let pulled = 0
    const next = sourceOf(pieces)
    const before = await residentMiB()
    const decoder = new StreamDecoder([coding], {}, () => {
      pulled += 1
      return next()
    })
    await readAtLeast(decoder, 65_536)
    const afterFirst = pulled
    expect((await residentMiB()) - before).toBeLessThan(4)
    await readAtLeast(decoder, 1_024)
    expect((await residentMiB()) - before).toBeLessThan(4)
    expect(afterFirst).toBe(1)
    expect(pulled).toBe(1)
    decoder.destroy()
  })

  it('ends at maxDecodedBytes, preloaded or streamed', async () => {
    const { coding, pieces } = bomb()
    const tooLarge = expect.objectContaining({ code: 'ERR_BODY_TOO_LARGE', phase: 'decode' })
    const limits = { maxDecodedBytes: 3 * MIB }
    const body = Buffer.concat(pieces.slice(0, 2))
    await expect((async () => decodeWhole([coding], body, limits))()).rejects.toEqual(tooLarge)
    const decoder = new StreamDecoder([coding], limits, sourceOf(pieces))
    await expect(readAtLeast(decoder, 4 * MIB)).rejects.toEqual(tooLarge)
  })
})

describe('a bomb inside a bomb', () => {
  it('costs a buffer per link', async () => {
    const body = encodeChain(['gzip', 'gzip', 'gzip', 'deflate', 'gzip'], Buffer.alloc(256 * MIB))
    const before = await residentMiB()
    const decoder = new StreamDecoder(['gzip', 'gzip', 'gzip', 'deflate', 'gzip'], {}, sourceOf([body]))
    await readAtLeast(decoder, 65_536)
    expect((await residentMiB()) - before).toBeLessThan(4)
    decoder.destroy()
  })

  it('of 256 MiB is gone through in flat memory', async () => {
    const body = encodeChain(['gzip', 'gzip'], Buffer.alloc(256 * MIB))
    const decoder = new StreamDecoder(['gzip', 'gzip'], {}, sourceOf([body]))
    await readAtLeast(decoder, 16 * MIB)
    const before = await residentMiB()
    await readAtLeast(decoder, 239 * MIB)
    expect((await residentMiB()) - before).toBeLessThan(48)
    decoder.destroy()
  })
})

describe('decoders that are given up', () => {
  it('free their native memory at once', async () => {
    const body = encode('gzip', Buffer.alloc(4 * MIB))
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        const decoder = new StreamDecoder(['gzip'], {}, sourceOf([body]))
        await decoder.read()
        decoder.destroy()
      }
    }
    // Left to the collector, a thousand decoders with their windows and buffers are more than 100 MiB.
    await rounds(200)
    const before = await residentMiB()
    await rounds(1_000)
    expect((await residentMiB()) - before).toBeLessThan(48)
  })
})
