/**
 * Judges the bytes of a head, or of a trailer section, as they come, and notes where names and values lie.
 *
 * Rule: one pass, one table look-up per byte, resumable at any byte. It refuses at the first byte that no valid head can have
 * there, without waiting for the rest, so the verdict is the same however the bytes were cut. Lines end with CRLF only
 * (RFC 9112 §2.2 lets a recipient take a bare LF; we do not, since two readings of one message is how smuggling starts).
 * A folded line (§5.2) is refused for the same reason: some readers join it to the value before it, some take it for a line of its own.
 *
 * A CR at the end of the bytes is left for the next call, which is why the caller must offer the section from its start each
 * time. Only lines that lie there whole are noted: a section that came in pieces is scanned once more when it is complete. The spans
 * are shared by all scanners, since they are read right after `scan` returned the end. That saves every idle connection the table.
 * Neighbours: parse-head.ts reads the spans, status-line.ts and request-line.ts judge the first line.
 * Must not know: what a field means.
 */
import { FIELD_VALUE, TOKEN } from '../ground/grammar.js'
import { fieldFault, limitFault, type Section } from './head-faults.js'

const HTAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const COLON = 0x3a

// Where in the section the next byte stands.
const START_LINE = 0
const LINE = 1
const NAME = 2
const VALUE = 3

/** Optional white space. RFC 9110 §5.6.3 */
const WHITE: Uint8Array = new Uint8Array(256)
WHITE[SP] = 1
WHITE[HTAB] = 1

/** Judges a first line: from `from` on, the line starting at `base`. Returns the next position, or `~position` behind the line's end. */
export interface StartLine {
  readonly section: Section
  scan(bytes: Buffer, base: number, from: number, end: number): number
}

/** For each field line: name start, name end, value start, value end, counted from the start of the section. */
export let spans: Int32Array = new Int32Array(4 * 128)

/** One per codec; `reset` before each section. */
export class HeadScanner {
  /** Field lines seen. */
  lines = 0
  readonly #startLine: StartLine | undefined
  readonly #section: Section
  readonly #maxBytes: number
  readonly #maxLines: number
  #place: number
  #position = 0
  /** Where the line begins that an error quotes. */
  #lineStart = 0

  /** Without a start line it scans a trailer section. */
  constructor(startLine: StartLine | undefined, maxBytes: number, maxLines: number) {
    this.#startLine = startLine
    this.#section = startLine === undefined ? 'trailer section' : startLine.section
    this.#maxBytes = maxBytes
    this.#maxLines = maxLines
    this.#place = startLine === undefined ? LINE : START_LINE
  }

  /** To the start of a section. */
  reset(): void {
    this.lines = 0
    this.#position = 0
    this.#place = this.#startLine === undefined ? LINE : START_LINE
  }

