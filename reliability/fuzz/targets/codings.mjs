// Content codings: the same verdict at once and in pieces, no error but ours, and never more bytes than were allowed.

import { contentCodings, decodeWhole } from '../../../packages/core/src/decode/decode.ts'
import { BodyTooLarge, DecodeError } from '../../../packages/core/src/ground/errors.ts'
import { encode, readAll, splitAt } from '../../../packages/core/test/decode/encode.ts'

const LIMIT = 65_536
const FIELDS = [
  'gzip',
  'deflate',
  'br',
  'gzip, deflate',
  'br, gzip',
  'GZIP,,x-gzip',
  'identity',
  'identity, br',
]
const text = Buffer.from('hello hello hello')
const big = Buffer.alloc(200_000, 'ab')
const latin1 = (value) => Buffer.from(value, 'latin1')
const seed = (field, bytes) => Buffer.concat([Buffer.of(field, 3), bytes])

export const decode = {
  name: 'decode',
  tokens: [
    '\x1f\x8b\x08\0\0\0\0\0\0\x03',
    '\x78\x9c',
    '\x03\0',
    '\0\0\0\0',
    '\x06',
    '\x0b\x02\x80',
    '\x1b',
    '\xff\xff',
    '\0\0\xff\xff',
    '\x01',
  ].map(latin1),
  seeds: [
    seed(0, encode('gzip', text)),
    seed(0, Buffer.concat([encode('gzip', text), encode('gzip', text), Buffer.alloc(9)])),
    seed(1, encode('deflate', text)),
    seed(1, encode('raw deflate', text)),
    seed(2, encode('br', text)),
    seed(3, encode('deflate', encode('gzip', text))),
    seed(4, encode('gzip', encode('br', text))),
    seed(5, encode('gzip', encode('gzip', text))),
    seed(0, encode('gzip', big)),
    seed(2, encode('br', big)),
    seed(6, text),
    seed(0, Buffer.alloc(0)),
  ],
  steps: { base: 60_000, perByte: 400 },
  async run(bytes) {
    const codings = contentCodings([FIELDS[(bytes[0] ?? 0) % FIELDS.length]], 5)
    if (codings === undefined) return
    const body = Buffer.from(bytes.subarray(2))
    const limits = { maxDecodedBytes: LIMIT }
    const whole = await verdict(() => decodeWhole(codings, body, limits))
    const pieces = splitAt(body, [bytes[1] ?? 0, (bytes[1] ?? 0) * 7])
    const streamed = await verdict(() => readAll(codings, pieces, limits))
    // A body that is both too large and broken is refused for what is met first.
    if (isRefusal(whole) && isRefusal(streamed)) return
    if (whole !== streamed)
      throw new Error(`decoded otherwise in pieces: ${quote(streamed)} instead of ${quote(whole)}`)
  },
}

async function verdict(decoded) {
  try {
    const data = await decoded()
    if (data.length > LIMIT) throw new Error('more bytes than the limit allows')
    return data.toString('latin1')
  } catch (error) {
    if (error instanceof BodyTooLarge) return 'BodyTooLarge'
    if (error instanceof DecodeError && error.phase === 'decode') return 'DecodeError'
    throw error
  }
}

const isRefusal = (verdict) => verdict === 'BodyTooLarge' || verdict === 'DecodeError'

const quote = (value) => (value.length > 60 ? `${value.length} bytes` : value)
