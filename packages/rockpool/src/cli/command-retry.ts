/**
 * How often the command tries: `--retries` and `--redirect` are two numbers there, and neither eats up the other.
 *
 * Rule: a `Retry` counts redirects against its `total`, as urllib3 does; who types `--redirect 10` or `--retries 0` means that
 * one thing. So a redirect takes nothing out of the total here, and what limits it is `max` of `redirect()`, or core's cap of 20.
 *
 * Neighbours: arguments.ts makes it. Must not know: flags.
 */
import { Retry, type RetryEvent } from '@rockpool/plugin-retry'

/** See the file's head. */
export class CommandRetry extends Retry {
  /** `retries` as it was typed: false tells the first failure as it is, and follows redirects all the same. */
  static of(retries: number | boolean | undefined): CommandRetry {
    const rules =
      retries === false ? ({ total: 0, connect: false, read: false } as const) : { total: retries }
    return new CommandRetry(rules)
  }

  override increment(event: RetryEvent): this {
    if (event.location === undefined || this.total === false) return super.increment(event)
    return super.increment.call(this.with({ total: this.total + 1 }), event) as this
  }
}
