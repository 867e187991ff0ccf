/**
 * Waiting without sleeping: in turns of the event loop, of which there may be only so many.
 *
 * A test that sleeps is slow when all is well and wrong when the machine is busy. What happens inside one
 * process happens within a few turns; what needs another process (a socket's other end, the kernel) is
 * polled, and the bound is a number of turns large enough that reaching it means "never".
 * Must not know: what is waited for.
 */

/** How many turns `until` allows. A turn takes 3 µs and more, so this is seconds, never minutes. */
export const MOST_TURNS = 1_000_000

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Lets the event loop turn `count` times (default 1): I/O that is ready is delivered, promises are settled.
 *
 * @example
 * ```ts
 * socket.write('half')
 * await turns(2) // the other end, in this process, has read it by now
 * ```
 */
export async function turns(count = 1): Promise<void> {
  for (let turn = 0; turn < count; turn++) await oneTurn()
}

/** Options of `until`. */
export interface UntilOptions {
  /** Turns of the event loop before giving up. Default `MOST_TURNS`. */
  readonly turns?: number
  /** What is waited for, for the error's text. */
  readonly what?: string
}

/**
 * Polls `condition` once a turn until it holds (returns something truthy), and returns what it returned.
 * Throws an `Error` naming `what` when the turns are used up. Timers fire meanwhile, as in any turn.
 *
 * @example
 * ```ts
 * await until(() => server.connections.length === 2, { what: 'a second connection' })
 * ```
 */
export async function until<T>(condition: () => T, options: UntilOptions = {}): Promise<NonNullable<T>> {
  const most = options.turns ?? MOST_TURNS
  for (let turn = 0; turn < most; turn++) {
    const value = condition()
    if (value) return value
    await oneTurn()
  }
  throw new Error(`${options.what ?? 'the condition'} did not come true in ${most} turns of the event loop`)
}
