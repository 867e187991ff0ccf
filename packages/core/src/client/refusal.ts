/**
 * Errors of calls and constructions that never began: they say so, and their stack begins where the mistake was made.
 *
 * Checking goes deep: ten frames, all that V8 keeps, may not reach the caller, who is the one to change something. So the
 * stack is taken again at the face. A call that is accepted pays nothing for it.
 *
 * Neighbours: pool-core.ts and the faces. Must not know: what was wrong.
 */
import { describeFailure, HTTPError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import { redactUnparsed } from '../ground/redact.js'
import { parseUrl } from '../ground/url.js'

/** What a call that never began was asked for; callers without types may have given anything. */
export interface RefusedCall {
  readonly method: unknown
  readonly url: unknown
  /** The server of the pool that was asked, if it is bound to one. */
  readonly origin: Origin | undefined
}

/** Describes the error of a construction, or of a call, that never began. */
export function refusal(error: unknown, call?: RefusedCall): unknown {
  if (!(error instanceof HTTPError)) return error
  describeFailure(error, {
    phase: 'options',
    sent: 'nothing',
    method: typeof call?.method === 'string' ? call.method : undefined,
    url: call === undefined ? undefined : urlOf(call),
  })
  Error.captureStackTrace(error, refusal)
  return error
}

/** The absolute url that was meant. Of what is none, nobody knows where in it a password ends: it loses more. */
function urlOf({ url, origin }: RefusedCall): string | undefined {
  const text = url instanceof URL ? url.href : url
  if (typeof text !== 'string') return undefined
  if (origin !== undefined && text.startsWith('/')) return origin.prefix + text
  try {
    return parseUrl(text).url
  } catch {
    return text.includes('://') ? redactUnparsed(text) : undefined
  }
}
