import { describe, expect, it } from 'vitest'
import { systemClock } from './clock.js'

/** Time-outs that keep the process alive. */
const holding = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

describe('a timer of the system clock', () => {
  it('does not keep the process alive by itself', () => {
    const before = holding()
    const timer = systemClock.timer(() => undefined)
    timer.arm(60_000)
    expect(holding()).toBe(before)
    timer.cancel()
  })

  it('keeps the process alive while it is armed when it is asked to', () => {
    const before = holding()
    const timer = systemClock.timer(() => undefined, true)
    expect(holding()).toBe(before)
    timer.arm(60_000)
    expect(holding()).toBe(before + 1)
    timer.cancel()
    expect(holding()).toBe(before)
  })
})
