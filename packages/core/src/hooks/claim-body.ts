/**
 * Whose body it is, when a plugin made one: what its function or iterable throws, while somebody reads, is that plugin's fault
 * and told as such.
 *
 * A tap has long returned when its body is read, so the guard notes the name when the tap returns. What comes from beneath passes
 * as it is: errors of ours, which may be what the plugin wants to say, and the reason of an abort.
 *
 * Must not know: how a body is read.
 */
import { describeFailure, HTTPError } from '../ground/errors.js'
import type { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import type { HookName } from './verdict-checks.js'

/** The contexts of the hooks that bodies come from. */
interface Context {
  readonly signal: AbortSignal | undefined
  readonly request: HTTPRequest
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
  const { signal, request } = context as Context
  source.claim?.((thrown) => {
    if (signal?.aborted === true && thrown === signal.reason) return thrown
    const error = thrown instanceof HTTPError ? thrown : accuse(plugin, hook, thrown)
    const { method, url } = request
    return describeFailure(error, { phase: 'body', sent: 'all', method, url })
  })
}
