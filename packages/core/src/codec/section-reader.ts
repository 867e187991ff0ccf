/**
 * Brings a head or a trailer section together, wherever the bytes were cut.
 *
 * Rule: the usual case, a section that lies whole in one chunk, is scanned where it lies and copied once, into its string.
 * Otherwise its bytes are collected, scanned as they come (so a fault shows at once) and once more when complete. Both ways
 * are linear, and both go through the same scanner, so they cannot disagree.
 * Neighbours: scan-head.ts judges, receive-buffer.ts keeps. Must not know: what the section says.
 */
import { ReceiveBuffer } from './receive-buffer.js'
import type { HeadScanner } from './scan-head.js'

/** One per section kind; `reset` after the section was used. */
export class SectionReader {
  /** The section, line ends included, once `read` has found its end. */
  text = ''
  readonly scanner: HeadScanner
  readonly #maxBytes: number
  readonly #buffer: ReceiveBuffer = new ReceiveBuffer()

  constructor(scanner: HeadScanner, maxBytes: number) {
    this.scanner = scanner
    this.#maxBytes = maxBytes
  }

  /** Whether a part of a section has come. */
  get started(): boolean {
    return this.#buffer.length > 0
  }

  /** Goes on with `chunk[start, end)`. Returns the position behind the section, or -1 when all was taken and more is needed. */
  read(chunk: Buffer, start: number, end: number): number {
    if (this.#buffer.length > 0) return this.#readOn(chunk, start, end)
    const next = this.scanner.scan(chunk, start, end)
    if (next < 0) this.#buffer.append(chunk, start, end)
    else this.text = chunk.toString('latin1', start, next)
    return next
  }

  /** Ready for the next section. */
  reset(): void {
    this.text = ''
    this.scanner.reset()
    if (this.#buffer.length > 0) this.#buffer.clear()
  }

  #readOn(chunk: Buffer, start: number, end: number): number {
    const before = this.#buffer.length
    // One byte more than allowed is what the scanner needs to see that the limit is passed.
    this.#buffer.append(chunk, start, Math.min(end, start + this.#maxBytes + 1 - before))
    const next = this.scanner.scan(this.#buffer.bytes, 0, this.#buffer.length)
    if (next < 0) return -1
    this.scanner.reset()
    this.scanner.scan(this.#buffer.bytes, 0, next)
    this.text = this.#buffer.bytes.toString('latin1', 0, next)
    return start + next - before
  }
}
