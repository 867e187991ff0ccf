// Looking into, and changing, a flat list of field lines: `[name, value, name, value, …]`.
//
// Rule: names are compared without case, values are taken as they are; whoever calls has checked them. The changing functions
// work in place, on a list that is the caller's own.
//
// Neighbours: headers.ts is the only user. Must not know: who else holds the list.

import { equalsIgnoreCase } from './grammar.js'

/** Field lines that the codec has judged. */
export interface ParsedLines {
  readonly raw: readonly string[]
}

/** The distinct names in lower case, in order of first appearance. */
export function distinctNames(raw: readonly string[]): string[] {
  const names = new Set<string>()
  for (let i = 0; i < raw.length; i += 2) names.add((raw[i] as string).toLowerCase())
  return [...names]
}

/** The index of the first line of a name, or -1. */
export function indexOfName(raw: readonly string[], name: string): number {
  for (let i = 0; i < raw.length; i += 2) if (equalsIgnoreCase(raw[i] as string, name)) return i
  return -1
}

/** All values of a name joined with `', '`; undefined when there are none. */
export function joinedValue(raw: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    if (!equalsIgnoreCase(raw[i] as string, name)) continue
    joined = joined === undefined ? (raw[i + 1] as string) : `${joined}, ${raw[i + 1]}`
  }
  return joined
}

/** The values of a name, one per line. */
export function valuesOf(raw: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.length; i += 2)
    if (equalsIgnoreCase(raw[i] as string, name)) values.push(raw[i + 1] as string)
  return values
}

/** One line in place of all lines of that name, where the first of them stood, or at the end. */
export function setLine(raw: string[], name: string, value: string): void {
  const first = indexOfName(raw, name)
  if (first < 0) {
    raw.push(name, value)
    return
  }
  raw[first] = name
  raw[first + 1] = value
  for (let i = raw.length - 2; i > first; i -= 2)
    if (equalsIgnoreCase(raw[i] as string, name)) raw.splice(i, 2)
}

/** One more line at the end; or, to `combine`, its value behind that of the last line of the name. */
export function addLine(raw: string[], name: string, value: string, combine: boolean): void {
  const last = combine ? raw.findLastIndex((text, i) => i % 2 === 0 && equalsIgnoreCase(text, name)) : -1
  if (last < 0) raw.push(name, value)
  else raw[last + 1] = `${raw[last + 1]}, ${value}`
}

/** Removes all lines of a name; whether there were any. */
export function deleteLines(raw: string[], name: string): boolean {
  let found = false
  for (let i = raw.length - 2; i >= 0; i -= 2) {
    if (!equalsIgnoreCase(raw[i] as string, name)) continue
    raw.splice(i, 2)
    found = true
  }
  return found
}
