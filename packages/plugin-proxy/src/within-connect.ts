/**
 * Waiting for something that knows neither the connect time-out nor the abort of a connect: a look-up, a function of the
 * user's. What comes later than either is nobody's.
 */
import type { ConnectContext } from '@rockpool/core/plugin'

/** Settles as `work` does; or with `late()` when the connect time-out is over, or with the reason of an abort. */
export function withinConnect<T>(
  { signal, clock, connectTimeout }: Pick<ConnectContext, 'signal' | 'clock' | 'connectTimeout'>,
  work: () => Promise<T>,
  late: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(() => end(() => reject(late())))
    const onAbort = (): void => end(() => reject(signal.reason))
    const end = (settle: () => void): void => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (connectTimeout !== undefined) timer.arm(connectTimeout)
    work().then(
      (value) => end(() => resolve(value)),
      (error: unknown) => end(() => reject(error)),
    )
  })
}
