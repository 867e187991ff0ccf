// The lexical rules of HTTP as table look-ups over character codes.
//
// Rule: a check is one pass over the text with one table read per character; no regular expression, so no backtracking and
// no surprise about what `\s` or `$` match. The text is a latin1 string: one character is one byte on the wire, anything
// above U+00FF is refused, never cut to its low byte.
//
// Neighbours: headers.ts, request.ts and the codec. Must not know: what a field means.

const CLASSES: { readonly token: string; readonly target: string } = {
  // RFC 9110 §5.6.2: tchar.
  token: "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
  // RFC 3986 §3.3 and §3.4: pchar / "/" / "?".
  target: "!$&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~%",
}

/** 1 at each character code that may stand in a token (RFC 9110 §5.6.2). */
export const TOKEN: Uint8Array = tableOf(CLASSES.token)

/** 1 at each code that may stand in a field value: HTAB, SP, VCHAR, obs-text (RFC 9110 §5.5). */
export const FIELD_VALUE: Uint8Array = rangesOf([0x09, 0x09], [0x20, 0x7e], [0x80, 0xff])

/** 1 at each code that may stand unencoded in the path or query of a request target (RFC 3986 §3.3, §3.4); `%` included. */
export const TARGET: Uint8Array = tableOf(CLASSES.target)

/** 1 at each visible ASCII character, the widest grammar a request target can have on the wire (RFC 9112 §3.2). */
export const VISIBLE: Uint8Array = rangesOf([0x21, 0x7e])

/** Whether the text is a token: `1*tchar` (RFC 9110 §5.6.2). */
export function isToken(text: string): boolean {
  return text.length > 0 && consistsOf(TOKEN, text)
}

/** Whether the text may be sent as a field value: no control but HTAB, nothing above U+00FF. The empty value is fine. */
export function isFieldValue(text: string): boolean {
  return consistsOf(FIELD_VALUE, text)
}

/** Whether the text may stand in a request line: visible ASCII without `#` (RFC 9112 §3.2). Its form is not checked. */
export function isRequestTarget(text: string): boolean {
  return text.length > 0 && consistsOf(VISIBLE, text) && !text.includes('#')
}

/** Whether the text consists of decimal digits only (`Content-Length = 1*DIGIT`, RFC 9110 §8.6). */
export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x30 || c > 0x39) return false
  }
  return text.length > 0
}

/** The text without optional white space (SP, HTAB) at its ends (RFC 9110 §5.6.3). The same string when there is none. */
export function trimOws(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isOws(text.charCodeAt(start))) start++
  while (end > start && isOws(text.charCodeAt(end - 1))) end--
  return end - start === text.length ? text : text.slice(start, end)
}

/** Whether two texts are equal but for the case of ASCII letters, without making a copy of either. */
export function equalsIgnoreCase(a: string, b: string): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y && lowerCode(x) !== lowerCode(y)) return false
  }
  return true
}

/** The members of a comma-separated list, trimmed, empty ones dropped (RFC 9110 §5.6.1). Quoted strings are not looked into. */
export function listMembers(value: string): string[] {
  return value
    .split(',')
    .map(trimOws)
    .filter((member) => member !== '')
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function lowerCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}

function consistsOf(table: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false
  return true
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1
  return table
}

function rangesOf(...ranges: readonly (readonly [number, number])[]): Uint8Array {
  const table = new Uint8Array(256)
  for (const [first, last] of ranges) table.fill(1, first, last + 1)
  return table
}
