/** The pool's own share of the options, resolved. */
export interface PoolSettings {
  /** Idle connections kept; with `block`, also how many may exist. */
  readonly maxSize: number
  readonly block: boolean
  /** Callers that may wait when blocked; `undefined` for any number. */
  readonly maxQueue: number | undefined
  /** Milliseconds after which an idle connection is closed. */
  readonly keepAliveTimeout: number
  /** Milliseconds after which a connection is not used again. */
  readonly maxLifetime: number | undefined
  readonly maxRequestsPerConnection: number | undefined
}
