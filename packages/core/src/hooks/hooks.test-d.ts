import { expectTypeOf, it } from 'vitest'
import type { HTTPError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'
import type { HTTPResponse } from '../ground/response.js'
import type { Connector } from '../transport/connector.js'
import type { TapOnlyHooks } from './hooks.js'
import type { Resend } from './verdicts.js'

declare const hooks: TapOnlyHooks
declare const other: TapOnlyHooks
declare const origin: Origin
declare const resend: Resend
declare const response: HTTPResponse
declare const failure: HTTPError

it('a tap returns what its hook admits', () => {
  hooks.onRequest.tap('x', () => response)
  hooks.onRequest.tap('x', () => undefined)
  hooks.onRequest.tap('x', () => {})
  hooks.onRequest.tapPromise('x', async () => response)
  hooks.onResponse.tap('x', () => resend)
  hooks.onResponse.tap('x', () => failure)
  hooks.onError.tap('x', () => resend)
  hooks.onError.tap('x', () => response)
  hooks.onError.tap('x', () => failure)
  hooks.onRelease.tap('x', () => 'close')
  hooks.onSettle.tap('x', () => {})
  hooks.beforeConnect.tap('x', (next) => next)
})

it('a tap cannot return another verdict', () => {
  // @ts-expect-error a request cannot be sent again before it was sent
  hooks.onRequest.tap('x', () => resend)
  // @ts-expect-error a refusal is thrown, not returned
  hooks.onRequest.tap('x', () => failure)
  // @ts-expect-error null says nothing
  hooks.onRequest.tap('x', () => null)
  // @ts-expect-error a response is replaced by assigning context.response
  hooks.onResponse.tap('x', () => response)
  // @ts-expect-error false says nothing
  hooks.onResponse.tap('x', () => false)
  // @ts-expect-error an error that is not ours has no phase and no code
  hooks.onError.tap('x', () => new Error('x'))
  // @ts-expect-error reuse cannot be forced
  hooks.onRelease.tap('x', () => 'keep')
  // @ts-expect-error the connector must be given on
  hooks.beforeConnect.tap('x', () => undefined)
  // @ts-expect-error a connector is no transport
  hooks.beforeConnect.tap('x', (next, context) => next({ host: 'x', port: 1 }, context))
})

it('a promise belongs in tapPromise, and only there', () => {
  // @ts-expect-error its rejection would float
  hooks.onRequest.tap('x', async () => response)
  // @ts-expect-error it would be waited for
  hooks.onRequest.tapPromise('x', () => response)
  // @ts-expect-error onRelease waits for nobody
  hooks.onRelease.tapPromise('x', async () => {})
  // @ts-expect-error onSettle waits for nobody
  hooks.onSettle.tapPromise('x', async () => {})
})

it('a hook can be tapped and listened to, not fired', () => {
  // @ts-expect-error
  hooks.onRequest.callAsync
  // @ts-expect-error
  hooks.onRequest.promise
  // @ts-expect-error
  hooks.onSettle.call
  // @ts-expect-error
  hooks.onRequest.tapAsync
  // @ts-expect-error order is said by the stage
  hooks.onRequest.tap({ name: 'x', before: 'y' }, () => {})
  // @ts-expect-error a tap has a name
  hooks.onRequest.tap({ stage: 1 }, () => {})
  // @ts-expect-error a listener cannot replace taps
  hooks.onRequest.intercept({ name: 'x', register: (tap: unknown) => tap })
  // @ts-expect-error the hooks are given
  hooks.onRequest = other.onRequest
})

it('contexts offer what is true at that moment', () => {
  hooks.onRequest.tap('x', (context) => {
    expectTypeOf(context.request).toEqualTypeOf<HTTPRequest>()
    context.request = context.request.with({ target: '/' })
    context.form = 'absolute'
    context.partition = 'mine'
    // @ts-expect-error there is no response yet
    context.response
    // @ts-expect-error the base stays what it is
    context.baseRequest = context.request
    // @ts-expect-error options are read
    context.options = {}
    // @ts-expect-error
    context.form = 'asterisk'
  })
  hooks.onResponse.tap('x', (context) => {
    context.response = response
    // @ts-expect-error it has been sent
    context.request = context.baseRequest
  })
  hooks.onError.tap('x', (context) => {
    // @ts-expect-error an error is not rewritten
    context.error = failure
    // @ts-expect-error there is no response
    context.response
  })
  hooks.beforeConnect.tap('x', (next, context) => {
    expectTypeOf(next).toEqualTypeOf<Connector>()
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    // @ts-expect-error the origin is given
    context.origin = origin
    return next
  })
  hooks.onSettle.tap('x', (exchange) => {
    expectTypeOf(exchange.outcome).toEqualTypeOf<'pending' | 'response' | 'error' | 'aborted'>()
  })
  hooks.onRequest.intercept({
    name: 'x',
    result: (verdict) => expectTypeOf(verdict).toEqualTypeOf<HTTPResponse>(),
  })
})
