// A value as a JSON body (RFC 8259).
//
// Rule: compact and UTF-8, non-ASCII text as it is. What JSON cannot say (a function, a bigint, a cycle) is a mistake of the
// caller's and is refused before anything is sent, instead of being dropped.
//
// Neighbours: body-value.ts. Must not know: which option it came from.

import { type Body, BytesBody } from './body-value.js'
import { OptionsError } from './usage-errors.js'

/** The type sent along with JSON; it has no charset parameter (RFC 8259 §11). */
export const JSON_TYPE = 'application/json' as const

/**
 * Encodes a value as JSON. Falsy values other than undefined are values.
 *
 * @throws {OptionsError} path `json`: the value, or one inside it, cannot be said in JSON
 * @example jsonBody({ name: 'Grün' }).length // 16
 */
export function jsonBody(value: unknown): Body {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch (cause) {
    throw new OptionsError('json cannot be serialised', { path: 'json', cause })
  }
  if (text === undefined)
    throw new OptionsError(`json cannot be ${value === undefined ? 'undefined' : `a ${typeof value}`}`, {
      path: 'json',
    })
  return new BytesBody(Buffer.from(text, 'utf8'), JSON_TYPE)
}
