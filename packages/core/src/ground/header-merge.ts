// Lays header fields over default ones.
//
// Rule: what a call gives replaces all default lines of that name and goes to the end, in the order given, so the wire shows
// the caller's order and casing. `null` removes a name and is remembered, so that core does not add the field by itself.
//
// Names are compared pairwise, lengths first: a call has a handful of lines, and for those a set costs more than it saves.
//
// Neighbours: headers.ts is the only user. Must not know: where defaults come from.

import { equalsIgnoreCase } from './grammar.js'
import { checkedName, checkedValue, forEachLine, type HeaderOverrides } from './header-input.js'

const NOTHING_REMOVED: ReadonlySet<string> = new Set()

/** Merged lines, and the lower-cased names that `null` removed. */
export interface MergedLines {
  /** `[name, value, name, value, …]`, a new array. */
  readonly lines: string[]
  /** Lower-cased names. */
  readonly removed: ReadonlySet<string>
}

/** Reads what a caller gave: valid lines to set, and names to remove. Throws as `HTTPHeaders` does. */
export function readOverrides(overrides: HeaderOverrides): {
  readonly given: string[]
  readonly nulls: string[]
} {
  const given: string[] = []
  const nulls: string[] = []
  forEachLine(overrides, (name, value) => {
    if (value === null) nulls.push(checkedName(name))
    else if (value !== undefined) given.push(checkedName(name), checkedValue(name, value))
  })
  return { given, nulls }
}

/** Merges lines that are all valid already. */
export function mergeLines(
  defaults: readonly string[],
  given: readonly string[],
  nulls: readonly string[],
): MergedLines {
  const lines: string[] = []
  for (let i = 0; i < defaults.length; i += 2) {
    const name = defaults[i] as string
    if (!hasName(given, name, 2) && !hasName(nulls, name, 1)) lines.push(name, defaults[i + 1] as string)
  }
  for (const text of given) lines.push(text)
  if (nulls.length === 0) return { lines, removed: NOTHING_REMOVED }
  // A name both removed and given was spelled twice by the caller: what was given wins.
  const gone = nulls.filter((name) => !hasName(given, name, 2))
  return { lines, removed: new Set(gone.map((name) => name.toLowerCase())) }
}

function hasName(list: readonly string[], name: string, step: number): boolean {
  for (let i = 0; i < list.length; i += step) if (equalsIgnoreCase(list[i] as string, name)) return true
  return false
}
