// The other side of decoding, for tests: bodies coded by node:zlib, cut into chunks, and read through a StreamDecoder.
//
// zstd is here only where node:zlib has it, so a test that runs over CODINGS covers what the platform offers.
import * as zlib from 'node:zlib'
import { type Coding, type DecodeLimits, StreamDecoder } from '../../src/decode/decode.js'

/** How a body can be coded: a coding, with the two forms of deflate told apart. */
export type Form = 'gzip' | 'deflate' | 'raw deflate' | 'br' | 'zstd'

type Encode = (data: Buffer) => Buffer

const zstdCompressSync = (zlib as unknown as { zstdCompressSync?: Encode }).zstdCompressSync

/** Whether node:zlib knows zstd. */
export const HAS_ZSTD: boolean = zstdCompressSync !== undefined

/** Every form this platform can decode. */
export const FORMS: readonly Form[] = HAS_ZSTD
  ? ['gzip', 'deflate', 'raw deflate', 'br', 'zstd']
  : ['gzip', 'deflate', 'raw deflate', 'br']

const FAST_BROTLI: zlib.BrotliOptions = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }

/** Codes a body once. */
export function encode(form: Form, data: Buffer): Buffer {
  switch (form) {
    case 'gzip':
      return zlib.gzipSync(data)
    case 'deflate':
      return zlib.deflateSync(data)
    case 'raw deflate':
      return zlib.deflateRawSync(data)
    case 'br':
      return zlib.brotliCompressSync(data, FAST_BROTLI)
    case 'zstd':
      return (zstdCompressSync as Encode)(data)
  }
}

/** The name a form goes by in Content-Encoding. */
export function codingOf(form: Form): Coding {
  return form === 'raw deflate' ? 'deflate' : form
}

/** Codes a body by a chain, in order. */
export function encodeChain(forms: readonly Form[], data: Buffer): Buffer {
  return forms.reduce((body, form) => encode(form, body), data)
}

/** Gives the chunks one after the other. */
export function sourceOf(chunks: Iterable<Buffer>): () => Buffer | undefined {
  const iterator = chunks[Symbol.iterator]()
  return () => {
    const step = iterator.next()
    return step.done === true ? undefined : step.value
  }
}

/** Each byte as a chunk of its own. */
export function* byteByByte(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1)
}

/** Chunks that end at the given offsets. */
export function splitAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const ends = [...offsets.map((offset) => offset % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  let start = 0
  return ends.map((end) => {
    const chunk = bytes.subarray(start, end)
    start = end
    return chunk
  })
}

/** Reads a body to its end through a StreamDecoder. */
export async function readAll(
  codings: readonly Coding[],
  chunks: Iterable<Buffer>,
  limits: DecodeLimits = {},
): Promise<Buffer> {
  const decoder = new StreamDecoder(codings, limits, sourceOf(chunks))
  const parts: Buffer[] = []
  for (let part = await decoder.read(); part !== undefined; part = await decoder.read()) parts.push(part)
  return Buffer.concat(parts)
}

/** A skippable zstd frame (RFC 8878 §3.1.2). */
export function skippableFrame(size: number, kind = 0): Buffer {
  const frame = Buffer.alloc(8 + size, 0x2a)
  frame.writeUInt32LE(0x184d2a50 + kind, 0)
  frame.writeUInt32LE(size, 4)
  return frame
}
