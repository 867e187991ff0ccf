/**
 * Chunk extensions, read in order to be ignored (RFC 9112 §7.1.1).
 *
 * Rule: exactly the grammar, since lenient readers of this dead corner have been turned into request smuggling more than
 * once: `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`. White space that no `;` follows is refused.
 * Neighbours: chunked.ts counts the bytes. Must not know: sizes, limits.
 */
import { FIELD_VALUE, TOKEN } from '../ground/grammar.js'

const HTAB = 0x09
const CR = 0x0d
const SP = 0x20
const QUOTE = 0x22
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c

/** A byte that cannot stand there. */
export const BAD_EXTENSION = -1
/** The CR that ends the line. */
export const LINE_END = 0
/** White space behind a size or a value: a `;` must follow. */
export const WANTS_SEMICOLON = 1
/** Behind a `;`. */
export const WANTS_NAME = 2
const IN_NAME = 3
const WANTS_EQUALS = 4
const WANTS_VALUE = 5
const IN_VALUE = 6
const IN_QUOTED = 7
const ESCAPED = 8
const AFTER_QUOTED = 9

/** The place after one more byte of a chunk-size line, behind its size. */
export function nextPlace(place: number, byte: number): number {
  switch (place) {
    case WANTS_SEMICOLON:
      return isWhite(byte) ? place : byte === SEMICOLON ? WANTS_NAME : BAD_EXTENSION
    case WANTS_NAME:
      return isWhite(byte) ? place : TOKEN[byte] === 1 ? IN_NAME : BAD_EXTENSION
    case IN_NAME:
      if (TOKEN[byte] === 1) return place
      return byte === EQUALS ? WANTS_VALUE : isWhite(byte) ? WANTS_EQUALS : afterItem(byte)
    case WANTS_EQUALS:
      return isWhite(byte)
        ? place
        : byte === EQUALS
          ? WANTS_VALUE
          : byte === SEMICOLON
            ? WANTS_NAME
            : BAD_EXTENSION
    case WANTS_VALUE:
      return isWhite(byte) ? place : byte === QUOTE ? IN_QUOTED : TOKEN[byte] === 1 ? IN_VALUE : BAD_EXTENSION
    case IN_VALUE:
      return TOKEN[byte] === 1 ? place : isWhite(byte) ? WANTS_SEMICOLON : afterItem(byte)
    case IN_QUOTED:
      return byte === QUOTE
        ? AFTER_QUOTED
        : byte === BACKSLASH
          ? ESCAPED
          : FIELD_VALUE[byte] === 1
            ? place
            : BAD_EXTENSION
    case ESCAPED:
      return FIELD_VALUE[byte] === 1 ? IN_QUOTED : BAD_EXTENSION
    default:
      return isWhite(byte) ? WANTS_SEMICOLON : afterItem(byte)
  }
}

function afterItem(byte: number): number {
  return byte === SEMICOLON ? WANTS_NAME : byte === CR ? LINE_END : BAD_EXTENSION
}

function isWhite(byte: number): boolean {
  return byte === SP || byte === HTAB
}
