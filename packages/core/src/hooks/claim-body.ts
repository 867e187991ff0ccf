/**
 * Whose body it is, when a plugin made one: what its function or iterable throws, while somebody reads, is that plugin's fault
 * and told as such.
 *
 * A tap has long returned when its body is read, so the guard notes the name when the tap returns. What comes from beneath passes
 * as it is: errors of ours, which may be what the plugin wants to say, and the reason of an abort. Of a request the caller's own
 * body is never a plugin's, wrapped or not: only what a tap has put around it.
 *
 * Must not know: how a body is read.
 */

import { WrappedBody } from '../ground/body-value.js'
import { describeFailure, HTTPError } from '../ground/errors.js'
import { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import type { HookName } from './verdict-checks.js'

/** The contexts of the hooks that bodies come from. */
interface Context {
  readonly signal: AbortSignal | undefined
  readonly request: HTTPRequest
  readonly baseRequest: HTTPRequest
  readonly response?: unknown
}

/** Names what a tap threw. */
export type Accuse = (plugin: string, hook: HookName, cause: unknown) => HTTPError

/** Called when a tap has returned: a response that it answered with, or put in the place of another, is its own. */
export function claimBody(
  plugin: string,
  hook: HookName,
  context: unknown,
  verdict: unknown,
  accuse: Accuse,
): void {
  const made =
    hook === 'onResponse'
      ? (context as Context).response
      : verdict instanceof HTTPResponse
        ? verdict
        : undefined
  if (!(made instanceof HTTPResponse)) return
  const source = HTTPResponse.sourceOf(made)
  if (source.claimed !== false) return
  // Not the context itself: it holds the response, which has to be collectable while its body is only kept.
  const { signal, request } = context as Context
  source.claim?.((thrown) => blame(thrown, { signal, request }, () => accuse(plugin, hook, thrown), 'body'))
}

/** Called when a tap of onRequest has returned: what it has put around the body is its own. */
export function claimRequestBody(plugin: string, hook: HookName, given: unknown, accuse: Accuse): void {
  const { request } = given as Context
  const body = request instanceof HTTPRequest ? HTTPRequest.bodyOf(request) : undefined
  if (!(body instanceof WrappedBody)) return
  const { signal, baseRequest } = given as Context
  const base = HTTPRequest.bodyOf(baseRequest)
  if (body !== base)
    body.claim(
      (thrown) => blame(thrown, { signal, request }, () => accuse(plugin, hook, thrown), 'send'),
      base,
    )
}

function blame(
  thrown: unknown,
  { signal, request }: Pick<Context, 'signal' | 'request'>,
  accused: () => HTTPError,
  phase: 'send' | 'body',
): unknown {
  if (signal?.aborted === true && thrown === signal.reason) return thrown
  const error = thrown instanceof HTTPError ? thrown : accused()
  const { method, url } = request
  return describeFailure(error, { phase, sent: phase === 'send' ? 'some' : 'all', method, url })
}
