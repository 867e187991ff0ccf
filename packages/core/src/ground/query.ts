// Query parameters, and merging them into a target.
//
// Rule: parameters join the query component that is there, before a fragment; there is never a second `?`. The encoding is
// application/x-www-form-urlencoded (WHATWG URL §5.2): a space becomes `+`.
//
// Neighbours: form-body.ts shares the encoding. Must not know: where the target goes.

import { OptionsError } from './usage-errors.js'

/** One parameter; undefined and null leave it out. */
export type QueryValue = string | number | bigint | boolean | null | undefined

/** Parameters: an object (an array repeats the name), pairs, URLSearchParams, or a query string without or with its `?`. */
export type QueryInit =
  | string
  | URLSearchParams
  | Readonly<Record<string, QueryValue | readonly QueryValue[]>>
  | Iterable<readonly [name: string, value: QueryValue]>

/**
 * Adds parameters to the query of a target or url.
 *
 * @throws {OptionsError} path `query` or `query.<name>`: a value is an object, a function, NaN or infinite
 * @example withQuery('/search?q=a#top', { page: 2 }) // '/search?q=a&page=2#top'
 */
export function withQuery(target: string, params: QueryInit): string {
  const added = typeof params === 'string' ? params.replace(/^\?/, '') : encodeQuery(params)
  if (added === '') return target
  const hash = target.indexOf('#')
  const head = hash < 0 ? target : target.slice(0, hash)
  const mark = head.indexOf('?')
  const joint = mark < 0 ? '?' : head.endsWith('&') || mark === head.length - 1 ? '' : '&'
  return head + joint + added + (hash < 0 ? '' : target.slice(hash))
}

/** The parameters in application/x-www-form-urlencoded, without a leading `?`. */
export function encodeQuery(params: Exclude<QueryInit, string>, path: string = 'query'): string {
  const search = new URLSearchParams()
  forEachParameter(params, path, (name, value) => search.append(name, value))
  return search.toString()
}

function forEachParameter(
  params: Exclude<QueryInit, string>,
  path: string,
  parameter: (name: string, value: string) => void,
): void {
  if (typeof params !== 'object' || params === null)
    throw new OptionsError(`${path} must be an object or pairs`, { path })
  const add = (name: unknown, value: unknown): void => {
    if (typeof name !== 'string') throw new OptionsError(`${path} has a name that is no string`, { path })
    const text = textOf(value, `${path}.${name}`)
    if (text !== undefined) parameter(name, text)
  }
  if (Symbol.iterator in params) {
    for (const pair of params as Iterable<unknown>) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new OptionsError(`${path} given as a list must be [name, value] pairs`, { path })
      add(pair[0], pair[1])
    }
    return
  }
  for (const name of Object.keys(params)) {
    const value: unknown = (params as Record<string, unknown>)[name]
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) add(name, item)
    else add(name, value)
  }
}

function textOf(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw new OptionsError(`${path} must be a string, number or boolean`, { path })
}
