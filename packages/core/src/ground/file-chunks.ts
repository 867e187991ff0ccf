// The bytes of a file or a range of it, read while they are sent.
//
// Rule: one piece is read while the one before is written, and a piece that its consumer gives back is read into again, so
// that a file of any size goes through two buffers. A consumer that gives nothing back, because it keeps the bytes or cannot
// tell when they have gone, gets new memory each time.
//
// Not a generator, whose `return` would wait for a pending read. Neighbours: file-body.ts. Must not know: sockets.

import { type FileHandle, open } from 'node:fs/promises'
import { giveBackMemory, takeMemory } from './copy-shelf.js'
import { RequestError } from './errors.js'
import { FILE_READ_BYTES } from './limits.js'

type Step = IteratorResult<Uint8Array, undefined>

const END: Step = Object.freeze({ done: true, value: undefined })

/** See the file's head. */
export class FileChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #path: string | URL
  readonly #fileSize: number
  #position: number
  #left: number
  #file: Promise<FileHandle> | undefined
  #ahead: Promise<Uint8Array> | undefined
  #free: Buffer | undefined
  #over = false

  constructor(path: string | URL, start: number, length: number, fileSize: number) {
    this.#path = path
    this.#position = start
    this.#left = length
    this.#fileSize = fileSize
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<Step> {
    if (this.#over) return END
    try {
      this.#file ??= this.#open()
      const file = await this.#file
      if (this.#left > 0) this.#ahead ??= this.#read(file)
      const piece = await this.#ahead
      this.#ahead = undefined
      if (piece === undefined || this.#over) return await this.return()
      if (this.#left > 0) this.#readAhead(file)
      return { done: false, value: piece }
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<Step> {
    if (this.#over) return END
    this.#over = true
    const free = this.#free
    this.#free = undefined
    if (free !== undefined) giveBackMemory(free)
    const file = await this.#file?.catch(() => undefined)
    // Waits for a read that is under way.
    await file?.close()
    return END
  }

  /** `piece` came from here and is of no use to anybody any more. */
  giveBack(piece: Uint8Array): void {
    const { buffer } = piece
    if (buffer.byteLength !== FILE_READ_BYTES) return
    const memory = Buffer.from(buffer as ArrayBuffer)
    if (this.#over || this.#free !== undefined) giveBackMemory(memory)
    else this.#free = memory
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'r').catch((cause: unknown) => {
      throw new RequestError('the file of the body can no longer be read', { phase: 'send', cause })
    })
    const { size } = await file.stat()
    if (size === this.#fileSize) return file
    await file.close()
    throw changed()
  }

  /** A failure waits until its piece is asked for. */
  #readAhead(file: FileHandle): void {
    this.#ahead = this.#read(file)
    this.#ahead.catch(() => undefined)
  }

  async #read(file: FileHandle): Promise<Uint8Array> {
    const memory = this.#free ?? takeMemory(FILE_READ_BYTES)
    this.#free = undefined
    const wanted = Math.min(FILE_READ_BYTES, this.#left)
    const { bytesRead } = await file.read(memory, 0, wanted, this.#position)
    if (bytesRead === 0) throw changed()
    this.#position += bytesRead
    this.#left -= bytesRead
    return memory.subarray(0, bytesRead)
  }
}

function changed(): RequestError {
  return new RequestError('the file of the body changed its size since the request was made', {
    phase: 'send',
  })
}
