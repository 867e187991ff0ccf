import { describe, expect, it } from 'vitest'
import { HTTPError } from '../ground/errors.js'
import { HTTPResponse } from '../ground/response.js'
import { type HookName, verdictChecks } from './verdict-checks.js'
import { Resend } from './verdicts.js'

const values = {
  undefined: undefined,
  null: null,
  false: false,
  true: true,
  zero: 0,
  "'close'": 'close',
  'an empty object': {},
  'an object without prototype': Object.create(null) as object,
  'an array': [],
  'a function': () => undefined,
  'a plain Error': new Error('no'),
  'an HTTPError': new HTTPError('no'),
  'an HTTPResponse': new HTTPResponse({ status: 200 }),
  'a web Response': new Response(),
  'a Resend': new Resend({ reason: 'test' }),
  'what looks like a Resend': { reason: 'test', delayMs: 0 },
} as const

const admitted: Readonly<Record<HookName, readonly (keyof typeof values)[]>> = {
  beforeConnect: ['a function'],
  onRequest: ['undefined', 'an HTTPResponse'],
  onResponse: ['undefined', 'a Resend', 'an HTTPError'],
  onError: ['undefined', 'a Resend', 'an HTTPResponse', 'an HTTPError'],
  onRelease: ['undefined', "'close'"],
  onSettle: Object.keys(values) as (keyof typeof values)[],
}

describe.each(Object.keys(admitted) as HookName[])('%s', (hook) => {
  it.each(Object.keys(values) as (keyof typeof values)[])('knows whether %s is a verdict', (name) => {
    const wrong = verdictChecks[hook](values[name])
    if (admitted[hook].includes(name)) expect(wrong).toBeUndefined()
    else expect(wrong).toMatch(/^returned .+; .+/)
  })
})

describe('a refusal', () => {
  it('quotes little of a long string', () => {
    expect(verdictChecks.onRelease('x'.repeat(1_000))?.length).toBeLessThan(150)
  })

  it('names what belongs to another hook', () => {
    expect(verdictChecks.onRequest(new Resend({ reason: 'x' }))).toMatch('returned a Resend;')
    expect(verdictChecks.onResponse(new TypeError('x'))).toMatch('returned an error that is no HTTPError;')
  })

  it('runs no code of the value', () => {
    const trap = new Proxy({}, { get: () => expect.unreachable('a property was read') })
    expect(verdictChecks.onRelease(trap)).toMatch('an object of another kind')
  })
})
