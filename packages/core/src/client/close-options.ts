/** How a pool or manager is closed: what it means, what is acceptable. */
import { z } from 'zod'
import { parseOptions } from './check-unknown-options.js'

/** How a pool or manager is closed. */
export interface CloseOptions {
  /**
   * How long exchanges under way may go on, in milliseconds; then they are cut, and the promise waits for that. 0: they are
   * cut now; `Infinity`: the promise waits for them, however long. Default: they finish in their own time, and the promise
   * does not wait.
   */
  readonly graceMs?: number | undefined
}

const closeSchema = z.strictObject({
  graceMs: z
    .custom<number>((value) => typeof value === 'number' && value >= 0, {
      error: 'must be a number of milliseconds, 0 or more',
    })
    .optional(),
})

/** The grace that was given. Throws an `OptionsError` that names what is not acceptable. */
export function graceOf(options: CloseOptions | undefined): number | undefined {
  return (parseOptions(closeSchema, options, 'close') as CloseOptions).graceMs
}
