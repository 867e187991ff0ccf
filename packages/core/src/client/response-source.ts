/**
 * The body of a streamed response, as HTTPResponse reads it: network bytes, decoded on the way when asked for.
 *
 * It must not know the HTTPResponse: a response that nobody holds any more has to be collectable, so that the
 * watch in `unread-watch.ts` can give its connection back.
 */
import type { ResponseBody } from '../connection/response-body.js'
import { type Coding, decodeWhole, StreamDecoder } from '../decode/decode.js'
import type { BodySource } from '../ground/body-source.js'
import { describeFailure, HTTPError } from '../ground/errors.js'
import type { Lease } from '../pool/lease.js'

/** What a network body is read with. */
export interface ResponseSourceInit {
  readonly body: ResponseBody
  readonly codings: readonly Coding[] | undefined
  readonly maxDecodedBytes: number | undefined
  /** The lease, when the caller must release it; otherwise the end of the message does. */
  readonly heldLease: Lease | undefined
  /** Tells an error what the call knows. The body may be decoded long after the call has settled. */
  readonly exchange: { describe(error: HTTPError): void }
}

/** See the file's head. */
export class ResponseSource implements BodySource {
  readonly #body: ResponseBody
  readonly #init: ResponseSourceInit
  #decoder: StreamDecoder | undefined
  #over = false
  #failure: { readonly reason: unknown } | undefined

  constructor(init: ResponseSourceInit) {
    this.#body = init.body
    this.#init = init
    if (init.codings !== undefined) {
      const limits = { maxDecodedBytes: init.maxDecodedBytes }
      this.#decoder = new StreamDecoder(init.codings, limits, () => init.body.next())
    }
  }

  get ended(): boolean {
    return this.#over || (this.#body.ended && this.#init.heldLease?.released !== false)
  }

  get lengthRemaining(): number | undefined {
    const { declaredLength, received } = this.#body
    return declaredLength === undefined ? undefined : declaredLength - received
  }

  get rawTrailers(): readonly string[] {
    return this.#body.rawTrailers
  }

  next(): Promise<Buffer | undefined> | Buffer | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason)
    if (this.#over) return undefined
    return this.#decoder === undefined ? this.#body.next() : this.#decode(this.#decoder)
  }

  nextInto(target: Uint8Array): Promise<number> | number | undefined {
    if (this.#failure !== undefined || this.#over || this.#decoder !== undefined) return undefined
    return this.#body.nextInto(target)
  }

  async all(): Promise<Buffer> {
    if (this.#failure !== undefined) throw this.#failure.reason
    if (this.#over) return Buffer.alloc(0)
    if (this.#decoder !== undefined && this.#body.received > 0) return concat(this)
    const raw = await new Promise<Buffer>((resolve, reject) => {
      this.#body.collect({ onBody: resolve, onBodyFailure: reject })
    })
    const { codings, maxDecodedBytes } = this.#init
    if (codings === undefined) return raw
    try {
      return await decodeWhole(codings, raw, { maxDecodedBytes })
    } catch (error) {
      throw this.#described(error)
    }
  }

  async drain(maxBytes: number): Promise<void> {
    this.#stop()
    await this.#body.drain(maxBytes)
    this.#init.heldLease?.release(true, undefined)
  }

  release(): void {
    this.close()
  }

  close(): void {
    this.#stop()
    this.#body.discard()
    this.#init.heldLease?.release(true, undefined)
  }

  async #decode(decoder: StreamDecoder): Promise<Buffer | undefined> {
    try {
      return await decoder.read()
    } catch (error) {
      // What cannot be decoded is of no use to anybody: the connection need not carry the rest.
      this.close()
      this.#failure = { reason: error }
      throw this.#described(error)
    }
  }

  #described(error: unknown): unknown {
    // The answer came, so the request was there: not one to send again without thought.
    if (error instanceof HTTPError) this.#init.exchange.describe(describeFailure(error, { sent: 'all' }))
    return error
  }

  #stop(): void {
    this.#over = true
    this.#decoder?.destroy()
    this.#decoder = undefined
  }
}

async function concat(source: BodySource): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) chunks.push(chunk)
  return Buffer.concat(chunks)
}
