// Decodes a body that is here in full.
//
// Rule: small bodies, which are most, are decoded in the same turn: handing 1 KiB to a thread and back costs more than
// inflating it. This way only ever accepts. What is larger, or turns out to be, or is not in order, goes through
// StreamDecoder off the event loop, and its verdict is the one: a body that is both broken and too large fails in the
// same way whether it was preloaded or not.
//
// Neighbours: engines.ts, stream-decoder.ts. Must not know: HTTP responses.
import { constants } from 'node:buffer'
import type { Coding } from './content-codings.js'
import { type DecodedAtOnce, decodeAtOnce, mayFollowEnd, OUTPUT_BYTES } from './engines.js'
import { decodedTooLarge } from './failures.js'
import { type DecodeLimits, linkLimit, StreamDecoder } from './stream-decoder.js'
import { ZstdFrames } from './zstd-frames.js'

/** Input up to this size is decoded at once. */
const SMALL_BYTES = 32_768
/** Output beyond this size is not produced at once: some milliseconds of the event loop. */
const SMALL_OUTPUT_BYTES = 1_048_576
/** The least that node:zlib takes for an output buffer. */
const MIN_CHUNK_BYTES = 64

/**
 * The body behind `bytes`. Without a promise when it is small and in order; an empty body is empty in every coding.
 *
 * @param codings as `contentCodings` gives them
 * @returns a promise that rejects with DecodeError when the data is broken or cut short, with BodyTooLarge beyond
 * `maxDecodedBytes`
 */
export function decodeWhole(
  codings: readonly Coding[],
  bytes: Buffer,
  limits: DecodeLimits,
): Buffer | Promise<Buffer> {
  let data = bytes
  for (let index = codings.length - 1; index >= 0 && data.length > 0; index -= 1) {
    const decoded = data.length > SMALL_BYTES ? undefined : decodeSmall(codings[index] as Coding, data)
    if (decoded === undefined || decoded.length > linkLimit(limits, index)) {
      return decodeLarge(codings.slice(0, index + 1), data, limits)
    }
    data = decoded
  }
  return data
}

/** `undefined` when it is not to be done at once: large output, several zstd frames, or anything that is not in order. */
function decodeSmall(coding: Coding, bytes: Buffer): Buffer | undefined {
  const chunkSize = outputHint(coding, bytes)
  let decoded: DecodedAtOnce
  try {
    const declared = coding === 'zstd' ? declaredSize(bytes) : undefined
    decoded = decodeAtOnce(coding, bytes, chunkSize, SMALL_OUTPUT_BYTES)
    if (declared !== undefined && declared !== decoded.data.length) return undefined
  } catch {
    return undefined
  }
  const { data, rest } = decoded
  if (rest > 0 && !mayFollowEnd(coding, bytes.subarray(bytes.length - rest))) return undefined
  // Slack of more than a quarter is worth one copy: the caller may keep the body for long.
  return data.length * 4 < chunkSize * 3 ? Buffer.from(data) : data
}

/**
 * What a zstd body says it decodes to.
 *
 * @throws Error unless it is a single frame, whole, and not one to be skipped
 */
function declaredSize(bytes: Buffer): number | undefined {
  const frames = new ZstdFrames()
  if (frames.advance(bytes) !== bytes.length || !frames.complete || frames.skippable) {
    throw new Error('not one whole frame')
  }
  return frames.takeContentSize()
}

/** The size of the output buffer: gzip ends with the length of the data (RFC 1952 §2.3.1), the rest is experience. */
function outputHint(coding: Coding, bytes: Buffer): number {
  const gzipLength = coding === 'gzip' && bytes.length >= 18 ? bytes.readUInt32LE(bytes.length - 4) + 1 : 0
  const hint = gzipLength > 0 && gzipLength <= OUTPUT_BYTES ? gzipLength : bytes.length * 4
  return Math.max(MIN_CHUNK_BYTES, Math.min(hint, OUTPUT_BYTES))
}

async function decodeLarge(codings: readonly Coding[], bytes: Buffer, limits: DecodeLimits): Promise<Buffer> {
  let input: Buffer | undefined = bytes
  const decoder = new StreamDecoder(codings, limits, () => {
    const chunk = input
    input = undefined
    return chunk
  })
  const chunks: Buffer[] = []
  let size = 0
  for (let chunk = await decoder.read(); chunk !== undefined; chunk = await decoder.read()) {
    chunks.push(chunk)
    size += chunk.length
    if (size > constants.MAX_LENGTH) {
      decoder.destroy()
      throw decodedTooLarge(constants.MAX_LENGTH)
    }
  }
  return Buffer.concat(chunks, size)
}
