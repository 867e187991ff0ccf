/** Who deals with a connection, and what each is told. Types only. */
import type { InformationalHead, ResponseHead } from '../codec/codec.js'
import type { Limits } from '../ground/limits.js'
import type { Origin } from '../ground/origin.js'
import type { Clock } from '../transport/clock.js'
import type { Transport } from '../transport/transport.js'
import type { TransportStream } from '../transport/transport-stream.js'
import type { ResponseBody } from './response-body.js'

/** Who hears how one exchange of messages goes. Each call is synchronous. */
export interface MessageHandler {
  /** A 1xx head came. */
  onInformational(head: InformationalHead): void
  /** The final head came; `body` fills from now on. */
  onHead(head: ResponseHead, body: ResponseBody): void
  /** The protocol was switched (101): the connection is the caller's now. `onFree` follows. */
  onSwitch(head: ResponseHead, stream: TransportStream): void
  /** The connection is free, or closed when not `reusable`. Exactly once; the end of the body follows. */
  onFree(reusable: boolean, error: unknown): void
  /** The exchange failed before a final head came. Follows `onFree`. */
  onFailure(error: unknown): void
}

/** Who holds a connection, and hears when it is gone. */
export interface ConnectionOwner<Connection> {
  onConnectionClosed(connection: Connection, reason: CloseReason): void
}

/** Why a connection is closed; counted by `inspect()`. */
export type CloseReason =
  | 'peer closed'
  | 'unsolicited data'
  | 'error'
  | 'not reusable'
  | 'surplus'
  | 'idle too long'
  | 'used up'
  | 'pool closed'
  | 'refused by a plugin'
  | 'aborted'
  | 'evicted'

/** What a connection is made with. */
export interface ConnectionInit<Connection> {
  readonly id: number
  readonly origin: Origin
  readonly transport: Transport
  readonly clock: Clock
  readonly limits: Limits
  readonly owner: ConnectionOwner<Connection>
}