  /** Goes on through `bytes[base, end)`, where the section starts at `base`. Returns the position behind its end, or -1. */
  scan(bytes: Buffer, base: number, end: number): number {
    const limit = base + this.#maxBytes
    const stop = end < limit ? end : limit
    let pos = base + this.#position
    if (this.#place === START_LINE) pos = this.#scanStartLine(bytes, base, pos, stop)
    if (this.#place === LINE) pos = this.#scanWholeLines(bytes, base, pos, stop)
    while (pos < stop && this.#place !== START_LINE) {
      if (this.#place === LINE) {
        const byte = bytes[pos]!
        if (byte === CR) {
          if (pos + 1 === stop) break
          return this.#behindLineEnd(bytes, pos, pos, end)
        }
        this.#beginLine(byte, bytes, base, pos, end)
      }
      pos = this.#scanFieldLine(bytes, base, pos, stop)
      if (this.#place !== LINE) break
    }
    this.#position = pos - base
    if (end > limit) throw limitFault(this.#section, `${this.#maxBytes} bytes`)
    return -1
  }

  #scanWholeLines(bytes: Buffer, base: number, from: number, end: number): number {
    let pos = this.#noteWholeLines(bytes, base, from, end)
    // Only where a caller allows more lines than the default.
    while (4 * this.lines === spans.length) {
      spans = grown(spans)
      pos = this.#noteWholeLines(bytes, base, pos, end)
    }
    return pos
  }

  // The common case at full speed: lines that lie there whole and plain. It only ever accepts; at anything else it stops, and
  // the careful way below decides about that line from its first byte.
  #noteWholeLines(bytes: Buffer, base: number, from: number, end: number): number {
    const table = spans
    const token = TOKEN
    const value = FIELD_VALUE
    const white = WHITE
    let lineStart = from
    let lines = this.lines
    for (; lines < this.#maxLines && 4 * lines < table.length; lines++) {
      const span = 4 * lines
      let pos = lineStart
      while (pos < end && token[bytes[pos]!] === 1) pos++
      if (pos === end || pos === lineStart || bytes[pos] !== COLON) break
      const nameEnd = pos++
      while (pos < end && white[bytes[pos]!] === 1) pos++
      const valueStart = pos
      while (pos < end && value[bytes[pos]!] === 1) pos++
      if (pos + 1 >= end || bytes[pos] !== CR || bytes[pos + 1] !== LF) break
      let valueEnd = pos
      while (valueEnd > valueStart && white[bytes[valueEnd - 1]!] === 1) valueEnd--
      table[span] = lineStart - base
      table[span + 1] = nameEnd - base
      table[span + 2] = valueStart - base
      table[span + 3] = valueEnd - base
      lineStart = pos + 2
    }
    this.#rememberLine(lines, table)
    return lineStart
  }

  #rememberLine(lines: number, table: Int32Array): void {
    if (lines === this.lines) return
    this.lines = lines
    this.#lineStart = table[4 * lines - 4]!
  }

  #scanStartLine(bytes: Buffer, base: number, from: number, stop: number): number {
    const pos = this.#startLine!.scan(bytes, base, from, stop)
    if (pos >= 0) return pos
    this.#place = LINE
    return ~pos
  }

  #beginLine(byte: number, bytes: Buffer, base: number, pos: number, end: number): void {
    if (byte === SP || byte === HTAB) throw this.#foldFault(bytes, base, pos, end)
    if (this.lines === this.#maxLines) throw limitFault(this.#section, `${this.#maxLines} field lines`)
    this.#lineStart = pos - base
    this.lines++
    this.#place = NAME
  }

  #foldFault(bytes: Buffer, base: number, pos: number, end: number): Error {
    if (this.lines === 0) return this.#fault('white space before the first field', bytes, pos, end)
    return this.#fault('folded field line', bytes, base + this.#lineStart, end)
  }

  #scanFieldLine(bytes: Buffer, base: number, from: number, end: number): number {
    const lineStart = base + this.#lineStart
    let pos = from
    if (this.#place === NAME) {
      while (pos < end && TOKEN[bytes[pos]!] === 1) pos++
      if (pos === end) return pos
      if (bytes[pos] !== COLON || pos === lineStart) throw this.#nameFault(bytes, lineStart, pos, end)
      this.#place = VALUE
      pos++ // behind the colon
    }
    while (pos < end && FIELD_VALUE[bytes[pos]!] === 1) pos++
    if (pos === end) return pos
    if (bytes[pos] !== CR) throw this.#fault('control character in a field value', bytes, lineStart, end)
    if (pos + 1 === end) return pos
    const next = this.#behindLineEnd(bytes, pos, lineStart, end)
    this.#place = LINE
    return next
  }

  #behindLineEnd(bytes: Buffer, pos: number, lineStart: number, end: number): number {
    if (bytes[pos + 1] !== LF) throw this.#fault('CR without LF', bytes, lineStart, end)
    return pos + 2
  }

  #nameFault(bytes: Buffer, lineStart: number, pos: number, end: number): Error {
    const what =
      pos === lineStart
        ? 'field line without a name'
        : 'field name with a character that is not allowed, or without a colon'
    return this.#fault(what, bytes, lineStart, end)
  }

  #fault(what: string, bytes: Buffer, lineStart: number, end: number): Error {
    return fieldFault(this.#section, what, bytes, lineStart, end)
  }
}

function grown(table: Int32Array): Int32Array {
  const larger = new Int32Array(2 * table.length)
  larger.set(table)
  return larger
}
