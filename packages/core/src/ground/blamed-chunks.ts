// Whose fault it is when the chunks of a request body do not come.
//
// Rule: what a source throws is told as the caller's, unless it is code of a plugin that throws it; so where a plugin's function
// reads from another source, each of the two is read through a translation of its own. An error of ours is what its maker wants
// to say, and passes.
//
// Neighbours: body-value.ts puts the translations in, hooks/claim-body.ts knows the plugins. Must not know: who reads.

import { HTTPError, RequestError } from './errors.js'

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>
type Step = IteratorResult<Uint8Array, unknown>

/** What the failure of a body's source is told as, when nobody says otherwise. */
export function sourceFailure(thrown: unknown): unknown {
  if (thrown instanceof HTTPError) return thrown
  return new RequestError('reading the request body failed', { cause: thrown, phase: 'send', sent: 'some' })
}

/** The same chunks, asynchronous as they are or not; what their source throws goes through `blame`. */
export function blamed(chunks: Chunks, blame: (thrown: unknown) => unknown): Chunks {
  if (Symbol.asyncIterator in chunks) {
    const iterator = chunks[Symbol.asyncIterator]()
    const next = async (): Promise<Step> => {
      try {
        return await iterator.next()
      } catch (thrown) {
        throw blame(thrown)
      }
    }
    const end = (): Promise<Step> => Promise.resolve(iterator.return?.() ?? OVER)
    const both = { next, return: end, [Symbol.asyncIterator]: () => both }
    return both
  }
  const iterator = chunks[Symbol.iterator]()
  const next = (): Step => {
    try {
      return iterator.next()
    } catch (thrown) {
      throw blame(thrown)
    }
  }
  const both = { next, return: () => iterator.return?.() ?? OVER, [Symbol.iterator]: () => both }
  return both
}

const OVER: Step = { done: true, value: undefined }

/** Whether a value can be read chunk by chunk; a function that should have given one may give anything. */
export function isChunks(value: unknown): value is Chunks {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  )
}
