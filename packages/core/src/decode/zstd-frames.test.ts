import { describe, expect, it } from 'vitest'
import { encode, HAS_ZSTD, skippableFrame } from '../../test/decode/encode.js'
import { ZstdFrames } from './zstd-frames.js'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const MAGIC = '28b52ffd'

/** Frames by hand: magic, descriptor, window or sizes, blocks, checksum. */
const FRAMES = [
  { name: 'an empty block under a window descriptor', frame: hex(`${MAGIC} 00 58 010000`) },
  { name: 'a raw block in a single segment', frame: hex(`${MAGIC} 20 03 190000 616263`) },
  { name: 'a run of one byte', frame: hex(`${MAGIC} 20 64 230300 61`) },
  { name: 'two blocks', frame: hex(`${MAGIC} 00 58 080000 61 090000 62`) },
  { name: 'a checksum', frame: hex(`${MAGIC} 04 58 010000 01020304`) },
  {
    name: 'a dictionary id and a size of eight bytes',
    frame: hex(`${MAGIC} c3 58 00000000 0000000000000000 010000`),
  },
  { name: 'a size of two bytes in a single segment', frame: hex(`${MAGIC} 60 0000 010000`) },
  {
    name: 'a size of four bytes and a dictionary id of one',
    frame: hex(`${MAGIC} 81 58 07 00000000 010000`),
  },
  { name: 'nothing, to be skipped', frame: skippableFrame(0) },
  { name: 'seven bytes to be skipped', frame: skippableFrame(7, 15) },
]

describe('the frames of a zstd body', () => {
  it.each(FRAMES)('end after $name', ({ frame }) => {
    const frames = new ZstdFrames()
    expect(frames.complete).toBe(true)
    expect(frames.advance(Buffer.concat([frame, frame]))).toBe(frame.length)
    expect(frames.complete).toBe(true)
    expect(frames.skippable).toBe(frame[0] !== 0x28)
  })

  it.each(FRAMES)('are incomplete at every byte before the end of $name', ({ frame }) => {
    const frames = new ZstdFrames()
    for (let at = 0; at < frame.length; at += 1) {
      expect(frames.advance(frame.subarray(at, at + 1))).toBe(1)
      expect(frames.complete).toBe(at === frame.length - 1)
      expect(frames.skippable).toBe(frame[0] !== 0x28)
    }
  })

  it.runIf(HAS_ZSTD)('end where the encoder says', () => {
    for (const size of [0, 1, 255, 256, 65_791, 65_792, 400_000]) {
      const frame = encode('zstd', Buffer.alloc(size, 'some text that repeats, with a twist'))
      expect(new ZstdFrames().advance(Buffer.concat([frame, Buffer.from('next')]))).toBe(frame.length)
    }
  })

  it('do not begin with another magic number', () => {
    for (const magic of ['27b52ffd', '28b52ffe', '4f2a4d18', '602a4d18', '1f8b0800', '00000000']) {
      expect(() => new ZstdFrames().advance(hex(magic))).toThrow('unknown zstd frame')
    }
  })

  it('have no compressed block without a byte', () => {
    expect(() => new ZstdFrames().advance(hex(`${MAGIC} 20 00 050000`))).toThrow('empty compressed')
  })

  it('have no blocks of the reserved type', () => {
    expect(() => new ZstdFrames().advance(hex(`${MAGIC} 00 58 070000`))).toThrow('reserved')
  })

  it.each([
    { header: '00 58', size: undefined },
    { header: '20 00', size: 0 },
    { header: '20 ff', size: 255 },
    { header: '60 0000', size: 256 },
    { header: '40 58 ffff', size: 65_791 },
    { header: '81 58 07 00000001', size: 16_777_216 },
    { header: 'c0 58 0000000001000000', size: 4_294_967_296 },
  ])('declare $size bytes by $header, and say so once', ({ header, size }) => {
    const frames = new ZstdFrames()
    frames.advance(hex(`${MAGIC} ${header} 010000`))
    expect(frames.complete).toBe(true)
    expect(frames.takeContentSize()).toBe(size)
    expect(frames.takeContentSize()).toBeUndefined()
  })
})
