/**
 * What a caller gets for a request: head, facts about the exchange, and the body, once.
 *
 * The body is either all here (`data`, when it was preloaded) or pulled from a BodySource. Reading to the end,
 * an error, an abort, `close()` and `release()` each give the connection back; the source sees to that.
 */

import { type Duplex, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { BodyPieces } from './body-pieces.js'
import { type BodySource, LayeredSource } from './body-source.js'
import { ResponseError } from './errors.js'
import { fill } from './fill.js'
import { HTTPHeaders } from './headers.js'
import type { HistoryEntry } from './history.js'
import { DEFAULT_LIMITS } from './limits.js'
import type { ConnectionFacts, ResponseTimings } from './response-facts.js'
import { NO_TIMINGS } from './response-facts.js'
import { type HTTPResponseInit, sourceOf } from './response-init.js'
import { retraced } from './retraced.js'

export type { HTTPResponseInit } from './response-init.js'

const NO_HISTORY: readonly HistoryEntry[] = []
/**
 * An HTTP response.
 *
 * @example
 * ```ts
 * const response = await pool.request('GET', '/users/7')
 * if (response.ok) console.log(await response.json())
 * ```
 */
export class HTTPResponse {
  /** The status code, 100 to 999. */
  readonly status: number
  /** The reason phrase; often empty. RFC 9112 §4 */
  readonly reason: string
  /** The version in the status line. */
  readonly httpVersion: '1.0' | '1.1'
  /** The fields of the head, in order, as they came. */
  readonly headers: HTTPHeaders
  /** The stream of the new protocol after `101 Switching Protocols`; left-over bytes are the first to be read. */
  readonly duplex: Duplex | undefined
  /** The body, when it was preloaded; otherwise `undefined`. */
  data: Buffer | undefined
  #url: string
  #history: readonly HistoryEntry[]
  readonly #times: { timings(): ResponseTimings } | undefined
  readonly #connection: ConnectionFacts | undefined
  #source: BodySource
  #pending: Buffer | undefined
  #trailers: HTTPHeaders | undefined
  #taken = false
  /** Whether a piece of the body was asked for. */
  #touched = false
  #given = false
  #reading = false

  constructor(init: HTTPResponseInit) {
    this.status = init.status
    this.reason = init.reason ?? ''
    this.httpVersion = init.httpVersion ?? '1.1'
    this.headers = init.headers instanceof HTTPHeaders ? init.headers : new HTTPHeaders(init.headers)
    this.duplex = init.duplex
    this.data = undefined
    this.#url = init.url ?? ''
    this.#history = init.history ?? NO_HISTORY
    this.#times = init.times
    this.#connection = init.connection
    this.#source = sourceOf(init.body)
  }

  /** The absolute URL that answered, without user information. After redirects, the last one; a fragment is kept. */
  get url(): string {
    return this.#url
  }

  /** Every earlier attempt of the call, oldest first: method sent, URL, status or error, location, delay. */
  get history(): readonly HistoryEntry[] {
    return this.#history
  }

  /** How long each step took, in milliseconds. */
  get timings(): ResponseTimings {
    return this.#times?.timings() ?? NO_TIMINGS
  }

  /** The connection that carried the exchange; `undefined` when no connection did. */
  get connection(): ConnectionFacts | undefined {
    return this.#connection
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The trailer fields; empty until the body has ended. RFC 9112 §7.1.2 */
  get trailers(): HTTPHeaders {
    if (this.#trailers === undefined || this.#trailers.size === 0) {
      this.#trailers = HTTPHeaders.fromRaw(this.#source.rawTrailers)
    }
    return this.#trailers
  }

  /** Body bytes still to come on the wire; `undefined` when the length was not declared. */
  get lengthRemaining(): number | undefined {
    return this.data !== undefined ? 0 : this.#source.lengthRemaining
  }

  /** The whole body. On a streamed response only once; afterwards a `ResponseError`. */
  async bytes(): Promise<Buffer> {
    if (this.data !== undefined) return this.data
    if (this.#taken || this.#reading)
      throw new ResponseError('the body of this response has already been read, or is being read')
    this.#taken = true
    const pending = this.#pending
    this.#pending = undefined
    try {
      const rest = await this.#source.all()
      return pending === undefined ? rest : Buffer.concat([pending, rest])
    } catch (error) {
      throw retraced(error)
    }
  }

  /** The whole body as UTF-8 text; a byte order mark is dropped, invalid bytes become U+FFFD. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** The whole body parsed as JSON. Rejects with a `SyntaxError` when it is not. */
  async json<T = unknown>(): Promise<T> {
    return JSON.parse(await this.text()) as T
  }

  /**
   * Exactly `size` bytes of the body, fewer only at its end, none after it. Without `size`, everything left.
   * urllib3: `read(amt)`.
   */
  async read(size?: number): Promise<Buffer> {
    if (this.#reading) throw new ResponseError('a read of this body is already under way; one at a time')
    this.#reading = true
    try {
      return await this.#read(size)
    } catch (error) {
      throw retraced(error)
    } finally {
      this.#reading = false
    }
  }

  async #read(size: number | undefined): Promise<Buffer> {
    if (size === undefined) {
      const chunks: Buffer[] = []
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) chunks.push(chunk)
      return Buffer.concat(chunks)
    }
    if (!Number.isSafeInteger(size) || size < 0)
      throw new RangeError(`read(${size}): the size is not a count of bytes`)
    const parts: Buffer[] = []
    let missing = size
    while (missing > 0) {
      const chunk = await this.#next()
      if (chunk === undefined) break
      if (chunk.length > missing) this.#pending = chunk.subarray(missing)
      parts.push(chunk.length > missing ? chunk.subarray(0, missing) : chunk)
      missing -= Math.min(missing, chunk.length)
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  /**
   * Fills `target` with the next bytes of the body and says how many there were: fewer than fit only at its end, 0 after it;
   * where it breaks off, the next call fails. The cheapest way to pass a long body on, as one buffer does for all. urllib3: `readinto(buf)`.
   */
  async readInto(target: Uint8Array): Promise<number> {
    if (this.#reading) throw new ResponseError('a read of this body is already under way; one at a time')
    this.#reading = true
    try {
      const direct = this.#pending === undefined && this.data === undefined
      this.#touched = true
      const bytes = direct ? await this.#source.nextInto?.(target) : undefined
      if (bytes !== undefined) return bytes
      const { filled, rest } = await fill(target, () => this.#next())
      this.#pending ??= rest
      return filled
    } catch (error) {
      throw retraced(error)
    } finally {
      this.#reading = false
    }
  }

  /**
   * The body in pieces: as they come, or of exactly `chunkBytes` with only the last one shorter. Leaving the
   * loop early closes the response.
   */
  stream(chunkBytes?: number): AsyncGenerator<Buffer, void, undefined> {
    const next = chunkBytes === undefined ? () => this.#next() : () => this.read(chunkBytes)
    return new BodyPieces(next, () => this.close())
  }

  /** For `for await`: as `stream()`. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    return this.stream()
  }

  /** The body as a web stream; cancelling it closes the response. */
  toWeb(): ReadableStream<Uint8Array> {
    return Readable.toWeb(this.toNode()) as ReadableStream<Uint8Array>
  }

  /** The body as a Node stream; destroying it closes the response. */
  toNode(): Readable {
    const next = (): Promise<Buffer | undefined> | Buffer | undefined => this.#next()
    const close = (): void => this.close()
    return new Readable({
      read(this: Readable) {
        Promise.resolve(next()).then(
          (chunk) => this.push(chunk ?? null),
          (error: Error) => this.destroy(error),
        )
      },
      destroy(error, done) {
        close()
        done(error)
      },
    })
  }

  /**
   * Reads the rest of the body and forgets it, so that the connection can serve again; a body longer than
   * `maxBytes` (default 64 KiB) closes the connection instead. Never decodes, never rejects.
   */
  async drain(maxBytes: number = DEFAULT_LIMITS.maxDrainBytes): Promise<void> {
    this.#pending = undefined
    if (this.data === undefined) await this.#source.drain(maxBytes)
  }

  /** Gives the connection back: to the pool when the body has ended, closed when bytes are unread. Idempotent. */
  release(): void {
    this.#pending = undefined
    this.#source.release()
  }

  /** Lets go of the body; the connection is closed unless the body had ended. Idempotent. */
  close(): void {
    this.#pending = undefined
    this.#source.close()
  }

  /** For `await using`: as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #next(): Promise<Buffer | undefined> | Buffer | undefined {
    if (this.#pending !== undefined) {
      const pending = this.#pending
      this.#pending = undefined
      return pending
    }
    if (this.data !== undefined) {
      if (this.#given) return undefined
      this.#given = true
      return this.data.length === 0 ? undefined : this.data
    }
    this.#touched = true
    return this.#source.next()
  }

  /** @internal Core fills in what only the end of an attempt knows. */
  static complete(response: HTTPResponse, url: string, history: readonly HistoryEntry[]): HTTPResponse {
    if (response.#url === '') response.#url = url
    response.#history = history
    return response
  }

  /** @internal The source, for core to dispose of the body of a response that is not delivered. */
  static sourceOf(response: HTTPResponse): BodySource {
    return response.#source
  }

  /** @internal Whether somebody has read from the body, so that another reader would take what is left for all of it. */
  static isTaken(response: HTTPResponse): boolean {
    return (response.#taken || response.#touched) && response.data === undefined
  }

  /** @internal `response` takes the place of another: letting go of its body lets go of the other's too. */
  static replace(response: HTTPResponse, other: HTTPResponse): void {
    if (response !== other) response.#source = new LayeredSource(response.#source, other.#source)
  }

  /** @internal The trailers of a preloaded body. */
  static setTrailers(response: HTTPResponse, raw: readonly string[]): void {
    response.#trailers = HTTPHeaders.fromRaw(raw)
  }
}
