/**
 * What the plugins say about an attempt, and where it goes from there. The only file between the loop and the
 * hooks: has the narrow contexts made, reads the verdicts, and ignores answers that come after the end.
 */
import { describeFailure, type ErrorDetails, HTTPError, PluginError } from '../ground/errors.js'
import { HTTPResponse } from '../ground/response.js'
import { Resend } from '../hooks/verdicts.js'
import type { Attempt } from './attempt.js'
import { LiveErrorContext, LiveRequestContext, LiveResponseContext } from './live-contexts.js'
import { forwardRefusal } from './open-connection.js'
import { giveUp, resend } from './resend.js'

/** onRequest: a tap may change the request, route it, answer it or refuse it. */
export function beforeRequest(attempt: Attempt): void {
  const { exchange } = attempt
  // A fresh copy of the base: what a tap adds for this attempt is not there in the next.
  const fresh = exchange.base.with({ headers: exchange.base.headers })
  const context = new LiveRequestContext(attempt, fresh)
  exchange.client.hooks.onRequest.call(context, (error, answer) => {
    if (attempt.over) {
      answer?.close()
      return
    }
    if (error !== undefined) {
      attempt.abandon(error)
      return
    }
    attempt.request = context.request
    // A plugin that keeps the context must not change what has been agreed to while the request waits in line.
    attempt.request.headers.freeze()
    attempt.form = context.form
    attempt.via = context.via
    attempt.partition = context.partition
    const { via } = context
    const refusal = via === undefined ? undefined : forwardRefusal(context.request, context.form, via)
    if (refusal !== undefined) attempt.fail(refusal)
    else if (answer === undefined) attempt.acquire()
    else afterResponse(attempt, named(attempt, answer))
  })
}

/** onResponse: a tap may replace the response or ask for another attempt. */
export function afterResponse(attempt: Attempt, response: HTTPResponse): void {
  const { hooks } = attempt.exchange.client
  if (!hooks.onResponse.active) {
    attempt.accept(response)
    return
  }
  const context = new LiveResponseContext(attempt, response)
  hooks.onResponse.call(context, (error, verdict) => {
    HTTPResponse.replace(context.response, response)
    if (attempt.over) {
      context.response.close()
      return
    }
    if (error !== undefined) {
      context.response.close()
      attempt.abandon(error)
    } else if (verdict instanceof HTTPError) {
      attempt.leave()
      giveUp(attempt.exchange, verdict, context.response)
    } else if (verdict !== undefined) {
      attempt.leave()
      resend(attempt.exchange, verdict, {
        sent: attempt.request,
        response: context.response,
        error: undefined,
      })
    } else if (HTTPResponse.isTaken(context.response)) {
      context.response.close()
      attempt.abandon(bodyTaken(hooks.onResponse.tappedBy))
    } else {
      attempt.accept(named(attempt, context.response))
    }
  })
}

function factsOf({ phase, sent, reusedConnection }: HTTPError): ErrorDetails {
  return { phase, sent, reusedConnection }
}

/** Delivered as it is, it would be an empty body that looks like a whole one. */
function bodyTaken(plugin: string): PluginError {
  const what = `a tap of onResponse (${plugin}) read the body and left nothing for the caller`
  const message = `${what}; pass it through wrapResponse, or assign another context.response`
  return new PluginError(message, { plugin, hook: 'onResponse' })
}

/** onError: a tap may ask for another attempt or answer in the origin's place. */
export function afterError(attempt: Attempt, failure: HTTPError): void {
  const { exchange } = attempt
  const context = new LiveErrorContext(attempt, failure)
  exchange.client.hooks.onError.call(context, (error, verdict) => {
    if (attempt.over) {
      if (verdict instanceof HTTPResponse) verdict.close()
      return
    }
    if (error !== undefined) {
      // It stands where the failure stood that it was to handle.
      if (error instanceof HTTPError) describeFailure(error, factsOf(failure))
      attempt.abandon(error)
    } else if (verdict instanceof Resend) {
      attempt.leave()
      resend(exchange, verdict, { sent: attempt.request, response: undefined, error: failure })
    } else if (verdict instanceof HTTPResponse) {
      afterResponse(attempt, named(attempt, verdict))
    } else {
      attempt.leave()
      exchange.fail(verdict ?? failure)
    }
  })
}

/** Reads the body of a response that a plugin made or replaced, and ends the pass with it. */
export function readForeign(attempt: Attempt, response: HTTPResponse): void {
  response.bytes().then(
    (bytes) => {
      response.data = bytes
      response.close()
      if (!attempt.over) attempt.finish(response)
    },
    (error: unknown) => {
      response.close()
      if (!attempt.over) attempt.fail(error)
    },
  )
}

function named(attempt: Attempt, response: HTTPResponse): HTTPResponse {
  return HTTPResponse.complete(response, attempt.request.href, attempt.exchange.history)
}
