/**
 * One buffer for a whole body, while it arrives.
 *
 * A body of known length is read straight to where it belongs, and one that has to grow is copied as seldom as can be: what is
 * allocated anew costs more than what is copied. Knows nothing of who reads.
 */

/** Below this much left to read, aiming the read costs more than the copy that it saves. */
const AIM_BYTES = 32_768

/**
 * A declared length is trusted with this much memory up front; beyond it the buffer grows with what has really
 * arrived, so that a lying Content-Length costs the liar and not us.
 */
const MAX_UPFRONT_BYTES = 16_777_216

/** Once the memory for a part of a longer one is full but for a read, the length is trusted with so many times as much. */
const TRUST_FACTOR = 16

const EMPTY: Buffer = Buffer.alloc(0)

/** See the file's head. */
export class WholeBody {
  readonly #declared: number | undefined
  #bytes: Buffer | undefined
  #length = 0

  constructor(declaredLength: number | undefined) {
    this.#declared = declaredLength
  }

  append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start
    let target = this.#bytes
    const inPlace =
      target !== undefined &&
      needed <= target.length &&
      chunk.buffer === target.buffer &&
      chunk.byteOffset + start === target.byteOffset + this.#length
    if (!inPlace) {
      if (target === undefined || target.length < needed) target = this.#grow(needed)
      chunk.copy(target, this.#length, start, end)
    }
    this.#length = needed
  }

  /** Where the next read should land. Only a declared length tells that nothing but body comes. */
  target(): Buffer | undefined {
    const declared = this.#declared
    if (declared === undefined || this.#bytes === undefined || declared - this.#length < AIM_BYTES)
      return undefined
    const room = this.#bytes.length - this.#length
    const bytes = room < AIM_BYTES ? this.#grow(this.#length + AIM_BYTES) : this.#bytes
    return bytes.subarray(this.#length, Math.min(bytes.length, declared))
  }

  /** All of it. */
  take(): Buffer {
    const bytes = this.#bytes ?? EMPTY
    this.#bytes = undefined
    if (bytes.length === this.#length) return bytes
    const used = bytes.subarray(0, this.#length)
    // Slack of more than a quarter is worth one copy: the caller may keep the body for long.
    return used.length * 4 < bytes.length * 3 ? Buffer.from(used) : used
  }

  #grow(needed: number): Buffer {
    const declared = this.#declared
    const old = this.#bytes
    let size = old === undefined ? needed : Math.max(needed, old.length * 2)
    if (declared !== undefined) {
      const trusted = declared <= MAX_UPFRONT_BYTES ? declared : Math.ceil(declared / TRUST_FACTOR)
      size = Math.max(size, Math.min(trusted, MAX_UPFRONT_BYTES), (old?.length ?? 0) * TRUST_FACTOR)
      size = Math.max(needed, Math.min(size, declared))
    }
    const grown = Buffer.allocUnsafe(size)
    old?.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
    return grown
  }
}
