/** Whether a connection that comes back may be kept. Pure. */
import type { Connection } from '../connection/connection.js'
import type { CloseReason } from '../connection/connection-roles.js'
import type { PoolSettings } from './pool-settings.js'

/** What is true of the pool at the moment of the return. */
export interface ReturnState {
  readonly settings: PoolSettings
  readonly closed: boolean
  readonly retired: boolean
  readonly waiting: number
  readonly idle: number
}

/** The reason for which the connection must be closed, or `undefined` when it is kept. */
export function refusal(
  connection: Connection,
  reusable: boolean,
  verdict: 'close' | undefined,
  state: ReturnState,
): CloseReason | undefined {
  if (!reusable) return 'not reusable'
  if (state.closed) return 'pool closed'
  if (verdict === 'close') return 'refused by a plugin'
  const { maxRequestsPerConnection, maxSize } = state.settings
  if (maxRequestsPerConnection !== undefined && connection.uses >= maxRequestsPerConnection) return 'used up'
  if (state.waiting > 0) return undefined
  if (state.retired) return 'evicted'
  return state.idle < maxSize ? undefined : 'surplus'
}
