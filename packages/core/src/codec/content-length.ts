/**
 * Content-Length, the field most smuggling is made of (RFC 9110 §8.6).
 *
 * Rule: `1*DIGIT`, nothing else; JavaScript's own number parsing would take '0x2', '2e0', '+2' and ' 2'. A list of equal
 * values, in one line or over several, counts as one (the RFC allows it and proxies produce it); unequal ones are refused.
 * Leading zeros are digits. Above 2^53 - 1 a length could not be counted exactly, so it is refused rather than rounded.
 *
 * Results are numbers, negative for "none" and "refused", since this runs for nearly every message.
 * Neighbours: head-fields.ts collects, framing.ts decides. Must not know: other fields.
 */

import { trimOws } from '../ground/grammar.js'

/** No Content-Length was seen. */
export const NO_LENGTH = -1
/** Not `1*DIGIT`, or a list with something else in it, or too large. */
export const BAD_LENGTH = -2
/** Two lengths that differ. */
export const CONFLICTING_LENGTH = -3

/** The length after one more field line, given the one before it (`NO_LENGTH` at first). A refusal is kept. */
export function combineLengths(known: number, value: string): number {
  const length = parseLength(value)
  if (known === NO_LENGTH || length === BAD_LENGTH) return length
  if (known < 0) return known
  return known === length ? known : length < 0 ? length : CONFLICTING_LENGTH
}

function parseLength(value: string): number {
  if (value.length === 0) return BAD_LENGTH
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return parseList(value)
    length = length * 10 + digit
    if (length > Number.MAX_SAFE_INTEGER) return BAD_LENGTH
  }
  return length
}

function parseList(value: string): number {
  if (!value.includes(',')) return BAD_LENGTH
  let known = NO_LENGTH
  for (const member of value.split(',')) {
    const text = trimOws(member)
    known = text === '' ? BAD_LENGTH : combineLengths(known, text)
    if (known === BAD_LENGTH) return BAD_LENGTH
  }
  return known
}
