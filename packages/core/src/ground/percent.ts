// Percent-encoding of paths and queries.
//
// Rule: text that is already fit for the wire is returned as it is, after one pass of table look-ups; only other text is
// rebuilt. Encoding twice gives the same as encoding once: a valid escape is kept (its digits in upper case, RFC 3986
// §6.2.2.1), and text in which some `%` starts no escape was never encoded, so all its `%` are (as urllib3 does).
//
// Neighbours: target.ts and url.ts. Must not know: which part of a url the text is.

import { TARGET } from './grammar.js'

const PERCENT = 0x25
const HEX: Uint8Array = hexTable()

/** Where the first character stands that needs encoding, from `start` on; the length of the text if none does. */
export function firstUnclean(text: string, start: number): number {
  const length = text.length
  for (let i = start; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c === PERCENT) {
      if (!isUpperHex(text.charCodeAt(i + 1)) || !isUpperHex(text.charCodeAt(i + 2))) return i
      i += 2
    } else if (TARGET[c] !== 1) return i
  }
  return length
}

/** Encodes what must not stand in a path or query as it is; non-ASCII text as UTF-8, a lone surrogate as U+FFFD. */
export function encodePart(text: string): string {
  const first = firstUnclean(text, 0)
  if (first === text.length) return text
  const keepEscapes = allPercentsAreEscapes(text)
  let out = ''
  let clean = 0
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i)
    if (c !== PERCENT && TARGET[c] === 1) {
      i++
      continue
    }
    out += text.slice(clean, i)
    const end = c > 0x7f ? nonAsciiEnd(text, i) : i + 1
    if (c === PERCENT && keepEscapes) {
      out += text.slice(i, i + 3).toUpperCase()
      i += 3
    } else {
      out += escapeBytes(text.slice(i, end))
      i = end
    }
    clean = i
  }
  return out + text.slice(clean)
}

/** Every byte of the text's UTF-8 form as `%XX`. */
export function escapeBytes(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  let out = ''
  for (const byte of bytes) out += escapeByte(byte)
  return out
}

/** One byte as `%XX`. */
export function escapeByte(byte: number): string {
  return `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
}

/** Whether every `%` in the text is followed by two hexadecimal digits. */
export function allPercentsAreEscapes(text: string): boolean {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 3)) {
    if (HEX[text.charCodeAt(at + 1)] !== 1 || HEX[text.charCodeAt(at + 2)] !== 1) return false
  }
  return true
}

function nonAsciiEnd(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text.charCodeAt(end) > 0x7f) end++
  return end
}

function isUpperHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46)
}

function hexTable(): Uint8Array {
  const table = new Uint8Array(256)
  for (const c of '0123456789abcdefABCDEF') table[c.charCodeAt(0)] = 1
  return table
}
