// How a StreamDecoder behaves towards its reader and its source.
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { codingOf, encode, FORMS, readAll, sourceOf, splitAt } from '../../test/decode/encode.js'
import { DecodeError, IncompleteRead } from '../ground/errors.js'
import { decodeWhole, StreamDecoder } from './decode.js'

const TEXT = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40))
const NOISE = randomBytes(50_000)
const LARGE = Buffer.concat([NOISE, Buffer.alloc(300_000, 'large'), NOISE])

describe('a decoder', () => {
  it('gives undefined again and again after the end', async () => {
    const decoder = new StreamDecoder(['gzip'], {}, sourceOf([encode('gzip', TEXT)]))
    expect(await decoder.read()).toEqual(TEXT)
    expect(await decoder.read()).toBeUndefined()
    expect(await decoder.read()).toBeUndefined()
    decoder.destroy()
    expect(await decoder.read()).toBeUndefined()
  })

  it('fails again and again with the same error', async () => {
    const decoder = new StreamDecoder(['gzip'], {}, sourceOf([Buffer.from('nonsense')]))
    const first = await decoder.read().catch((error: unknown) => error)
    expect(first).toBeInstanceOf(DecodeError)
    await expect(decoder.read()).rejects.toBe(first)
  })

  it('names the failure of node:zlib as the cause', async () => {
    const body = Buffer.from('no gzip at all')
    const cause = expect.objectContaining({ code: 'Z_DATA_ERROR' })
    await expect(readAll(['br', 'gzip'], [body])).rejects.toEqual(expect.objectContaining({ cause }))
    await expect(decodeWhole(['br', 'gzip'], body, {})).rejects.toEqual(expect.objectContaining({ cause }))
  })

  it('delivers what came before its source failed, then that failure itself', async () => {
    const failure = new IncompleteRead('cut', { received: 1 })
    const body = encode('gzip', LARGE)
    const chunks = splitAt(body, [60_000])
    const decoder = new StreamDecoder(['gzip'], {}, () => {
      const chunk = chunks.shift()
      if (chunk === undefined || chunks.length === 0) throw failure
      return chunk
    })
    let received = 0
    await expect(
      (async () => {
        for (;;) received += (await decoder.read())?.length ?? 0
      })(),
    ).rejects.toBe(failure)
    expect(received).toBeGreaterThan(50_000)
    await expect(decoder.read()).rejects.toBe(failure)
  })

  it('asks its source for nothing before it is read', async () => {
    let calls = 0
    const decoder = new StreamDecoder(['gzip', 'br'], {}, () => {
      calls += 1
      return undefined
    })
    expect(calls).toBe(0)
    expect(await decoder.read()).toBeUndefined()
    expect(calls).toBe(1)
  })

  it('refuses a second read while one is waiting', async () => {
    const decoder = new StreamDecoder(['gzip'], {}, sourceOf([encode('gzip', TEXT)]))
    const first = decoder.read()
    await expect(decoder.read()).rejects.toThrow('one at a time')
    expect(await first).toEqual(TEXT)
  })

  it('that is destroyed fails a read that waits for its source', async () => {
    const decoder = new StreamDecoder(['br', 'gzip'], {}, () => new Promise(() => undefined))
    const waiting = decoder.read()
    decoder.destroy()
    await expect(waiting).rejects.toBeInstanceOf(DecodeError)
    await expect(decoder.read()).rejects.toBeInstanceOf(DecodeError)
  })

  it('that is destroyed fails a read that waits for node:zlib, and leaves nothing behind', async () => {
    for (const form of FORMS) {
      const decoder = new StreamDecoder([codingOf(form)], {}, sourceOf([encode(form, LARGE)]))
      await decoder.read()
      const waiting = decoder.read()
      decoder.destroy()
      decoder.destroy()
      await expect(waiting).rejects.toBeInstanceOf(DecodeError)
    }
  })
})
