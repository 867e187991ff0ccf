/**
 * What a response is made of, by core or by a plugin that answers in the origin's place.
 *
 * Whatever form the body is given in, the response reads it through one interface: see body-source.ts.
 */
import type { Duplex } from 'node:stream'
import { type BodySource, BytesSource, IterableSource } from './body-source.js'
import type { HeadersInput } from './headers.js'
import type { HistoryEntry } from './history.js'
import type { ConnectionFacts, ResponseTimings } from './response-facts.js'

/** What a response is made of. Everything but `status` has a default, so that a plugin can answer by itself. */
export interface HTTPResponseInit {
  /** 100 to 999. */
  readonly status: number
  /** The reason phrase. Default empty. */
  readonly reason?: string
  /** Default '1.1'. */
  readonly httpVersion?: '1.0' | '1.1'
  /** The fields. Default none. */
  readonly headers?: HeadersInput
  /** Default: the URL of the request that it answers. */
  readonly url?: string
  /** Earlier attempts; core fills them in. */
  readonly history?: readonly HistoryEntry[]
  /** Text, bytes, or an async iterable of bytes that is read as the caller reads. Default: an empty body. */
  readonly body?: string | Uint8Array | BodySource | AsyncIterable<Uint8Array> | undefined
  /** Tells the timings when they are asked for. */
  readonly times?: {
    /** Asked each time the timings are read. */
    timings(): ResponseTimings
  }
  /** The connection that carried it. Default none: a response that a plugin made. */
  readonly connection?: ConnectionFacts
  /** The bare stream after `101 Switching Protocols`. */
  readonly duplex?: Duplex | undefined
}

/** An empty source has no state to share by mistake: one serves all responses without a body. */
const NOTHING: BodySource = new BytesSource(Buffer.alloc(0))

/** The source that a response reads its body from. */
export function sourceOf(body: HTTPResponseInit['body']): BodySource {
  if (body === undefined) return NOTHING
  if (typeof body === 'string') return new BytesSource(Buffer.from(body))
  if (body instanceof Uint8Array) return new BytesSource(body)
  return Symbol.asyncIterator in body ? new IterableSource(body) : body
}
