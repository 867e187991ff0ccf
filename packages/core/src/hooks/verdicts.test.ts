import { describe, expect, it } from 'vitest'
import { OptionsError, ReadTimeoutError } from '../ground/errors.js'
import { Origin } from '../ground/origin.js'
import { HTTPRequest } from '../ground/request.js'
import { Resend } from './verdicts.js'

describe('Resend', () => {
  it('waits for nothing and sends the base request unless it says otherwise', () => {
    expect(new Resend({ reason: 'again' })).toMatchObject({ reason: 'again', delayMs: 0, request: undefined })
  })

  it('carries a request, a delay and a failure for the history', () => {
    const request = new HTTPRequest({ method: 'GET', origin: Origin.of('http', 'localhost'), target: '/' })
    const error = new ReadTimeoutError('too slow')
    expect(new Resend({ reason: 'again', request, delayMs: 5, error })).toMatchObject({
      request,
      delayMs: 5,
      error,
    })
  })

  it.each<[string, unknown, string]>([
    ['no reason', {}, 'reason'],
    ['an empty reason', { reason: '' }, 'reason'],
    ['a negative delay', { reason: 'x', delayMs: -1 }, 'delayMs'],
    ['a delay that is not a number', { reason: 'x', delayMs: Number.NaN }, 'delayMs'],
    ['an endless delay', { reason: 'x', delayMs: Number.POSITIVE_INFINITY }, 'delayMs'],
    ['a delay in words', { reason: 'x', delayMs: '5' }, 'delayMs'],
    ['a request of another kind', { reason: 'x', request: new Request('http://localhost/') }, 'request'],
    ['null for a request', { reason: 'x', request: null }, 'request'],
    ['an error of another kind', { reason: 'x', error: new Error('x') }, 'error'],
  ])('refuses %s', (_, init, path) => {
    expect(() => new Resend(init as never)).toThrow(
      expect.objectContaining({ constructor: OptionsError, path }),
    )
  })
})
