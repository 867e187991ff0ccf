/**
 * Chunk extensions, read in order to be ignored (RFC 9112 §7.1.1).
 *
 * Rule: exactly the grammar, since lenient readers of this dead corner have been turned into request smuggling more than
 * once: `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`. White space that no `;` follows is refused.
 * Neighbours: chunked.ts counts the bytes. Must not know: sizes, limits.
 */
import { FIELD_VALUE, TOKEN } from '../ground/grammar.js'

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

// What a byte is here: white space, `;`, CR, `=`, `"`, a backslash, a token character, another character that can stand in a
// field value, or none of these. The columns of the table below.
const CLASSES = ['\t ', ';', '\r', '=', '"', '\\'] as const
const IS_TOKEN = CLASSES.length
const IS_VALUE = IS_TOKEN + 1
const IS_NOTHING = IS_VALUE + 1
const COLUMNS = IS_NOTHING + 1

const x = BAD_EXTENSION
const e = LINE_END
// The grammar, a row for each place: where each class of byte leads.
const NEXT: Int8Array = Int8Array.of(
  // HTAB SP, ;, CR, =, ", \, token, value, nothing
  ...[x, x, x, x, x, x, x, x, x],
  ...[WANTS_SEMICOLON, WANTS_NAME, x, x, x, x, x, x, x],
  ...[WANTS_NAME, x, x, x, x, x, IN_NAME, x, x],
  ...[WANTS_EQUALS, WANTS_NAME, e, WANTS_VALUE, x, x, IN_NAME, x, x],
  ...[WANTS_EQUALS, WANTS_NAME, x, WANTS_VALUE, x, x, x, x, x],
  ...[WANTS_VALUE, x, x, x, IN_QUOTED, x, IN_VALUE, x, x],
  ...[WANTS_SEMICOLON, WANTS_NAME, e, x, x, x, IN_VALUE, x, x],
  ...[IN_QUOTED, IN_QUOTED, x, IN_QUOTED, AFTER_QUOTED, ESCAPED, IN_QUOTED, IN_QUOTED, x],
  ...[IN_QUOTED, IN_QUOTED, x, IN_QUOTED, IN_QUOTED, IN_QUOTED, IN_QUOTED, IN_QUOTED, x],
  ...[WANTS_SEMICOLON, WANTS_NAME, e, x, x, x, x, x, x],
)

const CLASS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const own = CLASSES.findIndex((members) => members.includes(String.fromCharCode(byte)))
  if (own >= 0) return own
  if (TOKEN[byte] === 1) return IS_TOKEN
  return FIELD_VALUE[byte] === 1 ? IS_VALUE : IS_NOTHING
})

/** The place after one more byte of a chunk-size line, behind its size. */
export function nextPlace(place: number, byte: number): number {
  return NEXT[place * COLUMNS + CLASS[byte]!]!
}
