/**
 * 417 to `Expect: 100-continue`: somebody on the way does not know what the field means. That says nothing about the request
 * itself, so it is sent once more without the field, and the caller hears of the detour only in `response.history`.
 *
 * Only what the call asked for is taken back. A plugin that sets the field by itself for every attempt gets its 417, and so
 * does a caller whose body can be read only once and has been.
 *
 * @see RFC 9110 §10.1.1, §15.5.18
 */
import type { ResponseBody } from '../connection/response-body.js'
import type { OutgoingMessage } from '../connection/send-message.js'
import { HTTPRequest } from '../ground/request.js'
import { Resend } from '../hooks/verdicts.js'
import type { Exchange } from './exchange.js'
import { type ReceivedHead, streamedResponse } from './received-response.js'
import { resend } from './resend.js'

const EXPECTATION_FAILED = 417

/** Repeats a request whose expectation was refused, and says whether it does: otherwise the answer stands as it is. */
export function repeatsUnexpecting(
  received: ReceivedHead & { readonly body: ResponseBody },
  message: OutgoingMessage | undefined,
): boolean {
  if (received.head.status !== EXPECTATION_FAILED || message?.continueTimeout === undefined) return false
  const { exchange, attempt } = received
  const request = unexpecting(exchange)
  if (request === undefined) return false
  attempt.leave()
  const response = streamedResponse(received)
  exchange.settings = { ...exchange.settings, expectContinue: false }
  const verdict = new Resend({ reason: 'expectation failed', request })
  resend(exchange, verdict, { sent: attempt.request, response, error: undefined })
  return true
}

/** The call's request without the expectation, when it had one and its body can go once more. */
function unexpecting({ base, settings }: Exchange): HTTPRequest | undefined {
  const body = HTTPRequest.bodyOf(base)
  if (body.used && !body.replayable) return undefined
  if (base.headers.has('expect')) return base.withHeaders({ expect: null })
  return settings.expectContinue ? base : undefined
}
