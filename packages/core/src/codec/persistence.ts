/**
 * May the connection carry another message? RFC 9112 §9.3, step by step, for both sides.
 *
 * `close` from either side wins over everything; HTTP/1.1 persists by default; HTTP/1.0 only when `keep-alive` was said.
 * The rule for a body that ends with the connection is here too, because such a message leaves nothing to persist.
 * Neighbours: codec.ts, server-codec.ts. Must not know: whether bytes were left over (that is `dirty` in the codec).
 */
import type { Framing, HttpVersion } from './head.js'

/** Whether one side's head lets the connection persist. `close` and `keepAlive` are the options of its Connection field. */
export function wantsPersistence(version: HttpVersion, close: boolean, keepAlive: boolean): boolean {
  if (close) return false
  return version === '1.1' || keepAlive
}

/** Whether the connection persists after the exchange: what we asked for and what the response answered. */
export function persists(
  requestClose: boolean,
  version: HttpVersion,
  close: boolean,
  keepAlive: boolean,
  framing: Framing,
): boolean {
  if (requestClose || framing.kind === 'until-close') return false
  return wantsPersistence(version, close, keepAlive)
}
