/**
 * What each hook admits as a verdict. The types say the same, but a plugin may be written in JavaScript, and a value
 * that no hook knows (`null`, `false`, the result of an arrow function) must not be taken for an answer.
 */
import { HTTPError } from '../ground/errors.js'
import { HTTPRequest } from '../ground/request.js'
import { HTTPResponse } from '../ground/response.js'
import { Resend } from './verdicts.js'

/** The name of a hook. */
export type HookName = 'beforeConnect' | 'onRequest' | 'onResponse' | 'onRelease' | 'onError' | 'onSettle'

/** Says what is wrong with a verdict, or `undefined` when the hook admits it. */
export type VerdictCheck = (verdict: unknown) => string | undefined

/** The check of each hook. */
export const verdictChecks: Readonly<Record<HookName, VerdictCheck>> = {
  beforeConnect: (verdict) =>
    typeof verdict === 'function'
      ? undefined
      : refusal(verdict, 'return a connector: a new one, or the given one as it is'),

  onRequest: (verdict) =>
    verdict === undefined || verdict instanceof HTTPResponse
      ? undefined
      : refusal(verdict, 'an HTTPResponse answers, undefined goes on'),

  onResponse: (verdict) =>
    verdict === undefined || verdict instanceof Resend || verdict instanceof HTTPError
      ? undefined
      : refusal(
          verdict,
          'a Resend tries again, an HTTPError fails the call, undefined goes on (assign context.response to replace it)',
        ),

  onError: (verdict) =>
    verdict === undefined ||
    verdict instanceof Resend ||
    verdict instanceof HTTPResponse ||
    verdict instanceof HTTPError
      ? undefined
      : refusal(
          verdict,
          'a Resend tries again, an HTTPResponse answers, an HTTPError fails the call instead, undefined goes on',
        ),

  onRelease: (verdict) =>
    verdict === undefined || verdict === 'close'
      ? undefined
      : refusal(verdict, "'close' keeps the connection out of the pool, undefined says nothing"),

  // Nobody reads what it returns: `(exchange) => set.delete(exchange)` is a fine tap.
  onSettle: () => undefined,
}

function refusal(verdict: unknown, admitted: string): string {
  return `returned ${kindOf(verdict)}; ${admitted}`
}

/** What is likely to be returned in the wrong hook; a subclass stands before its class. */
const KINDS: readonly (readonly [kind: abstract new (...args: never[]) => object, name: string])[] = [
  [HTTPError, 'an HTTPError'],
  [Error, 'an error that is no HTTPError'],
  [HTTPResponse, 'an HTTPResponse'],
  [HTTPRequest, 'an HTTPRequest'],
  [Resend, 'a Resend'],
]

/** Names a value without running code of it and without quoting much of it. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 30)}'`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return 'an array'
  return KINDS.find(([kind]) => value instanceof kind)?.[1] ?? 'an object of another kind'
}
