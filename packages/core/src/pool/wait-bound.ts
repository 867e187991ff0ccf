/** How many may wait in a blocking pool, and for how long. */
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import type { PoolSettings } from './pool-settings.js'
import { queueFull, waitedTooLong } from './queue-errors.js'
import type { Waiter, WaiterQueue } from './waiter.js'

/** What the bounds depend on. */
export interface WaitState {
  readonly origin: Origin
  readonly settings: PoolSettings
  readonly idle: number
  readonly dialing: number
}

/** Refuses a new waiter when the line is too long, or gives it its time. */
export function boundWait(waiter: Waiter, line: WaiterQueue, state: WaitState, clock: Clock): void {
  // In a pool that does not block, and for whom a connection is at hand or being made, there is nothing to wait for.
  if (!state.settings.block || line.size <= state.dialing + state.idle) return
  const { maxQueue, maxSize } = state.settings
  const { poolTimeout } = waiter.request
  if (maxQueue !== undefined && line.size - state.dialing > maxQueue) {
    line.remove(waiter)
    waiter.request.onLeaseFailure(queueFull(state.origin, maxQueue))
    return
  }
  if (poolTimeout === undefined) return
  const timer = clock.timer(() => {
    // Its connection may be being made by now; what bounds that is the connect time-out.
    if (line.position(waiter) < state.dialing || !line.remove(waiter)) return
    waiter.request.onLeaseFailure(waitedTooLong(state.origin, poolTimeout, maxSize))
  })
  waiter.cancelTimer = () => timer.cancel()
  timer.arm(poolTimeout)
}
