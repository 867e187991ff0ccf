// A failure of a body with the stack of whoever reads it.
//
// Rule: a body breaks in a socket's callback, where no stack leads back to the reader. In the promise job that will settle
// what the reader awaits, V8 finds the way, so the stack is taken again there. A body that is whole pays nothing.
//
// Neighbours: response.ts and body-pieces.ts are read from. Must not know: why it broke.

import { HTTPError } from './http-error.js'

/** The same error; when it is ours its stack shows the caller. What others threw keeps its own. */
export function retraced(error: unknown): unknown {
  if (error instanceof HTTPError) Error.captureStackTrace(error, retraced)
  return error
}
