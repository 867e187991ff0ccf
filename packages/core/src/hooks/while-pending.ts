/**
 * A tap's wait, bounded by the call it runs for.
 *
 * Core ignores a tap that answers after its call has ended, so nothing breaks when a tap waits on; but what waits should
 * know that nobody wants it any more: a token that is fetched for three calls can be given up when the third is. The
 * listener on the caller's signal and the timer of the deadline are gone when this settles, whichever way it does.
 *
 * Must not know: what is waited for.
 */
import { DeadlineError } from '../ground/errors.js'
import type { Clock } from '../transport/clock.js'
import type { ExchangeView } from './contexts.js'

/** See `PluginHost.whilePending`. */
export function whilePending<T>(
  exchange: ExchangeView,
  clock: Clock,
  promise: PromiseLike<T>,
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    const { signal, timeLeft } = exchange
    const giveUp = (): void => {
      stop()
      reject(signal?.reason)
    }
    const timer =
      timeLeft === undefined
        ? undefined
        : clock.timer(() => {
            stop()
            reject(new DeadlineError('the total time-out was spent while a plugin waited'))
          })
    const stop = (): void => {
      signal?.removeEventListener('abort', giveUp)
      timer?.cancel()
    }
    // Heard in every case: a promise that loses may still reject, and nobody else listens.
    Promise.resolve(promise).then(
      (value) => {
        stop()
        resolve(value)
      },
      (error: unknown) => {
        stop()
        reject(error)
      },
    )
    if (signal?.aborted === true) {
      giveUp()
      return
    }
    signal?.addEventListener('abort', giveUp)
    timer?.arm(timeLeft ?? 0)
  })
}
