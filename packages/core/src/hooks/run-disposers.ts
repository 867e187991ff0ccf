/**
 * The last words of the plugins, at `close()`: one after the other, the last installed first.
 *
 * `close()` stands in shutdowns, where a plugin must not have the power to hang it. So each disposer has a bounded time, and one
 * that throws, rejects or does not come to its end is reported as a warning that names its plugin; the others still run. The timer
 * holds the process while it is armed: else a process with nothing left but the hung promise would end inside its `await close()`.
 */
import { PluginError } from '../ground/errors.js'
import { MAX_DISPOSER_MS } from '../ground/limits.js'
import type { Clock } from '../transport/clock.js'
import { describeThrown, isThenable, warnOfPlugin } from './guard.js'

/** Run when the pool or manager closes; see `PluginHost`. May take 10 s; then `close()` goes on without it. */
export type Disposer = () => void | Promise<void>

/** A disposer, and whose it is. */
export interface OwnedDisposer {
  readonly plugin: string
  readonly run: Disposer
}

/** Runs all of them, each in its time. Never rejects. */
export async function runDisposers(disposers: readonly OwnedDisposer[], clock: Clock): Promise<void> {
  for (const { plugin, run } of disposers) {
    try {
      const ending: unknown = run()
      if (!isThenable(ending) || (await ends(ending, clock))) continue
      const message = `the disposer of plugin "${plugin}" did not end within ${MAX_DISPOSER_MS} ms; close() goes on without it`
      warnOfPlugin(new PluginError(message, { plugin }))
    } catch (cause) {
      const message = `the disposer of plugin "${plugin}" failed: ${describeThrown(cause)}`
      warnOfPlugin(new PluginError(message, { plugin, cause }))
    }
  }
}

/** Whether `promise` is fulfilled in time. What it comes to later is nobody's. */
function ends(promise: PromiseLike<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(() => {
      timer.cancel()
      resolve(false)
    }, true)
    timer.arm(MAX_DISPOSER_MS)
    // `resolve` of a promise, because a thenable may throw where it should reject.
    Promise.resolve(promise).then(
      () => {
        timer.cancel()
        resolve(true)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error)
      },
    )
  })
}
