import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StreamBuffers } from './stream-buffers.js'
import { WholeBody } from './whole-body.js'

const MEBIBYTE = 1_048_576

/** Room for a body of which one byte has come. */
function roomAfterOneByte(declared: number): number {
  const body = new WholeBody(declared)
  body.append(Buffer.from('x'), 0, 1)
  return 1 + (body.target()?.length ?? 0)
}

describe('a whole body', () => {
  it('takes nothing for its own that only lies behind it in memory', () => {
    for (let round = 0; round < 64; round++) {
      const body = new WholeBody(undefined)
      // Node's pool gives out neighbours: what is made for the first piece lies right before the second.
      body.append(Buffer.from('a'.repeat(64)), 0, 64)
      body.append(Buffer.from('b'.repeat(64)), 0, 64)
      expect(body.take().toString()).toBe('a'.repeat(64) + 'b'.repeat(64))
    }
  })

  it('is what was appended, in whatever pieces, aimed reads among them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 12 }),
        fc.boolean(),
        (sizes, known) => {
          const total = sizes.reduce((sum, size) => sum + size, 0)
          const whole = Buffer.from(Array.from({ length: total }, (_, index) => index % 251))
          const body = new WholeBody(known ? total : undefined)
          for (let at = 0, next = 0; at < total; next++) {
            const target = body.target()
            const size = Math.min(sizes[next] ?? 1, target?.length ?? Number.POSITIVE_INFINITY, total - at)
            const chunk = target ?? Buffer.alloc(size + 3)
            const start = target === undefined ? 3 : 0
            whole.copy(chunk, start, at, at + size)
            body.append(chunk, start, start + size)
            at += size
          }
          expect(body.take().equals(whole)).toBe(true)
        },
      ),
      { numRuns: 50 },
    )
  })

  it.each([100_000, MEBIBYTE, 16 * MEBIBYTE])('of %d bytes gets all its room at once', (declared) => {
    expect(roomAfterOneByte(declared)).toBe(declared)
  })

  it.each([16 * MEBIBYTE + 1, 100 * MEBIBYTE, 256 * MEBIBYTE, 2 ** 40])(
    'of %d bytes gets little before it has come, and never more than 16 MiB',
    (declared) => {
      expect(roomAfterOneByte(declared)).toBeLessThanOrEqual(
        Math.min(16 * MEBIBYTE, Math.ceil(declared / 16)),
      )
    },
  )

  // Reads of this size leave a rest of the first part that no read is aimed at.
  it.each([MEBIBYTE, 65_536, 60_000, 49_999])(
    'is moved once on the way to 100 MiB, by reads of %d bytes',
    (read) => {
      const declared = 100 * MEBIBYTE
      const body = new WholeBody(declared)
      const lent = Buffer.alloc(MEBIBYTE)
      const rooms = new Set<ArrayBufferLike>()
      for (let arrived = 0; arrived < declared; ) {
        const target = body.target()
        const size = Math.min(read, target?.length ?? read, declared - arrived)
        body.append(target ?? lent, 0, size)
        arrived += size
        if (target !== undefined) rooms.add(target.buffer)
      }
      rooms.add(body.take().buffer)
      expect(rooms.size).toBe(2)
    },
  )
})

describe('the buffers of a stream', () => {
  it('are never read into twice where a piece was handed on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 32_768 }), { maxLength: 40 }), (sizes) => {
        const buffers = new StreamBuffers()
        const pieces: Buffer[] = []
        for (const [index, size] of sizes.entries()) {
          const target = buffers.target()
          expect(target.length).toBeGreaterThanOrEqual(32_768)
          target.fill(index % 251, 0, size)
          const half = size >> 1
          if (half > 0) pieces.push(buffers.keep(target, 0, half))
          pieces.push(buffers.keep(target, half, size))
        }
        const found = pieces.flatMap((piece) => [piece[0], piece[piece.length - 1]])
        const fills = sizes.flatMap((size, index) => (size > 1 ? [index, index] : [index]))
        expect(found).toEqual(fills.flatMap((index) => [index % 251, index % 251]))
      }),
      { numRuns: 100 },
    )
  })
})
