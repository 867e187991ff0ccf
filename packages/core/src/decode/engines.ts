// The one place that opens node:zlib: a coding becomes a stream, or a call that decodes a small body at once.
//
// Rule: what a peer can make a decoder hold is bounded here: zstd windows to 8 MiB (RFC 9659), brotli to the 16 MiB of
// RFC 7932 because its large-window extension stays off, and output comes in buffers of 64 KiB. `deflate` is two formats
// in practice: zlib, as RFC 9110 §8.4.1.2 says, and the raw stream that some servers send; the first two bytes tell.
//
// Neighbours: coding-link.ts drives the streams, decode-whole.ts the calls. Must not know: chains and limits.
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import type { Coding } from './content-codings.js'

/** The most that one read of a decoder gives, and that a decoder runs ahead of its reader. */
export const OUTPUT_BYTES = 65_536

/** A decoding stream: {@link Transform} plus the count of input bytes that were really used. */
export type Engine = Transform & { readonly bytesWritten: number }

/** A decoder for one call: `rest` is the number of input bytes after the end of the coded data. */
export type DecodedAtOnce = { readonly data: Buffer; readonly rest: number }

type ZstdOptions = zlib.ZlibOptions & { readonly params: Readonly<Record<number, number>> }
type WithInfo = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }

/** The part of node:zlib that Node 20 lacks. */
interface ZstdPart {
  createZstdDecompress(options: ZstdOptions): Engine
  zstdDecompressSync(bytes: Buffer, options: ZstdOptions): Buffer
}

/** ZSTD_d_windowLogMax of zstd.h. Part of its stable interface, and absent from the constants where there is no zstd. */
const ZSTD_WINDOW_LOG_MAX = 100
/** 8 MiB: what RFC 9659 allows senders of this content coding to require. */
const WINDOW_PARAMS: Readonly<Record<number, number>> = Object.freeze({ [ZSTD_WINDOW_LOG_MAX]: 23 })

const ZSTD: ZstdPart = zlib as unknown as ZstdPart

/**
 * A stream that decodes one coding. It holds at most one buffer of output that nobody has read.
 *
 * @param first the first two bytes of the input, or all when it is shorter; they decide how `deflate` is read
 */
export function openEngine(coding: Coding, first: Buffer): Engine {
  // With a mark of 1 any unread output stops the engine once its buffer is full.
  const options = { chunkSize: OUTPUT_BYTES, readableHighWaterMark: 1 }
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip(options)
    case 'deflate':
      return hasZlibHeader(first) ? zlib.createInflate(options) : zlib.createInflateRaw(options)
    case 'br':
      return zlib.createBrotliDecompress(options)
    case 'zstd':
      return ZSTD.createZstdDecompress({ ...options, params: WINDOW_PARAMS })
  }
}

/**
 * Decodes a complete body in this turn of the event loop.
 *
 * @param chunkSize the size of the first output buffer, in bytes
 * @param maxOutputLength above it, node:zlib throws ERR_BUFFER_TOO_LARGE
 */
export function decodeAtOnce(
  coding: Coding,
  bytes: Buffer,
  chunkSize: number,
  maxOutputLength: number,
): DecodedAtOnce {
  const options = { chunkSize, maxOutputLength, info: true }
  const { buffer, engine } = callSync(coding, bytes, options) as unknown as WithInfo
  return { data: buffer, rest: bytes.length - engine.bytesWritten }
}

function callSync(coding: Coding, bytes: Buffer, options: zlib.ZlibOptions): Buffer {
  switch (coding) {
    case 'gzip':
      return zlib.gunzipSync(bytes, options)
    case 'deflate':
      return hasZlibHeader(bytes) ? zlib.inflateSync(bytes, options) : zlib.inflateRawSync(bytes, options)
    case 'br':
      return zlib.brotliDecompressSync(bytes, options as zlib.BrotliOptions)
    case 'zstd':
      return ZSTD.zstdDecompressSync(bytes, { ...options, params: WINDOW_PARAMS })
  }
}

/**
 * RFC 1950 §2.2: compression method 8, a window of at most 32 KiB, and the check bits. No raw stream looks so by chance:
 * it would have to begin with a stored block whose padding bits are not zero, and no encoder writes that.
 */
function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return true
  const cmf = bytes[0] as number
  return (cmf & 0x0f) === 8 && cmf >> 4 <= 7 && (cmf * 256 + (bytes[1] as number)) % 31 === 0
}

/** What may follow the end of the coded data: zero padding after gzip, as tape blocks leave it; nothing elsewhere. */
export function mayFollowEnd(coding: Coding, bytes: Buffer): boolean {
  if (coding !== 'gzip') return bytes.length === 0
  for (let index = 0; index < bytes.length; index += 1) {
    if (bytes[index] !== 0) return false
  }
  return true
}
