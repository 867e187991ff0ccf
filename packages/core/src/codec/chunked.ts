/**
 * The chunked coding (RFC 9112 §7.1).
 *
 * Rule: strict at every byte between the data, free of copies within it. Sizes are hexadecimal digits and nothing else, at
 * most 2^53 - 1; lines end with CRLF; data is followed by CRLF. Whatever the peer can repeat is summed over the message:
 * extension bytes, trailer bytes, trailer lines. A trailer that would frame or govern the connection is refused, so that
 * nobody can be tempted to merge it into the head.
 * Neighbours: codec.ts and server-codec.ts; chunk-extension.ts; section-reader.ts for trailers. Must not know: heads.
 */
import { InvalidChunkLength, InvalidHeader, ProtocolError, quotePeerText } from '../ground/errors.js'
import type { Limits } from '../ground/limits.js'
import { BAD_EXTENSION, LINE_END, nextPlace, WANTS_NAME, WANTS_SEMICOLON } from './chunk-extension.js'
import { isFramingField } from './head-fields.js'
import { readFieldLines } from './parse-head.js'
import { HeadScanner } from './scan-head.js'
import { SectionReader } from './section-reader.js'

const HTAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const SEMICOLON = 0x3b
/** Sixteen digits say any 64-bit size; more are only zeros in front. */
const MAX_SIZE_DIGITS = 16
const MAX_QUOTED = 101

// What the next byte belongs to.
const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const AFTER_LAST = 6
const FINAL_LF = 7
const TRAILERS = 8

/** The value of each hexadecimal digit, 255 elsewhere. */
const HEX: Uint8Array = hexTable()

/** Who gets the data: valid only during the call. */
export interface BodySink {
  onBody(chunk: Buffer, start: number, end: number): void
}

/** Reads one chunked body after the other; `reset` before each. */
export class ChunkedDecoder {
  /** Data bytes of this body so far. */
  received = 0
  /** `[name, value…]` of the trailer section, once the body is complete and had one. */
  trailers: string[] | undefined = undefined
  readonly #limits: Limits
  #place = SIZE
  #extensionPlace = LINE_END
  #size = 0
  #digits = 0
  #lineBytes = 0
  #extensionBytes = 0
  #trailerReader: SectionReader | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Ready for the next body. */
  reset(): void {
    this.received = 0
    this.trailers = undefined
    this.#extensionBytes = 0
    this.#startLine()
  }

  /** Goes on with `chunk[start, end)`. Returns the position behind the body, or -1 when all was taken and more is needed. */
  decode(chunk: Buffer, start: number, end: number, sink: BodySink): number {
    let pos = start
    while (pos < end) {
      switch (this.#place) {
        case SIZE:
          pos = this.#readSize(chunk, start, pos, end)
          break
        case EXTENSION:
          pos = this.#readExtension(chunk, pos, end)
          break
        case SIZE_LF:
          pos = behind(LF, chunk, pos, end, 'CR without LF behind a chunk size')
          this.#place = this.#size === 0 ? AFTER_LAST : DATA
          break
        case DATA:
          pos = this.#readData(chunk, pos, end, sink)
          break
        case DATA_CR:
          pos = behind(CR, chunk, pos, end, 'chunk data is not followed by CRLF')
          this.#place = DATA_LF
          break
        case DATA_LF:
          pos = behind(LF, chunk, pos, end, 'chunk data is not followed by CRLF')
          this.#startLine()
          break
        case AFTER_LAST:
          this.#place = TRAILERS
          if (chunk[pos] !== CR) break
          this.#place = FINAL_LF
          pos++
          break
        case FINAL_LF:
          return behind(LF, chunk, pos, end, 'CR without LF behind the last chunk')
        default:
          return this.#readTrailers(chunk, pos, end)
      }
    }
    return -1
  }

