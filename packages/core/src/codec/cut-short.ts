/**
 * What the end of a connection in the middle of a response amounts to: how far it had come, in the words of the error.
 *
 * Neighbours: codec.ts asks when the peer has ended. Must not know: why it ended.
 */
import { IncompleteRead, ProtocolError } from '../ground/errors.js'
import type { Framing } from './head.js'

/** The end came where a head was due. `started`: inside one; `before`: the phase until its first byte. */
export function headCutShort(received: number, started: boolean, before: 'send' | 'wait'): ProtocolError {
  if (received === 0) return new ProtocolError('closed before any response byte', { phase: before })
  const inside = started ? 'closed inside a response head' : 'closed after an informational response'
  return new ProtocolError(inside, { phase: 'head' })
}

/** The end came inside a body that says its own end. */
export function bodyCutShort(framing: Framing, remaining: number, chunkedBytes: number): IncompleteRead {
  if (framing.kind !== 'length') {
    return new IncompleteRead(`closed inside a chunked body after ${chunkedBytes} bytes`, {
      phase: 'body',
      received: chunkedBytes,
    })
  }
  const received = framing.length - remaining
  return new IncompleteRead(`closed inside the body: ${received} bytes read, ${remaining} more expected`, {
    phase: 'body',
    received,
    expected: remaining,
  })
}
