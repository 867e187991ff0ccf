/**
 * The words for a broken head.
 *
 * Rule: the class says what is wrong (a field line: InvalidHeader; the start line or a limit: ProtocolError), the message
 * quotes the line from its start, escaped and cut. Made only when something failed, so it may be slow.
 * Neighbours: scan-head.ts and the start lines. Must not know: how the fault was found.
 */
import { InvalidHeader, ProtocolError, quotePeerText } from '../ground/errors.js'

/** What is being read, as an error names it. Faults of a trailer section belong to the body. */
export type Section = 'response head' | 'request head' | 'trailer section'

/** Enough for `quotePeerText` to see that it must cut. */
const QUOTED = 101

/** A start line that is not one. */
export function startLineFault(
  section: Section,
  what: string,
  bytes: Buffer,
  lineStart: number,
  end: number,
): ProtocolError {
  return new ProtocolError(`malformed ${section}: ${what}: ${quoted(bytes, lineStart, end)}`, {
    phase: 'head',
  })
}

/** A field line that is not one. */
export function fieldFault(
  section: Section,
  what: string,
  bytes: Buffer,
  lineStart: number,
  end: number,
): InvalidHeader {
  return new InvalidHeader(`malformed ${section}: ${what}: ${quoted(bytes, lineStart, end)}`, {
    phase: phaseOf(section),
  })
}

/** More than `limits` allows. */
export function limitFault(section: Section, what: string): ProtocolError {
  return new ProtocolError(`${section} exceeds the limit of ${what}`, { phase: phaseOf(section) })
}

function phaseOf(section: Section): 'head' | 'body' {
  return section === 'trailer section' ? 'body' : 'head'
}

function quoted(bytes: Buffer, start: number, end: number): string {
  return quotePeerText(bytes.toString('latin1', start, Math.min(end, start + QUOTED)))
}
