/**
 * A response with its body passed through a function: what a plugin does that decompresses, decrypts, counts or keeps a
 * copy of what is read.
 *
 * Rule: everything else stays what it was, the facts that only core knows (connection, timings, trailers, what is left on
 * the wire) included, so that such a plugin is seen by nobody but the reader of the body.
 *
 * Neighbours: response.ts, wrapBody for requests. Must not know: how a body comes.
 */
import { type Blame, type BodySource, IterableSource } from './body-source.js'
import type { HeadersInput } from './headers.js'
import { HTTPResponse } from './response.js'

/** What reads a body's pieces and gives others in their place. */
export type ResponseThrough = (body: AsyncIterable<Buffer>) => AsyncIterable<Uint8Array>

/**
 * The same response with its body passed through a function; to be assigned to `context.response` in `onResponse`. The
 * body is read as the caller reads: at once, piece by piece, or not at all. A reader who stops early ends what the
 * function returned, and the connection is given back whatever that does. What the function throws is a `PluginError` for
 * the reader, an `HTTPError` is passed on as it is.
 *
 * @param changes `headers`: other fields, when the function changes what they say. Default: those of `response`
 * @example
 * host.hooks.onResponse.tap({ name: 'digest', stage: stages.onResponse.transform }, (context) => {
 *   context.response = wrapResponse(context.response, async function* (body) {
 *     const hash = createHash('sha256')
 *     for await (const chunk of body) {
 *       hash.update(chunk)
 *       yield chunk
 *     }
 *     report(hash.digest('hex')) // not reached when the body was cut short or left early
 *   })
 * })
 */
export function wrapResponse(
  response: HTTPResponse,
  through: ResponseThrough,
  changes: { readonly headers?: HeadersInput } = {},
): HTTPResponse {
  const { status, reason, httpVersion, url, history, connection, duplex } = response
  return new HTTPResponse({
    status,
    reason,
    httpVersion,
    headers: changes.headers ?? response.headers,
    url,
    history,
    duplex,
    times: { timings: () => response.timings },
    ...(connection === undefined ? {} : { connection }),
    body: new ThroughSource(HTTPResponse.sourceOf(response), through(response)),
  })
}

/** Read from the function, described by what it reads from. */
class ThroughSource implements BodySource {
  readonly #beneath: BodySource
  readonly #through: IterableSource

  constructor(beneath: BodySource, through: AsyncIterable<Uint8Array>) {
    this.#beneath = beneath
    this.#through = new IterableSource(through)
  }

  get ended(): boolean {
    return this.#through.ended
  }

  get claimed(): boolean {
    return this.#through.claimed
  }

  claim(blame: Blame): void {
    this.#through.claim(blame)
  }

  get lengthRemaining(): number | undefined {
    return this.#beneath.lengthRemaining
  }

  get rawTrailers(): readonly string[] {
    return this.#beneath.rawTrailers
  }

  next(): Promise<Buffer | undefined> {
    return this.#through.next()
  }

  all(): Promise<Buffer> {
    return this.#through.all()
  }

  drain(maxBytes: number): Promise<void> {
    return this.#through.drain(maxBytes)
  }

  release(): void {
    this.#through.release()
  }

  close(): void {
    this.#through.close()
  }
}
