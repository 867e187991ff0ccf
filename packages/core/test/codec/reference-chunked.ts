/**
 * The chunked coding as RFC 9112 §7.1 writes it, with regular expressions over the whole text: slow, and obviously the grammar.
 * It exists to be compared with the real decoder. Our own rules on top: no folded or framing trailer, at most sixteen digits, at most
 * a hundred trailer lines.
 */

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const QDTEXT = '[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]'
const QUOTED_PAIR = '\\\\[\\t \\x21-\\x7e\\x80-\\xff]'
const QUOTED_STRING = `"(?:${QDTEXT}|${QUOTED_PAIR})*"`
const BWS = '[ \\t]*'
const CHUNK_EXT = `(?:${BWS};${BWS}${TOKEN}(?:${BWS}=${BWS}(?:${TOKEN}|${QUOTED_STRING}))?)*`
const SIZE_LINE = new RegExp(`^([0-9A-Fa-f]{1,16})${CHUNK_EXT}\\r\\n`)
const FIELD_LINE = new RegExp(`^(${TOKEN}):([\\t \\x21-\\x7e\\x80-\\xff]*)\\r\\n`)
const MOST_TRAILERS = 100
const REFUSED =
  /^(?:connection|content-length|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i

export interface ReferenceBody {
  readonly body: string
  readonly trailers: readonly string[]
  /** What follows the body. */
  readonly rest: string
}

/** The body at the beginning of the text, or undefined when there is no complete valid one. */
export function referenceChunked(text: string): ReferenceBody | undefined {
  let rest = text
  let body = ''
  for (;;) {
    const line = SIZE_LINE.exec(rest)
    if (line === null) return undefined
    const size = Number.parseInt(line[1] ?? '', 16)
    rest = rest.slice(line[0].length)
    if (size === 0) return referenceTrailers(rest, body)
    if (rest.length < size + 2 || rest.slice(size, size + 2) !== '\r\n') return undefined
    body += rest.slice(0, size)
    rest = rest.slice(size + 2)
  }
}

function referenceTrailers(text: string, body: string): ReferenceBody | undefined {
  const trailers: string[] = []
  let rest = text
  while (!rest.startsWith('\r\n')) {
    const line = FIELD_LINE.exec(rest)
    if (line === null || REFUSED.test(line[1] ?? '') || trailers.length === MOST_TRAILERS) return undefined
    trailers.push(`${line[1]}: ${(line[2] ?? '').replace(/^[ \t]+|[ \t]+$/g, '')}`)
    rest = rest.slice(line[0].length)
  }
  return { body, trailers, rest: rest.slice(2) }
}
