import { describe, expect, it } from 'vitest'
import { ManualClock } from './manual-clock.js'

describe('manual clock', () => {
  it('stands still until it is advanced', () => {
    const clock = new ManualClock({ now: 5, wallNow: 1000 })
    expect([clock.now(), clock.wallNow()]).toEqual([5, 1000])
    clock.advance(250)
    expect([clock.now(), clock.wallNow()]).toEqual([255, 1250])
  })

  it('fires timers in the order of their times, and at equal times in the order of arming', () => {
    const clock = new ManualClock()
    const fired: string[] = []
    const timer = (name: string, ms: number) =>
      clock.timer(() => fired.push(`${name}@${clock.now()}`)).arm(ms)
    timer('late', 30)
    timer('first of two', 10)
    timer('second of two', 10)
    clock.advance(29)
    expect(fired).toEqual(['first of two@10', 'second of two@10'])
    expect(clock.pending).toBe(1)
    clock.advance(1)
    expect(fired.at(-1)).toBe('late@30')
    expect(clock.pending).toBe(0)
  })

  it('fires a timer that a callback armed, when it falls due within the same advance', () => {
    const clock = new ManualClock()
    const times: number[] = []
    const timer = clock.timer(() => {
      times.push(clock.now())
      if (times.length < 3) timer.arm(10)
    })
    timer.arm(10)
    clock.advance(25)
    expect(times).toEqual([10, 20])
    expect(clock.untilNext).toBe(5)
  })

  it('starts a timer over when it is armed again, and forgets it when it is cancelled', () => {
    const clock = new ManualClock()
    let fired = 0
    const timer = clock.timer(() => fired++)
    timer.arm(10)
    clock.advance(9)
    timer.arm(10)
    clock.advance(9)
    expect([fired, clock.pending]).toEqual([0, 1])
    timer.cancel()
    clock.advance(100)
    expect([fired, clock.pending]).toEqual([0, 0])
    timer.arm(1)
    clock.advance(1)
    expect(fired).toBe(1)
  })

  it('advances to the next timer and no further', () => {
    const clock = new ManualClock()
    const fired: number[] = []
    clock.timer(() => fired.push(1)).arm(7)
    clock.timer(() => fired.push(2)).arm(7)
    clock.timer(() => fired.push(3)).arm(8)
    expect(clock.advanceToNext()).toBe(true)
    expect([fired, clock.now()]).toEqual([[1, 2], 7])
    expect(clock.advanceToNext()).toBe(true)
    expect(clock.advanceToNext()).toBe(false)
    expect(clock.now()).toBe(8)
  })

  it('lets the wall clock jump without any timer noticing', () => {
    const clock = new ManualClock({ wallNow: 1000 })
    let fired = 0
    clock.timer(() => fired++).arm(10)
    clock.setWallNow(3_600_000)
    expect([fired, clock.now(), clock.wallNow()]).toEqual([0, 0, 3_600_000])
    clock.advance(10)
    expect([fired, clock.wallNow()]).toEqual([1, 3_600_010])
  })

  it('refuses to go back, and treats a negative delay as none', () => {
    const clock = new ManualClock()
    expect(() => clock.advance(-1)).toThrow(RangeError)
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
    let fired = 0
    clock.timer(() => fired++).arm(-5)
    clock.advance(0)
    expect(fired).toBe(1)
  })

  it('waits for code that arms its timer some turns later', async () => {
    const clock = new ManualClock()
    setImmediate(() => setImmediate(() => clock.timer(() => {}).arm(1)))
    await clock.armed()
    expect(clock.pending).toBe(1)
  })
})
