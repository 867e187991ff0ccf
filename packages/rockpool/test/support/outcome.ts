/** Errors of calls and constructors, as values. */
import { HTTPError, OptionsError } from '@rockpool/core'

/** The HTTPError that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<HTTPError> {
  const outcome = await promise.catch((error: unknown) => error)
  if (outcome instanceof HTTPError) return outcome
  throw new Error(`expected a failure, got ${String(outcome)}`)
}

/** The OptionsError that a function throws. */
export function refusal(make: () => unknown): OptionsError {
  try {
    make()
  } catch (error) {
    if (error instanceof OptionsError) return error
    throw error
  }
  throw new Error('expected an OptionsError')
}
