/** What the command touches of the world, so that tests can be the world. */
import type { Readable, Writable } from 'node:stream'

/** A stream that may be a terminal. */
export type Output = Writable & {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** See the file's head. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when the user wants out; the reason is the signal's name. */
  readonly signal: AbortSignal
  /** Monotonic milliseconds. */
  now(): number
}

/** What the exit code says. The numbers are those of curl where it has one; exit-code.ts has those of failures. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  status: 22,
  unwritable: 23,
  interrupted: 130,
  terminated: 143,
} as const

/** Something on the command line makes no sense; the message is the one line that the user sees. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The output cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
}

/** Text of a peer for a terminal: nothing in it moves the cursor or rings a bell. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
