// One link of a decoding chain: pulls coded chunks from above, gives decoded ones below.
//
// Rule: nothing is decoded that nobody asked for. The next input goes in only when all output has been read, and the
// engine stops by itself with one full buffer unread; so a bomb, however large, costs a buffer per link. node:zlib is
// driven by its public stream interface; the scars of that are marked below.
//
// Neighbours: engines.ts opens the stream, zstd-frames.ts cuts zstd input, stream-decoder.ts ties links together.
// Must not know: its place in the chain, HTTP.
import type { Coding } from './content-codings.js'
import { type Engine, mayFollowEnd, OUTPUT_BYTES, openEngine } from './engines.js'
import { barrenInput, brokenCoding, cutShort, decodedTooLarge, trailingBytes, wrongSize } from './failures.js'
import { ZstdFrames } from './zstd-frames.js'

/** Gives the next coded chunk; `undefined` at the end. */
export type ChunkSource = () => Promise<Buffer | undefined> | Buffer | undefined

/**
 * Input that may go in without a byte coming out. No encoder gets near it; endless gzip names, empty members, brotli
 * metadata, skippable zstd frames or padding would otherwise buy CPU time for nothing.
 */
const MAX_BARREN_BYTES = 1_048_576

const EMPTY: Buffer = Buffer.alloc(0)

/** See the file's head. One read at a time; after a failure the link is of no use. */
export class CodingLink {
  readonly #coding: Coding
  readonly #source: ChunkSource
  readonly #maxBytes: number
  readonly #frames: ZstdFrames | undefined
  #engine: Engine | undefined
  #input: Buffer = EMPTY
  /** The input last handed to the engine; once it has stopped, what it left of that. */
  #piece: Buffer = EMPTY
  #fed = 0
  #barren = 0
  #produced = 0
  /** `#produced` when the zstd frame at hand began. */
  #frameStart = 0
  /** A write or the final flush is under way. */
  #busy = false
  /** The engine met the end of the coded data before the end of its input. */
  #stopped = false
  #over = false
  #failure: unknown
  #resume: (() => void) | undefined

  /** @param maxBytes decoded bytes beyond which reading fails with BodyTooLarge */
  constructor(coding: Coding, source: ChunkSource, maxBytes: number) {
    this.#coding = coding
    this.#source = source
    this.#maxBytes = maxBytes
    this.#frames = coding === 'zstd' ? new ZstdFrames() : undefined
  }

  /** The next decoded chunk, at most 64 KiB; `undefined` at the end, once the end was found to be in order. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const engine = this.#engine
      const chunk = engine === undefined ? undefined : this.#take(engine)
      if (chunk !== undefined) return chunk
      if (this.#over) return undefined
      if (this.#busy) await new Promise<void>(this.#park)
      else if (this.#stopped) return await this.#checkRest()
      else if (!(await this.#feed())) return undefined
    }
  }

  /** Frees the engine. A waiting read fails. */
  destroy(): void {
    this.#failure ??= new Error('destroyed')
    this.#engine?.destroy()
    this.#wake()
  }

  #take(engine: Engine): Buffer | undefined {
    const chunk = engine.read(
      engine.readableLength > OUTPUT_BYTES ? OUTPUT_BYTES : undefined,
    ) as Buffer | null
    if (chunk === null) return undefined
    this.#barren = 0
    this.#produced += chunk.length
    if (this.#produced > this.#maxBytes) throw decodedTooLarge(this.#maxBytes)
    return chunk
  }

