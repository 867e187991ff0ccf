/**
 * Rejecting a caller's promise with a stack that shows the caller.
 *
 * A failure is noticed in a socket's callback, where no stack leads back to whoever awaits the request. V8 finds
 * the awaiting functions by following promises, but only from inside a promise job that will settle the awaited
 * one. So the stack is taken again in such a job, one that is set up only when there is an error: a request that
 * succeeds pays nothing. Errors that are not ours (a signal's reason) keep their stack.
 */
import { HTTPError } from '../ground/errors.js'

/** Rejects the promise that `resolve` and `reject` belong to. */
export function rejectWithCallerFrame(
  resolve: (value: Promise<never>) => void,
  reject: (error: unknown) => void,
  error: unknown,
): void {
  if (!(error instanceof HTTPError)) {
    reject(error)
    return
  }
  const retraced = Promise.resolve()
    // The first job lets the caller's promise adopt `retraced`; only then is there a way for V8 to follow.
    .then(ignore)
    .then(() => {
      Error.captureStackTrace(error)
      throw error
    })
  resolve(retraced)
}

function ignore(): void {}
