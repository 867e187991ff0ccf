// The same verdict for every cut, fault and split: properties over random bodies, and the table of hostile responses.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { responseCases } from '../../test/codec/catalogue.js'
import {
  byteByByte,
  codingOf,
  encode,
  encodeChain,
  FORMS,
  readAll,
  splitAt,
} from '../../test/decode/encode.js'
import { DecodeError } from '../ground/errors.js'
import { type Coding, contentCodings, decodeWhole } from './decode.js'

const body = fc
  .oneof(
    fc.uint8Array({ maxLength: 2_000 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(4_000))
      .map(([unit, times]) => Buffer.alloc(unit.length * times, unit)),
  )
  .map((bytes) => Buffer.from(bytes))
const form = fc.constantFrom(...FORMS)
const chain = fc.array(form, { minLength: 1, maxLength: 5 })
const offsets = fc.array(fc.nat(), { maxLength: 12 })

type Verdict = Buffer | 'DecodeError'

async function verdict(decoded: () => Buffer | Promise<Buffer>): Promise<Verdict> {
  try {
    return await decoded()
  } catch (error) {
    if (error instanceof DecodeError && error.phase === 'decode') return 'DecodeError'
    throw error
  }
}

/** Like toEqual, which takes seconds for what `equals` does at once. */
function expectSame(actual: Verdict, expected: Verdict): void {
  if (typeof actual === 'string' || typeof expected === 'string') expect(actual).toBe(expected)
  else if (!actual.equals(expected)) expect(actual.toString('latin1')).toBe(expected.toString('latin1'))
}

async function bothVerdicts(
  codings: readonly Coding[],
  coded: Buffer,
  cuts: readonly number[],
): Promise<Verdict> {
  const whole = await verdict(() => decodeWhole(codings, coded, {}))
  const streamed = await verdict(() => readAll(codings, splitAt(coded, cuts)))
  expectSame(streamed, whole)
  return whole
}

describe('any body', () => {
  it('comes out of any chain as it went in, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(body, chain, offsets, async (data, forms, cuts) => {
        const decoded = await bothVerdicts(forms.map(codingOf), encodeChain(forms, data), cuts)
        expectSame(decoded, data)
      }),
      { numRuns: 150 },
    )
  })

  it('in several gzip members comes out as their concatenation, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { minLength: 1, maxLength: 6 }),
        offsets,
        fc.nat(20),
        async (parts, cuts, zeros) => {
          const coded = Buffer.concat([...parts.map((part) => encode('gzip', part)), Buffer.alloc(zeros)])
          expectSame(await bothVerdicts(['gzip'], coded, cuts), Buffer.concat(parts))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('cut short in any coding is an error', async () => {
    await fc.assert(
      fc.asyncProperty(body, form, fc.nat(), offsets, async (data, coding, at, cuts) => {
        const coded = encode(coding, data)
        const cut = coded.subarray(0, 1 + (at % (coded.length - 1)))
        fc.pre(cut.length < coded.length && coded.length > 1)
        expect(await bothVerdicts([codingOf(coding)], cut, cuts)).toBe('DecodeError')
      }),
      { numRuns: 150 },
    )
  })

  it('with a byte changed is never taken for another one where there is a checksum', async () => {
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.constantFrom('gzip', 'deflate'),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        offsets,
        async (data, coding, at, mask, cuts) => {
          const coded = Buffer.from(encode(coding as 'gzip', data))
          const index = at % coded.length
          coded[index] = (coded[index] as number) ^ mask
          const decoded = await bothVerdicts([coding as Coding], coded, cuts)
          // Some bits of a header mean nothing for the data: then it has to be the same data.
          if (decoded !== 'DecodeError') expectSame(decoded, data)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('of random bytes gets one verdict, and a typed one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        form,
        offsets,
        async (bytes, coding, cuts) => {
          await bothVerdicts([codingOf(coding)], Buffer.from(bytes), cuts)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('with random bytes behind it gets one verdict, and a typed one', async () => {
    const tail = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 0x1f, 0x8b, 0x28, 0x50)),
    )
    await fc.assert(
      fc.asyncProperty(body, form, tail, offsets, async (data, coding, junk, cuts) => {
        const coded = Buffer.concat([encode(coding, data), Buffer.from(junk)])
        const decoded = await bothVerdicts([codingOf(coding)], coded, cuts)
        const padding = coding === 'gzip' && junk.every((byte) => byte === 0)
        if (junk.length === 0 || padding) expectSame(decoded, data)
        else expect(decoded).toBe('DecodeError')
      }),
      { numRuns: 200 },
    )
  })
})

describe.each(FORMS)('a body in %s', (coding) => {
  it('cut at any offset is an error', async () => {
    const coded = encode(coding, Buffer.from('short text, short text, and some more text 0123456789'))
    for (let size = 1; size < coded.length; size += 1) {
      const cut = coded.subarray(0, size)
      expect(await bothVerdicts([codingOf(coding)], cut, [])).toBe('DecodeError')
      expect(await verdict(() => readAll([codingOf(coding)], byteByByte(cut)))).toBe('DecodeError')
    }
  })

  it('split in two at any offset is the same body', async () => {
    const data = Buffer.from('short text, short text, and some more text 0123456789')
    const coded = encode(coding, data)
    for (let size = 0; size <= coded.length; size += 1) {
      expect(await readAll([codingOf(coding)], splitAt(coded, [size]))).toEqual(data)
    }
  })
})

const rows = responseCases.filter((row) => row.group === 'content-codings')

describe('a response of the table', () => {
  it('is there', () => expect(rows.length).toBeGreaterThan(10))

  it.each(rows)('gets its verdict: $name', async ({ bytes, verdict: expected }) => {
    const end = bytes.indexOf('\r\n\r\n')
    const codings = bytes
      .slice(0, end)
      .split('\r\n')
      .filter((line) => /^content-encoding:/i.test(line))
      .map((line) => line.slice(line.indexOf(':') + 1).trim())
    const coded = Buffer.from(bytes.slice(end + 4), 'latin1')
    const got = await verdict(async () => {
      const chosen = contentCodings(codings, 5)
      return chosen === undefined ? coded : await decodeWhole(chosen, coded, {})
    })
    if (expected !== 'accept') expect(got).toBe('DecodeError')
    else expect(got.toString()).toMatch(/^(hello hello hello)+$/)
  })
})