  /** Hands one piece of input to the engine. False when there is none and there was none. */
  async #feed(): Promise<boolean> {
    if (this.#frames?.complete === true) this.#checkFrame(this.#frames)
    if (this.#input.length === 0) {
      const chunk = await this.#source()
      if (this.#failure !== undefined) return true
      if (chunk === undefined) return this.#finish()
      this.#input = chunk
    }
    // Two bytes are needed to tell the two kinds of deflate apart.
    if (this.#engine === undefined && this.#coding === 'deflate' && this.#input.length === 1) {
      const chunk = await this.#source()
      if (this.#failure !== undefined) return true
      if (chunk === undefined) throw cutShort(this.#coding)
      this.#input = Buffer.concat([this.#input, chunk])
      if (chunk.length === 0) return true
    }
    const piece = this.#cut()
    if (piece.length > 0) this.#write(piece)
    return true
  }

  /** Takes the next piece off the input: at most a buffer, and not beyond the end of a zstd frame. */
  #cut(): Buffer {
    const piece = this.#input.subarray(0, OUTPUT_BYTES)
    const frames = this.#frames
    const end = frames === undefined ? piece.length : this.#frameEnd(frames, piece)
    this.#input = this.#input.subarray(end)
    this.#countBarren(end)
    return frames?.skippable === true ? EMPTY : piece.subarray(0, end)
  }

  #frameEnd(frames: ZstdFrames, piece: Buffer): number {
    try {
      return frames.advance(piece)
    } catch (error) {
      throw brokenCoding(this.#coding, error)
    }
  }

  /** To be called when all output of a frame has been read. */
  #checkFrame(frames: ZstdFrames): void {
    const declared = frames.takeContentSize()
    if (declared !== undefined && declared !== this.#produced - this.#frameStart) {
      throw wrongSize(this.#coding, declared)
    }
    this.#frameStart = this.#produced
  }

  #write(piece: Buffer): void {
    this.#engine ??= this.#open(piece)
    this.#piece = piece
    this.#fed += piece.length
    this.#busy = true
    this.#engine.write(piece, this.#written)
  }

  #open(first: Buffer): Engine {
    const engine = openEngine(this.#coding, first)
    engine.on('readable', this.#wake)
    engine.on('error', this.#failed)
    engine.on('end', this.#ended)
    return engine
  }

  #finish(): boolean {
    if (this.#frames?.complete === false) throw cutShort(this.#coding)
    if (this.#engine === undefined) return false
    this.#busy = true
    this.#engine.end()
    return true
  }

  async #checkRest(): Promise<undefined> {
    this.#checkPadding(this.#piece)
    this.#checkPadding(this.#input)
    for (let rest = await this.#source(); rest !== undefined; rest = await this.#source()) {
      if (this.#failure !== undefined) throw this.#failure
      this.#checkPadding(rest)
    }
    this.#over = true
    this.#engine?.destroy()
  }

  #checkPadding(rest: Buffer): void {
    this.#countBarren(rest.length)
    if (!mayFollowEnd(this.#coding, rest)) throw trailingBytes(this.#coding)
  }

  #countBarren(bytes: number): void {
    this.#barren += bytes
    if (this.#barren > MAX_BARREN_BYTES) throw barrenInput(this.#coding, MAX_BARREN_BYTES)
  }

  readonly #park = (resolve: () => void): void => {
    this.#resume = resolve
  }

  readonly #wake = (): void => {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  readonly #written = (error?: Error | null): void => {
    // A failed write is also reported as 'error', with what node:zlib has to say.
    if (error) return
    this.#busy = false
    this.#noteUnused()
    this.#wake()
  }

  /**
   * Only an engine that is through with its data leaves input unused, and nothing but this count says so in time: 'end'
   * is emitted turns later, and until then further writes would be accepted and dropped.
   */
  #noteUnused(): void {
    const unused = this.#fed - (this.#engine as Engine).bytesWritten
    if (this.#stopped || unused === 0) return
    this.#stopped = true
    this.#piece = this.#piece.subarray(this.#piece.length - unused)
  }

  readonly #failed = (error: unknown): void => {
    this.#failure ??= brokenCoding(this.#coding, error)
    this.#wake()
  }

  readonly #ended = (): void => {
    this.#busy = false
    this.#noteUnused()
    if (!this.#stopped) this.#over = true
    this.#wake()
  }
}
