/** A client's options, resolved: every default filled in, read-only, shared by its pools. */
import type { HTTPHeaders } from '../ground/headers.js'
import type { Limits } from '../ground/limits.js'
import type { PoolSettings } from '../pool/pool-settings.js'
import type { Clock } from '../transport/clock.js'
import type { DialOptions } from '../transport/connector.js'

/** See the file's head. Times are milliseconds; `undefined` means no limit. */
export interface ClientSettings {
  readonly pool: PoolSettings
  readonly poolTimeout: number | undefined
  readonly connectTimeout: number | undefined
  readonly readTimeout: number | undefined
  readonly totalTimeout: number | undefined
  /** Sent with every request unless it says otherwise; frozen. */
  readonly headers: HTTPHeaders
  readonly limits: Limits
  readonly dial: DialOptions
  readonly clock: Clock
}
