import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type Body, isBody, NO_BODY, toBody, wrapBody } from './body.js'
import { UnrewindableBodyError } from './errors.js'

async function* shouted(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(Buffer.from(chunk).toString().toUpperCase())
}

async function text(body: Body): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a wrapped body', () => {
  it('keeps length, type and replayability, and passes every chunk through, each time it is opened', async () => {
    const body = wrapBody(toBody(new URLSearchParams({ a: 'b' })), shouted)
    expect(body).toMatchObject({
      kind: 'factory',
      length: 3,
      replayable: true,
      bytes: undefined,
      contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
    })
    expect(isBody(body)).toBe(true)
    expect([await text(body), await text(body)]).toEqual(['A=B', 'A=B'])
  })

  it('has the length that is given, unknown included', () => {
    expect(wrapBody(toBody('abc'), shouted, { length: undefined }).length).toBeUndefined()
    expect(wrapBody(toBody('abc'), shouted, { length: 7 }).length).toBe(7)
  })

  it('around one that can be read once can be read once, and knows when it was', async () => {
    const inner = toBody(Readable.from(['a', 'b']))
    const body = wrapBody(inner, shouted)
    expect([body.kind, body.replayable, body.used]).toEqual(['one-shot', false, false])
    expect(await text(body)).toBe('AB')
    expect([body.used, inner.used]).toEqual([true, true])
    expect(() => body.open()).toThrow(UnrewindableBodyError)
  })

  it('lets go of a stream that nobody will read, and of one that is left early', async () => {
    const unread = Readable.from(['a'])
    wrapBody(toBody(unread), shouted).dispose()
    expect(unread.destroyed).toBe(true)
    const left = Readable.from(['a', 'b'])
    for await (const chunk of wrapBody(toBody(left), shouted).open()) {
      expect(String(chunk)).toBe('A')
      break
    }
    expect(left.destroyed).toBe(true)
  })

  it('can be wrapped again, and none stays none', async () => {
    expect(await text(wrapBody(wrapBody(toBody('x'), shouted), shouted))).toBe('X')
    expect(wrapBody(NO_BODY, shouted)).toBe(NO_BODY)
  })
})
