// Which codings a body went through, read from the Content-Encoding lines. RFC 9110 §8.4
//
// Rule: a chain is decoded as a whole or not at all. One coding we do not know makes the rest of the chain unreadable, so
// such a body is handed over as it came; `identity` says nothing and is skipped. The length of a chain is bounded over
// all lines together, because every link multiplies what a hostile body can expand to.
//
// Neighbours: the links of a chain are opened in engines.ts. Must not know: how anything is decoded.
import * as zlib from 'node:zlib'
import { DecodeError } from '../ground/errors.js'

/** A content coding that can be decoded. `x-gzip` is an alias of gzip (RFC 9110 §8.4.1.3). */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd'

const HAS_ZSTD: boolean = 'createZstdDecompress' in zlib

/** What to send as Accept-Encoding when bodies are decoded: `zstd` is named only where node:zlib has it (22.15, 23.8). */
export const ACCEPT_ENCODING: string = HAS_ZSTD ? 'gzip, deflate, br, zstd' : 'gzip, deflate, br'

const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ...(HAS_ZSTD ? ([['zstd', 'zstd']] as const) : []),
])

/** Whole field values met nearly always, so that a usual response costs one look-up. */
const ALONE: ReadonlyMap<string, readonly Coding[]> = new Map(
  [...CODINGS].map(([name, coding]) => [name, Object.freeze([coding])]),
)

/**
 * The codings of a body in the order they were applied, so the last is decoded first.
 *
 * @param values the values of all Content-Encoding lines, in order
 * @param maxContentEncodings how many codings a chain may have; `identity` does not count
 * @returns `undefined` when the body is to be handed over as it came: no coding, only `identity`, or any unknown coding
 * @throws DecodeError when the chain is longer than allowed
 */
export function contentCodings(
  values: readonly string[],
  maxContentEncodings: number,
): readonly Coding[] | undefined {
  const alone = values.length === 1 ? ALONE.get(values[0] as string) : undefined
  const chain = alone ?? parseChain(values)
  if (chain === undefined || chain.length === 0) return undefined
  if (chain.length > maxContentEncodings) {
    throw new DecodeError(`too many content codings: ${chain.length} > ${maxContentEncodings}`, {
      phase: 'decode',
    })
  }
  return chain
}

function parseChain(values: readonly string[]): readonly Coding[] | undefined {
  const chain: Coding[] = []
  for (const value of values) {
    for (const element of value.split(',')) {
      const name = element.trim().toLowerCase()
      // Empty list elements are to be ignored. RFC 9110 §5.6.1.2
      if (name === '' || name === 'identity') continue
      const coding = CODINGS.get(name)
      if (coding === undefined) return undefined
      chain.push(coding)
    }
  }
  return chain
}
