/**
 * The catalogue of responses, as data: what comes over the wire, and what a strict client makes of it.
 *
 * One file for each part of a message in test/data/responses. A case is named by what is odd about it; its bytes are text with
 * one latin1 character per byte. `verdict` is for people and for the scoreboard, `events` is exact; a test holds them together.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Exchange } from './event-log.js'

/**
 * - `accept`: delivered, and the connection carries the next request.
 * - `accept, then close`: delivered, and the connection is never used again.
 * - `switch`: HTTP is over, the connection is the caller's.
 * - `protocol error`, `incomplete`, `limit`, `decode error`: refused, and why.
 */
export type CaseVerdict =
  | 'accept'
  | 'accept, then close'
  | 'switch'
  | 'protocol error'
  | 'incomplete'
  | 'limit'
  | 'decode error'

/** One case. */
export interface ResponseCase extends Exchange {
  /** The file it stands in, e.g. `status-line`. */
  readonly group: string
  /** What is odd about it; unique within its group. */
  readonly name: string
  readonly verdict: CaseVerdict
  /** What the codec says; see event-log.ts. */
  readonly events: readonly string[]
  /** `<class> in <phase>` where it is not the codec that refuses. */
  readonly error?: string
}

type Pieces = string | readonly (string | readonly [string, number])[]

const folder = new URL('../data/responses/', import.meta.url)

/** Every case, in the order of files and lines. */
export const responseCases: readonly ResponseCase[] = readdirSync(folder)
  .sort()
  .flatMap((file) => {
    const rows = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as (Omit<ResponseCase, 'bytes'> & {
      readonly bytes: Pieces
    })[]
    return rows.map((row) => ({ ...row, bytes: expand(row.bytes), group: file.replace('.json', '') }))
  })

/** Whether a case is refused. */
export function isRefused(row: Pick<ResponseCase, 'verdict'>): boolean {
  return !['accept', 'accept, then close', 'switch'].includes(row.verdict)
}

/** `<class> in <phase>` of a case that is refused. */
export function errorOf(row: ResponseCase): string | undefined {
  if (!isRefused(row)) return undefined
  return row.error ?? /^error (\w+ in \w+)/.exec(row.events.at(-1) ?? '')?.[1]
}

/** Text, or pieces of text, some of them repeated: `[piece, times]`. */
function expand(bytes: Pieces): string {
  if (typeof bytes === 'string') return bytes
  return bytes.map((piece) => (typeof piece === 'string' ? piece : piece[0].repeat(piece[1]))).join('')
}
