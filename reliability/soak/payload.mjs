// What an answer must be: bytes that only the request with this id gets. Both sides make them, so that a byte too few, one
// of another answer, or one that was changed on the way shows in a comparison.
import { createHash } from 'node:crypto'

/** The body of the answer to request `id`, of `length` bytes. */
export function payloadOf(id, length) {
  return Buffer.alloc(length, createHash('sha256').update(id).digest())
}

/** The digest by which both sides know a request's body. */
export const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex')
