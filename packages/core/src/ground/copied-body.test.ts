import { describe, expect, it } from 'vitest'
import { bodyOfCall, isBody, toBody } from './body.js'
import { CopiedBody } from './copied-body.js'
import { UnrewindableBodyError } from './errors.js'
import { MAX_REUSED_COPY_BYTES, MIN_REUSED_COPY_BYTES } from './limits.js'
import { Origin } from './origin.js'
import { HTTPRequest } from './request.js'

const SIZE = 100_000
const copyOf = (fill: string): CopiedBody => new CopiedBody(Buffer.alloc(SIZE, fill))
const memoryOf = (body: CopiedBody): ArrayBufferLike => body.bytes.buffer

describe('a copied body', () => {
  it('is what it was given, whatever becomes of that', () => {
    const given = Buffer.alloc(SIZE, 'a')
    const body = new CopiedBody(given)
    given.fill('b')
    expect(Buffer.from(body.bytes).equals(Buffer.alloc(SIZE, 'a'))).toBe(true)
    expect(body).toMatchObject({ kind: 'bytes', length: SIZE, replayable: true, used: false })
    expect(isBody(body)).toBe(true)
    expect([...body.open()].map((chunk) => chunk.byteLength)).toEqual([SIZE])
    expect(body.used).toBe(true)
  })

  it('leaves its memory to the next when its call is over', () => {
    const first = copyOf('a')
    const memory = memoryOf(first)
    first.sending()
    first.sent()
    first.dispose()
    const second = copyOf('b')
    expect(memoryOf(second)).toBe(memory)
    expect(Buffer.from(second.bytes).equals(Buffer.alloc(SIZE, 'b'))).toBe(true)
    first.dispose()
    expect(memoryOf(copyOf('c'))).not.toBe(memory)
  })

  it('never shares its memory with another that lives', () => {
    const bodies = Array.from({ length: 40 }, (_, index) => copyOf(String(index % 10)))
    expect(new Set(bodies.map(memoryOf)).size).toBe(40)
    for (const body of bodies) body.dispose()
    const again = Array.from({ length: 40 }, () => copyOf('x'))
    expect(new Set(again.map(memoryOf)).size).toBe(40)
  })

  const held: Record<string, (body: CopiedBody) => void> = {
    'while a write of it is under way': (body) => body.sending(),
    'when one of two writes was given up': (body) => {
      body.sending()
      body.sending()
      body.sent()
    },
    'when somebody has seen it': (body) => body.shown(),
  }
  for (const [when, hold] of Object.entries(held)) {
    it(`keeps its memory ${when}`, () => {
      const body = copyOf('a')
      const memory = memoryOf(body)
      hold(body)
      body.dispose()
      expect(memoryOf(copyOf('b'))).not.toBe(memory)
      expect(Buffer.from(body.bytes).equals(Buffer.alloc(SIZE, 'a'))).toBe(true)
    })
  }

  it("gives an error, and nobody else's bytes, to whoever asks after the call", () => {
    const body = copyOf('a')
    body.dispose()
    expect(() => body.bytes).toThrow(UnrewindableBodyError)
    expect(() => body.open()).toThrow(UnrewindableBodyError)
  })
})

describe('a request', () => {
  const requestWith = (body: CopiedBody): HTTPRequest =>
    new HTTPRequest({ method: 'PUT', origin: Origin.of('http', 'h'), target: '/', body })

  it('shows its body to whoever asks, and then that body stays as it is', () => {
    const body = copyOf('a')
    const { bytes } = requestWith(body).with({ method: 'POST' }).body
    body.dispose()
    copyOf('b')
    expect(Buffer.from(bytes as Uint8Array).equals(Buffer.alloc(SIZE, 'a'))).toBe(true)
  })

  it('does not show it by being copied', () => {
    const body = copyOf('a')
    const memory = memoryOf(body)
    requestWith(body).with({ method: 'POST' }).withHeaders({ a: 'b' })
    body.dispose()
    expect(memoryOf(copyOf('b'))).toBe(memory)
  })
})

describe('the body of a call', () => {
  it.each([MIN_REUSED_COPY_BYTES, MAX_REUSED_COPY_BYTES])(
    'of %d bytes is in memory to be used again',
    (size) => {
      for (const input of [
        Buffer.alloc(size),
        new ArrayBuffer(size),
        new SharedArrayBuffer(size),
        new DataView(new ArrayBuffer(size)),
      ])
        expect(bodyOfCall(input)).toBeInstanceOf(CopiedBody)
    },
  )

  it.each([0, MIN_REUSED_COPY_BYTES - 1, MAX_REUSED_COPY_BYTES + 1])('of %d bytes is not', (size) => {
    expect(bodyOfCall(Buffer.alloc(size))).not.toBeInstanceOf(CopiedBody)
    expect(bodyOfCall(Buffer.alloc(size)).length).toBe(size)
  })

  it('is never that when somebody else holds it too', () => {
    const body = toBody(Buffer.alloc(MIN_REUSED_COPY_BYTES))
    expect(body).not.toBeInstanceOf(CopiedBody)
    expect(bodyOfCall(body)).toBe(body)
  })
})
