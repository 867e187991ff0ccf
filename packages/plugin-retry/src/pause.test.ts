// The edges of a pause: the longest that is waited, the time that is just too short, fields that say nothing.
import { type ExchangeView, HTTPHeaders } from '@rockpool/core/plugin'
import { ManualClock } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { hasRetryAfter, type Pause, pauseAfter } from './pause.js'
import { Retry } from './policy.js'
import type { RetryOptions } from './retry-options.js'

interface Answer {
  readonly retryAfter?: string | readonly string[]
  readonly backoff?: number
  readonly timeLeft?: number
  readonly policy?: RetryOptions
}

const headersOf = (retryAfter: Answer['retryAfter']): HTTPHeaders =>
  new HTTPHeaders(retryAfter === undefined ? {} : { 'Retry-After': retryAfter })

function pause({ retryAfter, backoff = 0, timeLeft, policy }: Answer): Pause {
  const exchange = { timeLeft } as ExchangeView
  return pauseAfter(headersOf(retryAfter), new Retry(policy), backoff, { clock: new ManualClock(), exchange })
}

describe('a pause', () => {
  it('is as long as the server asks, up to and including the most that is allowed', () => {
    const policy = { retryAfterMax: 5_000 }
    expect(pause({ retryAfter: '5', policy })).toEqual({ delayMs: 5_000 })
    expect(pause({ retryAfter: '6', policy })).toEqual({
      refusal: 'the server asks for 6000 ms, more than the 5000 ms of retryAfterMax',
    })
  })

  it('that would end with the time of the call is none: nothing could be done behind it', () => {
    for (const more of [{ retryAfter: '2' }, { backoff: 2_000 }]) {
      expect(pause({ ...more, timeLeft: 2_001 })).toEqual({ delayMs: 2_000 })
      expect(pause({ ...more, timeLeft: 2_000.5 })).toEqual({ delayMs: 2_000 })
      expect(pause({ ...more, timeLeft: 2_000 })).toEqual({
        refusal: 'waiting 2000 ms would pass the total time-out, 2000 ms are left',
      })
      expect(pause(more)).toEqual({ delayMs: 2_000 })
    }
  })

  it('of no length is not refused, even with no time left: what ends the call then is its deadline', () => {
    expect(pause({ timeLeft: 0 })).toEqual({ delayMs: 0 })
    expect(pause({ timeLeft: 5 })).toEqual({ delayMs: 0 })
    expect(pause({})).toEqual({ delayMs: 0 })
  })

  it('is the back-off where Retry-After is not heeded or says nothing', () => {
    expect(pause({ retryAfter: '9', backoff: 7, policy: { respectRetryAfterHeader: false } })).toEqual({
      delayMs: 7,
    })
    for (const retryAfter of [undefined, '', '0', 'soon'])
      expect(pause({ retryAfter: retryAfter ?? [], backoff: 7 })).toEqual({ delayMs: 7 })
  })
})

describe('an answer has a Retry-After', () => {
  it.each([
    [undefined, false],
    ['', false],
    [['', ''], false],
    ['5', true],
    ['unreadable', true],
    [['', '5'], true],
    [['5', ''], true],
  ])('%j: %s', (retryAfter, has) => {
    expect(hasRetryAfter(headersOf(retryAfter))).toBe(has)
  })
})
