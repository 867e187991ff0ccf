// Where the frames of a zstd body begin and end, without decoding them. RFC 8878 §3.1
//
// Why it exists: node:zlib stops at the end of the first frame when a second one is in the same chunk, and before 24 it
// takes a body that is cut short for a complete one. Both are cured from outside when the input is cut at the ends of
// frames and the last frame is known to be whole; every block tells its size, so that takes no decoding.
//
// The size a frame declares is read for the same reason: whether the decoder compares it depends on how the frame was fed.
//
// Neighbours: coding-link.ts and decode-whole.ts cut by it. Must not know: node:zlib.

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const RLE_BLOCK = 1
const COMPRESSED_BLOCK = 2
const RESERVED_BLOCK = 3
const DICTIONARY_ID_BYTES: readonly number[] = [0, 1, 2, 4]
const CONTENT_SIZE_BYTES: readonly number[] = [0, 2, 4, 8]

type Step =
  | 'magic'
  | 'skip-size'
  | 'skip'
  | 'descriptor'
  | 'header'
  | 'content-size'
  | 'block'
  | 'content'
  | 'checksum'

/** Steps whose bytes are read as a little-endian number. */
const NUMBERS: ReadonlySet<Step> = new Set<Step>([
  'magic',
  'skip-size',
  'descriptor',
  'content-size',
  'block',
])

/** Follows the bytes of a body through its frames. */
export class ZstdFrames {
  #step: Step = 'magic'
  /** Bytes missing until the step is over. */
  #missing = 4
  /** Bytes seen of a step that is read as a little-endian number, and the number so far. */
  #seen = 0
  #value = 0
  #skippable = false
  #checksum = false
  #lastBlock = false
  #sizeBytes = 0
  #contentSize: number | undefined

  /** Whether the bytes seen so far end with a frame, or there were none. */
  get complete(): boolean {
    return this.#step === 'magic' && this.#seen === 0
  }

  /** Whether the frame that `advance` moved through is one to be skipped. */
  get skippable(): boolean {
    return this.#skippable
  }

  /** The content size that the frame at hand declared, once; `undefined` when it declared none or it was taken before. */
  takeContentSize(): number | undefined {
    const size = this.#contentSize
    this.#contentSize = undefined
    return size
  }

  /**
   * Moves on to the end of the frame at hand, or of the chunk.
   *
   * @returns the index after the last byte that belongs to this frame
   * @throws Error when no frame can begin like this, or a block has the reserved type or is compressed and empty
   */
  advance(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length) {
      if (isNumber(this.#step)) {
        this.#take(chunk[at] as number)
        at += 1
      } else {
        const size = Math.min(this.#missing, chunk.length - at)
        this.#missing -= size
        at += size
      }
      while (this.#missing === 0) {
        this.#enterNext()
        if (this.complete) return at
      }
    }
    return at
  }

  #take(byte: number): void {
    // The first bytes of the two magic numbers differ, so the kind of a frame is known before its magic is complete.
    if (this.#step === 'magic' && this.#seen === 0) this.#skippable = byte !== FRAME_MAGIC % 256
    this.#value += byte * 2 ** (8 * this.#seen)
    this.#seen += 1
    this.#missing -= 1
  }

  #enterNext(): void {
    const value = this.#value
    this.#seen = 0
    this.#value = 0
    switch (this.#step) {
      case 'magic':
        if (value === FRAME_MAGIC) this.#expect('descriptor', 1)
        else if (value - (value % 16) === SKIPPABLE_MAGIC) this.#expect('skip-size', 4)
        else throw new Error('unknown zstd frame')
        break
      case 'skip-size':
        this.#expect('skip', value)
        break
      case 'descriptor':
        this.#checksum = (value & 4) !== 0
        this.#sizeBytes = contentSizeBytes(value)
        this.#expect('header', headerBytes(value))
        break
      case 'header':
        if (this.#sizeBytes > 0) this.#expect('content-size', this.#sizeBytes)
        else this.#expect('block', 3)
        break
      case 'content-size':
        // Two bytes leave out what one byte can say. RFC 8878 §3.1.1.1.4
        this.#contentSize = this.#sizeBytes === 2 ? value + 256 : value
        this.#expect('block', 3)
        break
      case 'block':
        this.#enterBlock(value)
        break
      case 'content':
        if (!this.#lastBlock) this.#expect('block', 3)
        else if (this.#checksum) this.#expect('checksum', 4)
        else this.#expect('magic', 4)
        break
      default:
        this.#expect('magic', 4)
    }
  }

  #enterBlock(header: number): void {
    const type = (header >> 1) & 3
    if (type === RESERVED_BLOCK) throw new Error('zstd block of reserved type')
    // It cannot hold the headers of its sections (RFC 8878 §3.1.1.3); the decoder lets it pass when fed byte by byte.
    if (type === COMPRESSED_BLOCK && header >> 3 === 0) throw new Error('empty compressed zstd block')
    this.#lastBlock = (header & 1) === 1
    this.#expect('content', type === RLE_BLOCK ? 1 : header >> 3)
  }

  #expect(step: Step, bytes: number): void {
    this.#step = step
    this.#missing = bytes
  }
}

function isNumber(step: Step): boolean {
  return NUMBERS.has(step)
}

/** Window descriptor and dictionary id. RFC 8878 §3.1.1.1 */
function headerBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0
  return (singleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] as number)
}

function contentSizeBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  return sizeFlag === 0 && singleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] as number)
}
