import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Output } from './io.js'
import { Meter, progressLine, readableBytes, readableSeconds } from './progress.js'

const MiB = 1_048_576

describe('amounts for people', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 KiB'],
    [1.5 * MiB, '1.5 MiB'],
    [123 * MiB, '123 MiB'],
    [5_000 * MiB, '4.9 GiB'],
    [3e18, '2728484 TiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(readableBytes(bytes)).toBe(text)
  })

  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [185, '3 min 5 s'],
    [7_800, '2 h 10 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(readableSeconds(seconds)).toBe(text)
  })
})

describe('the line of a download', () => {
  it('shows share, rate and what is left', () => {
    const line = progressLine({ received: 25 * MiB, total: 100 * MiB, rate: 5 * MiB }, 100)
    expect(line).toBe(
      ' 25 % [##########..............................] 25.0 MiB of 100 MiB, 5.0 MiB/s, 15 s left',
    )
  })

  it('does without what it does not know', () => {
    expect(progressLine({ received: MiB, total: undefined, rate: MiB }, 80)).toBe('1.0 MiB, 1.0 MiB/s')
    expect(progressLine({ received: 0, total: 10, rate: 0 }, 80)).toContain('stalled')
    expect(progressLine({ received: 0, total: 0, rate: 0 }, 80)).toContain('100 %')
    expect(progressLine({ received: 20, total: 10, rate: 1 }, 80)).toContain('100 %')
  })

  it('is never wider than the terminal', () => {
    for (let columns = 0; columns < 200; columns += 1) {
      const line = progressLine({ received: 25 * MiB, total: 100 * MiB, rate: 5 * MiB }, columns)
      expect(line.length).toBeLessThanOrEqual(columns)
    }
  })
})

describe('the meter', () => {
  it('draws ten times a second at most, and goes by the last seconds', () => {
    const terminal: Output = Object.assign(new PassThrough({ encoding: 'utf8' }), {
      isTTY: true,
      columns: 81,
    })
    const written: string[] = []
    terminal.on('data', (text: string) => written.push(text))
    let now = 0
    const meter = new Meter(terminal, () => now, 1_000, 1_000_000)
    for (; now < 10_000; now += 10) meter.add(now < 5_000 ? 10 : 1_000)
    meter.end()
    expect(written.length).toBeLessThan(110)
    for (const text of written.slice(0, -1)) {
      expect(text.startsWith('\r') && text.endsWith('\u001b[K')).toBe(true)
      expect(text.length - 4).toBeLessThanOrEqual(80)
    }
    expect(written.at(-2)).toMatch(/\r 50 % \[#+\.+\] 494 KiB of 977 KiB, 9[5-9]\.\d KiB\/s, 6 s left/)
    expect(written.at(-1)).toBe('\n')
  })
})
