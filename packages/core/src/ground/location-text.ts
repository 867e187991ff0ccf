// Reads the text of a `Location` field (RFC 9110 §10.2.2).
//
// Rule: the value came from a peer. Bytes outside ASCII are taken as UTF-8 when they are valid UTF-8 and otherwise escaped
// one by one, blanks are escaped, as browsers do; a backslash or a control character is refused, since programs disagree
// about what it means.
//
// Neighbours: url.ts resolves the result, with the same strictness as a caller's url. Must not know: when to follow.

import { trimOws } from './grammar.js'
import { quotePeerText } from './http-error.js'
import { escapeByte } from './percent.js'
import { redactUnparsed } from './redact.js'
import { LocationParseError } from './usage-errors.js'

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A field value (one character per byte) as a url reference in which nothing is left that a url parser would repair.
 *
 * @throws {LocationParseError} it has a control character or a backslash
 */
export function locationText(value: string): string {
  const location = trimOws(value)
  let high = false
  let wide = false
  for (let i = 0; i < location.length; i++) {
    const c = location.charCodeAt(i)
    if (c < 0x20 || c === 0x7f) throw refusal(location, 'has a control character')
    if (c === 0x5c) throw refusal(location, 'has a backslash')
    if (c > 0x7f) high = true
    if (c > 0xff) wide = true
  }
  const text = high && !wide ? fromBytes(location) : location
  return text.replaceAll(' ', '%20')
}

function fromBytes(latin1: string): string {
  try {
    return STRICT_UTF8.decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return latin1.replace(/[\x80-\xff]/g, (c) => escapeByte(c.charCodeAt(0)))
  }
}

function refusal(location: string, problem: string): LocationParseError {
  return new LocationParseError(`the Location ${quotePeerText(redactUnparsed(location))} ${problem}`, {
    location,
  })
}
