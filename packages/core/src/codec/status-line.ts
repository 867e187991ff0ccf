/**
 * The status line, byte by byte: `HTTP/1.1 200 OK` (RFC 9112 §4).
 *
 * Rule: exactly HTTP/1.0 or HTTP/1.1, one space, three digits 100–999, one space, a reason of HTAB, SP, VCHAR and obs-text.
 * Everything up to the code has a fixed place, so a wrong byte is refused when it arrives: a peer that speaks something else
 * (an SSH banner) fails at its first byte instead of holding a connection. Two things are given: the space before an empty
 * reason may be missing, as many servers leave it out; and codes above 599 are read, never as success.
 * Neighbours: scan-head.ts drives it. Must not know: fields.
 */
import { FIELD_VALUE } from '../ground/grammar.js'
import { limitFault, startLineFault } from './head-faults.js'
import type { StartLine } from './scan-head.js'

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const ZERO = 0x30
const NINE = 0x39
/** `HTTP/1.` */
const PREFIX: readonly number[] = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e]
const MINOR = 7
const CODE = 9
const CODE_END = 12
const REASON = 13

/** Reads one status line after the other; the fields tell of the last complete one. */
export class StatusLine implements StartLine {
  readonly section = 'response head'
  /** 0 or 1. */
  minor = 1
  status = 0
  /** Where the reason phrase lies, counted from the start of the line. */
  reasonStart = 0
  reasonEnd = 0
  readonly #maxBytes: number

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  scan(bytes: Buffer, base: number, from: number, end: number): number {
    const limit = base + this.#maxBytes
    const stop = end < limit ? end : limit
    let pos = from === base && stop - base >= CODE_END && isUsual(bytes, base) ? base + CODE_END : from
    for (; pos < stop && pos - base < CODE_END; pos++)
      if (!fits(pos - base, bytes[pos]!)) throw fault(bytes, base, end)
    if (pos === base + CODE_END && pos < stop && bytes[pos] !== CR) {
      if (bytes[pos++] !== SP) throw fault(bytes, base, end)
    }
    while (pos < stop && FIELD_VALUE[bytes[pos]!] === 1) pos++
    if (pos < stop && bytes[pos] !== CR)
      throw startLineFault('response head', 'control character in the reason phrase', bytes, base, end)
    if (pos + 1 < stop) {
      if (bytes[pos + 1] !== LF) throw startLineFault('response head', 'CR without LF', bytes, base, end)
      this.#finish(bytes, base, pos)
      return ~(pos + 2)
    }
    if (end >= limit) throw limitFault('response head', `${this.#maxBytes} bytes for its status line`)
    return pos
  }

  #finish(bytes: Buffer, base: number, end: number): void {
    this.minor = bytes[base + MINOR]! - ZERO
    this.status =
      (bytes[base + CODE]! - ZERO) * 100 +
      (bytes[base + CODE + 1]! - ZERO) * 10 +
      bytes[base + CODE + 2]! -
      ZERO
    this.reasonEnd = end - base
    this.reasonStart = this.reasonEnd < REASON ? this.reasonEnd : REASON
  }
}

// The common case at full speed; whatever is not it is looked at place by place.
function isUsual(bytes: Buffer, base: number): boolean {
  return (
    bytes[base] === 0x48 &&
    bytes[base + 1] === 0x54 &&
    bytes[base + 2] === 0x54 &&
    bytes[base + 3] === 0x50 &&
    bytes[base + 4] === 0x2f &&
    bytes[base + 5] === 0x31 &&
    bytes[base + 6] === 0x2e &&
    bytes[base + 7] === 0x31 &&
    bytes[base + 8] === SP &&
    fits(CODE, bytes[base + 9]!) &&
    fits(CODE + 1, bytes[base + 10]!) &&
    fits(CODE + 2, bytes[base + 11]!)
  )
}

function fits(place: number, byte: number): boolean {
  if (place < MINOR) return byte === PREFIX[place]
  if (place === MINOR) return byte === ZERO || byte === ZERO + 1
  if (place === MINOR + 1) return byte === SP
  return byte <= NINE && byte >= (place === CODE ? ZERO + 1 : ZERO)
}

function fault(bytes: Buffer, base: number, end: number): Error {
  return startLineFault('response head', 'not an HTTP/1.0 or HTTP/1.1 status line', bytes, base, end)
}
