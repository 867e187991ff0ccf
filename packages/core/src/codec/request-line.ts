/**
 * The request line, byte by byte: `GET /path HTTP/1.1` (RFC 9112 §3).
 *
 * Rule: one space between its parts, a method that is a token, a target of visible ASCII, HTTP/1.0 or HTTP/1.1. A wrong byte is
 * refused when it arrives; how long the line may be is the limit of the head. RFC 9112 §2.2 allows a server to skip empty lines before it; we do not, since our own client never
 * sends one and this server exists to notice what a client does wrong.
 * Neighbours: scan-head.ts drives it, server-codec.ts reads its results. Must not know: fields.
 */
import { TOKEN, VISIBLE } from '../ground/grammar.js'
import { MAX_METHOD_LENGTH } from '../ground/limits.js'
import { startLineFault } from './head-faults.js'
import type { StartLine } from './scan-head.js'

const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const ZERO = 0x30
/** `HTTP/1.` */
const PREFIX: readonly number[] = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e]
const VERSION_LENGTH = 8

/** Reads one request line after the other; the fields tell of the last complete one, counted from the start of the line; 0 is "not yet". */
export class RequestLine implements StartLine {
  readonly section = 'request head'
  /** 0 or 1. */
  minor = 1
  methodEnd = 0
  targetEnd = 0

  scan(bytes: Buffer, base: number, from: number, end: number): number {
    if (from === base) this.methodEnd = this.targetEnd = 0
    let pos = from
    if (this.methodEnd === 0) {
      while (pos < end && TOKEN[bytes[pos]!] === 1) pos++
      if (pos - base > MAX_METHOD_LENGTH) throw fault('method is too long', bytes, base, end)
      if (pos === end) return pos
      if (bytes[pos] !== SP || pos === base) throw fault('no method', bytes, base, end)
      this.methodEnd = pos++ - base
    }
    if (this.targetEnd === 0 && !this.#scanTarget(bytes, base, pos, end)) return end
    return this.#scanVersion(bytes, base, base + this.targetEnd + 1, end)
  }

  // Says whether the target has ended.
  #scanTarget(bytes: Buffer, base: number, from: number, end: number): boolean {
    let pos = from
    while (pos < end && VISIBLE[bytes[pos]!] === 1) pos++
    if (pos === end) return false
    if (bytes[pos] !== SP || pos === base + this.methodEnd + 1)
      throw fault('no request target', bytes, base, end)
    this.targetEnd = pos - base
    return true
  }

  #scanVersion(bytes: Buffer, base: number, start: number, end: number): number {
    const versionEnd = start + VERSION_LENGTH
    for (let pos = start; pos < end && pos < versionEnd + 2; pos++) {
      const place = pos - start
      const byte = bytes[pos]!
      const good =
        place < 7
          ? byte === PREFIX[place]
          : place === 7
            ? byte === ZERO || byte === ZERO + 1
            : byte === (place === 8 ? CR : LF)
      if (!good) throw fault('not HTTP/1.0 or HTTP/1.1', bytes, base, end)
    }
    if (end < versionEnd + 2) return start
    this.minor = bytes[versionEnd - 1]! - ZERO
    return ~(versionEnd + 2)
  }
}

function fault(what: string, bytes: Buffer, base: number, end: number): Error {
  return startLineFault('request head', what, bytes, base, end)
}
