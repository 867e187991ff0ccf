/**
 * What others note on a connection: the pool when it may be used again and until when, whoever makes responses what they tell
 * about it. The connection itself reads none of it; fields of the one object, because each request looks at them.
 */
import type { ConnectionFacts } from '../ground/response-facts.js'

/** See the file's head. */
export class Upkeep {
  /** Exchanges begun. */
  uses = 0
  /** The turn of the event loop in which it last became idle. */
  idleTurn = -1
  /** When it last became idle, by the clock. */
  idleSince = 0
  /** When it must no longer be used, by the clock; set each time it becomes idle. */
  expiresAt: number = Number.POSITIVE_INFINITY
  /** What the server's last `Keep-Alive: timeout=` allowed, in milliseconds. */
  keepAliveHint: number | undefined = undefined
  /** What responses tell about the connection. */
  facts: ConnectionFacts | undefined = undefined
}
