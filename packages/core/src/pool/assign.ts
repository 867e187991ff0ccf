/**
 * What a pool should do next, as a pure function of what it holds: the one place where the policy stands.
 *
 * The pool asks after every event (a caller came, a connection is free, a dial ended) and performs the answer
 * until it is `rest`. Nothing is allocated to ask: the pool itself is the view.
 */

/** What `assign` looks at. */
export interface PoolView {
  /** Callers without a connection. */
  readonly waiting: number
  /** Whether the caller whose turn it is must have a connection that nobody has used. */
  readonly wantsUnused: boolean
  /** Idle connections. */
  readonly idle: number
  /** Whether the connection that would be reused next has served before. */
  readonly nextIsUsed: boolean
  /** Whether that connection is past its age, lifetime or number of uses. */
  readonly nextIsExpired: boolean
  /**
   * Whether the event loop has polled since that connection became idle, or it became idle in this very turn:
   * bytes or an end that the kernel already holds have then been seen.
   */
  readonly nextIsWatched: boolean
  /** Connections, idle and active. */
  readonly open: number
  /** Connections being made. */
  readonly dialing: number
  readonly maxSize: number
  readonly block: boolean
}

/**
 * - `reuse`: give the newest idle connection to the next caller.
 * - `watch`: look for news on the idle connections by one turn of the event loop, then ask again.
 * - `evict`: close the newest idle connection, then ask again.
 * - `open`: start making a connection.
 * - `rest`: nothing to do until something happens.
 */
export type Assignment = 'reuse' | 'watch' | 'evict' | 'open' | 'rest'

/** Decides the next step. */
export function assign(view: PoolView): Assignment {
  // While a caller waited for an unused connection, used ones may have piled up.
  if (view.waiting === 0) return view.idle > view.maxSize ? 'evict' : 'rest'
  const usable = view.idle > 0 && !(view.wantsUnused && view.nextIsUsed)
  if (usable) {
    if (view.nextIsExpired) return 'evict'
    if (view.nextIsWatched) return 'reuse'
    if (view.waiting <= view.dialing + view.idle) return 'watch'
  }
  if (view.waiting <= view.dialing) return 'rest'
  if (!view.block || view.open + view.dialing < view.maxSize) return 'open'
  if (view.idle > 0 && !usable) return 'evict'
  return usable ? 'watch' : 'rest'
}