  #startLine(): void {
    this.#place = SIZE
    this.#size = 0
    this.#digits = 0
    this.#lineBytes = 0
  }

  #readSize(chunk: Buffer, start: number, from: number, end: number): number {
    let pos = from
    let size = this.#size
    let digits = this.#digits
    for (; pos < end; pos++) {
      const digit = HEX[chunk[pos]!]!
      if (digit === 255) break
      size = size * 16 + digit
      if (++digits > MAX_SIZE_DIGITS || size > Number.MAX_SAFE_INTEGER)
        throw sizeFault('chunk size is too large', chunk, start, pos, digits, end)
    }
    this.#size = size
    this.#digits = digits
    if (pos === end) return pos
    const byte = chunk[pos]
    if (digits === 0)
      throw sizeFault('chunk size is not a hexadecimal number', chunk, start, pos, digits, end)
    if (byte === CR) this.#place = SIZE_LF
    else if (byte === SEMICOLON || byte === SP || byte === HTAB) this.#startExtension(byte)
    else throw sizeFault('chunk size is not a hexadecimal number', chunk, start, pos, digits, end)
    return pos + 1
  }

  #startExtension(byte: number): void {
    this.#extensionPlace = byte === SEMICOLON ? WANTS_NAME : WANTS_SEMICOLON
    this.#lineBytes = this.#digits + 1
    this.#extensionBytes++
    this.#place = EXTENSION
  }

  #readExtension(chunk: Buffer, from: number, end: number): number {
    for (let pos = from; pos < end; pos++) {
      this.#extensionPlace = nextPlace(this.#extensionPlace, chunk[pos]!)
      if (this.#extensionPlace === LINE_END) {
        this.#place = SIZE_LF
        return pos + 1
      }
      if (this.#extensionPlace === BAD_EXTENSION)
        throw framingFault('malformed chunk extension', chunk, pos, end)
      if (++this.#lineBytes > this.#limits.maxChunkLineBytes)
        throw limitFault(`${this.#limits.maxChunkLineBytes} bytes for one chunk-size line`)
      if (++this.#extensionBytes > this.#limits.maxChunkExtensionBytes)
        throw limitFault(`${this.#limits.maxChunkExtensionBytes} bytes of chunk extensions`)
    }
    return end
  }

  #readData(chunk: Buffer, pos: number, end: number, sink: BodySink): number {
    const available = end - pos
    const taken = available < this.#size ? available : this.#size
    this.#size -= taken
    this.received += taken
    if (this.#size === 0) this.#place = DATA_CR
    sink.onBody(chunk, pos, pos + taken)
    return pos + taken
  }

  #readTrailers(chunk: Buffer, pos: number, end: number): number {
    const { maxTrailerBytes, maxHeaderCount } = this.#limits
    this.#trailerReader ??= new SectionReader(
      new HeadScanner(undefined, maxTrailerBytes, maxHeaderCount),
      maxTrailerBytes,
    )
    const reader = this.#trailerReader
    const next = reader.read(chunk, pos, end)
    if (next < 0) return -1
    const trailers = readFieldLines(reader.text, reader.scanner, undefined)
    reader.reset()
    for (let i = 0; i < trailers.length; i += 2) {
      const name = trailers[i]!
      if (isFramingField(name))
        throw new InvalidHeader(`field ${quotePeerText(name)} is not allowed in a trailer section`, {
          phase: 'body',
        })
    }
    this.trailers = trailers
    return next
  }
}

/** The position behind `byte`, which must stand at `pos`. */
function behind(byte: number, chunk: Buffer, pos: number, end: number, otherwise: string): number {
  if (chunk[pos] !== byte) throw framingFault(otherwise, chunk, pos, end)
  return pos + 1
}

function sizeFault(
  what: string,
  chunk: Buffer,
  start: number,
  pos: number,
  digits: number,
  end: number,
): InvalidChunkLength {
  const from = Math.max(start, pos - digits)
  const lineEnd = chunk.subarray(0, end).indexOf(CR, pos)
  const text = chunk.toString('latin1', from, Math.min(lineEnd < 0 ? end : lineEnd, from + MAX_QUOTED))
  return new InvalidChunkLength(`${what}: ${quotePeerText(text)}`, { phase: 'body', chunk: text })
}

function framingFault(what: string, chunk: Buffer, pos: number, end: number): ProtocolError {
  return new ProtocolError(
    `${what}: ${quotePeerText(chunk.toString('latin1', pos, Math.min(end, pos + MAX_QUOTED)))}`,
    { phase: 'body' },
  )
}

function limitFault(what: string): ProtocolError {
  return new ProtocolError(`chunked body exceeds the limit of ${what}`, { phase: 'body' })
}

function hexTable(): Uint8Array {
  const table = new Uint8Array(256).fill(255)
  for (const digit of '0123456789ABCDEFabcdef') table[digit.charCodeAt(0)] = Number.parseInt(digit, 16)
  return table
}
