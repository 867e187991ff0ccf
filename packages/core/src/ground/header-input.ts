// Reads header fields out of whatever a caller passes, and refuses what could become another line on the wire.
//
// Rule: a value is read once, so a getter or proxy that changes its mind between check and use has no second chance. Only
// strings and finite numbers are values: turning an object into text would run code of the caller's and hide mistakes
// (`[object Object]`, `undefined`). A character above U+00FF is refused, not cut to its low byte, since `\u010a` would
// become a line feed (RFC 9110 §5.5).
//
// Neighbours: headers.ts is the only user. Must not know: how fields are stored or merged.

import { FIELD_VALUE, isToken, trimOws } from './grammar.js'
import type { HTTPHeaders } from './headers.js'
import { quotePeerText } from './http-error.js'
import { MAX_FIELD_NAME_LENGTH } from './limits.js'
import { OptionsError } from './usage-errors.js'

/** One field value: a number is sent in decimal. */
export type HeaderValue = string | number

/** What header fields can be made of: an object (arrays give one line per element), pairs, `Headers` or HTTPHeaders. */
export type HeadersInput =
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>
  | Iterable<readonly [name: string, value: HeaderValue]>
  | Headers
  | HTTPHeaders

/** What can be laid over default fields: as {@link HeadersInput}, and in an object `null` removes, `undefined` leaves. */
export type HeaderOverrides =
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[] | null | undefined>>
  | Iterable<readonly [name: string, value: HeaderValue]>
  | Headers
  | HTTPHeaders

/** Calls back with each name and value, unchecked but each read exactly once. */
export function forEachLine(
  init: HeadersInput | HeaderOverrides,
  line: (name: unknown, value: unknown) => void,
): void {
  if (typeof init !== 'object' || init === null)
    throw new OptionsError('headers must be an object or pairs', { path: 'headers' })
  if (Symbol.iterator in init) {
    for (const pair of init as Iterable<unknown>) {
      if (!Array.isArray(pair) || pair.length !== 2) {
        throw new OptionsError('headers given as a list must be [name, value] pairs', { path: 'headers' })
      }
      line(pair[0], pair[1])
    }
    return
  }
  for (const name of Object.keys(init)) {
    const value: unknown = (init as Record<string, unknown>)[name]
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) line(name, item ?? new Hole())
    else line(name, value)
  }
}

/** The name, if it is a token of acceptable length (RFC 9110 §5.1). */
export function checkedName(name: unknown): string {
  if (typeof name !== 'string' || name.length > MAX_FIELD_NAME_LENGTH || !isToken(name)) {
    throw new OptionsError(`header name ${describe(name)} is not a token`, { path: 'headers' })
  }
  return name
}

/** The value as it will be sent: numbers in decimal, white space at the ends removed. */
export function checkedValue(name: unknown, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string') {
    throw refusal(name, `must be a string or a finite number, not ${kindOf(value)}`)
  }
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (FIELD_VALUE[code] === 1) continue
    const found = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    throw refusal(
      name,
      code > 0xff
        ? `has ${found} at ${i}, which has no latin1 byte: encode it, as UTF-8 by Buffer.from(value).toString('latin1')`
        : `has the control character ${found} at ${i}`,
    )
  }
  return trimOws(value)
}

/** A checked copy of `[name, value, name, value, …]`. */
export function checkedLines(raw: readonly unknown[]): string[] {
  const lines: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = checkedName(raw[i])
    lines.push(name, checkedValue(name, raw[i + 1]))
  }
  return lines
}

/** Stands for null or undefined inside an array, where it cannot mean "remove". */
class Hole {}

// The value itself is never quoted: it may be a credential.
function refusal(name: unknown, problem: string): OptionsError {
  const shown = typeof name === 'string' && isToken(name) ? name.toLowerCase() : undefined
  return new OptionsError(`header ${describe(name)} ${problem}`, {
    path: shown === undefined ? 'headers' : `headers.${shown}`,
  })
}

function describe(name: unknown): string {
  return typeof name === 'string' ? quotePeerText(name) : kindOf(name)
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Hole) return 'null or undefined'
  if (typeof value === 'number') return String(value)
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
