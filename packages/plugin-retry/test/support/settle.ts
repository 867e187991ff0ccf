// Runs a call whose waits are on a manual clock: whenever nothing else happens, time jumps to the next timer.
import { ManualClock } from '@rockpool/testkit'

/** Wall time at the beginning of every test. */
export const TEST_EPOCH: number = Date.UTC(2030, 0, 1)

export function testClock(): ManualClock {
  return new ManualClock({ wallNow: TEST_EPOCH })
}

/** For calls without sockets: one turn of the event loop is enough to know that only time can help. */
export async function settle<T>(clock: ManualClock, call: Promise<T>): Promise<T> {
  let over = false
  const end = (): void => {
    over = true
  }
  call.then(end, end)
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    if (over) return call
    if (!clock.advanceToNext()) throw new Error('the call waits for something that is not a timer')
  }
}
