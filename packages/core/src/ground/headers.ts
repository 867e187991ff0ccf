// Header fields as an ordered list of lines.
//
// Rule: a line is kept as it was given, name casing and position included; names are compared without case. What a caller
// inserts is validated here and nowhere else, so the text of a HTTPHeaders can be written to a socket as it is. What the
// codec parsed enters through `fromRaw`, which keeps the array and does nothing until someone looks. Anybody can call that,
// so such lines are checked, and copied away from whoever holds the array, before they are written or merged.
//
// Why a flat array and not a map: responses have a dozen lines of which a caller reads two. A scan that compares lengths
// first beats building a map, and a name like `__proto__` is only text in an array.
//
// Neighbours: header-input.ts reads what callers pass. Must not know: which fields have a meaning (request-framing.ts does).

import { equalsIgnoreCase } from './grammar.js'
import {
  checkedLines,
  checkedName,
  checkedValue,
  forEachLine,
  type HeaderOverrides,
  type HeadersInput,
} from './header-input.js'
import { mergeLines, readOverrides } from './header-merge.js'
import { withSecretsHidden } from './secret-fields.js'

export type { HeaderOverrides, HeadersInput, HeaderValue } from './header-input.js'

const NO_LINES: readonly string[] = Object.freeze([])
const NOTHING_REMOVED: ReadonlySet<string> = new Set()
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

let proof: (headers: HTTPHeaders) => readonly string[]
let text: (headers: HTTPHeaders) => string

/**
 * An ordered, case-insensitive multi-map of header fields (RFC 9110 §5; urllib3: `HTTPHeaderDict`).
 *
 * @example
 * const headers = new HTTPHeaders({ Accept: 'text/html', 'X-Tag': ['a', 'b'] })
 * headers.get('x-tag')    // 'a, b'
 * headers.getAll('X-TAG') // ['a', 'b']
 * [...headers]            // [['Accept', 'text/html'], ['X-Tag', 'a'], ['X-Tag', 'b']]
 */
export class HTTPHeaders {
  #raw: readonly string[]
  #owned: boolean
  #frozen: boolean
  #wire: string | undefined
  /** Whether every line has been checked. */
  #proven: boolean

  static {
    proof = (headers) => headers.#prove()
    text = (headers) => headers.#text()
  }

  /**
   * @param init an object (values may be arrays: one line each), pairs, `Headers`, or HTTPHeaders; copied, never kept
   * @throws {OptionsError} path `headers.<name>`: the name is no token, or the value no string or finite number, or it
   *   has a control character or one above U+00FF
   */
  constructor(init?: HeadersInput) {
    this.#raw = NO_LINES
    this.#owned = false
    this.#frozen = false
    this.#wire = undefined
    this.#proven = true
    if (init === undefined) return
    if (init instanceof HTTPHeaders) this.#share(init)
    else this.#append(init)
  }

  /**
   * Wraps lines as the codec has parsed them: `[name, value, name, value, …]`. The array is kept, not copied, until the lines
   * are sent or changed; only then are they checked.
   */
  static fromRaw(raw: readonly string[]): HTTPHeaders {
    const headers = new HTTPHeaders()
    headers.#raw = raw
    headers.#proven = false
    return headers
  }

  /**
   * Lays one set of fields over another: a name given in `overrides` replaces all lines of that name in `defaults` and goes
   * to the end, in the order given; `null` removes it; `undefined` leaves the default.
   *
   * @returns the merged fields (a new, unfrozen object) and the lower-cased names removed by `null`
   * @throws {OptionsError} as the constructor
   */
  static merge(
    defaults: HTTPHeaders,
    overrides: HeaderOverrides | undefined,
  ): { readonly headers: HTTPHeaders; readonly removed: ReadonlySet<string> } {
    if (overrides === undefined) return { headers: defaults.clone(), removed: NOTHING_REMOVED }
    const { given, nulls } =
      overrides instanceof HTTPHeaders
        ? { given: overrides.#prove(), nulls: NO_LINES }
        : readOverrides(overrides)
    const { lines, removed } = mergeLines(defaults.#prove(), given, nulls)
    const headers = new HTTPHeaders()
    headers.#raw = lines
    headers.#owned = true
    return { headers, removed }
  }

  /** The number of lines. */
  get size(): number {
    return this.#raw.length >>> 1
  }

  /** The distinct names in lower case, in order of first appearance. */
  get names(): string[] {
    const names = new Set<string>()
    for (let i = 0; i < this.#raw.length; i += 2) names.add((this.#raw[i] as string).toLowerCase())
    return [...names]
  }

  /** Whether `freeze` was called. */
  get frozen(): boolean {
    return this.#frozen
  }

  /**
   * All values of a name joined with `', '` (RFC 9110 §5.3), or undefined. For `Set-Cookie`, which cannot be joined
   * safely, use {@link getAll}.
   */
  get(name: string): string | undefined {
    const raw = this.#raw
    let joined: string | undefined
    for (let i = 0; i < raw.length; i += 2) {
      if (!equalsIgnoreCase(raw[i] as string, name)) continue
      joined = joined === undefined ? (raw[i + 1] as string) : `${joined}, ${raw[i + 1]}`
    }
    return joined
  }

  /** The values of a name, one per line; empty when there are none (urllib3: `getlist`). */
  getAll(name: string): string[] {
    const raw = this.#raw
    const values: string[] = []
    for (let i = 0; i < raw.length; i += 2)
      if (equalsIgnoreCase(raw[i] as string, name)) values.push(raw[i + 1] as string)
    return values
  }

  /** Whether there is a line of this name. */
  has(name: string): boolean {
    return this.#indexOf(name) >= 0
  }

  /**
   * Replaces all lines of a name, keeping the position of the first and taking the casing given here.
   *
   * @throws {OptionsError} as the constructor
   * @throws {TypeError} when frozen
   */
  set(name: string, value: string | number): this {
    const line = checkedValue(name, value)
    const checked = checkedName(name)
    const raw = this.#writable()
    const first = this.#indexOf(name)
    if (first < 0) {
      raw.push(checked, line)
      return this
    }
    raw[first] = checked
    raw[first + 1] = line
    for (let i = raw.length - 2; i > first; i -= 2)
      if (equalsIgnoreCase(raw[i] as string, name)) raw.splice(i, 2)
    return this
  }

  /**
   * Adds a line at the end, or with `combine` joins the value onto the last line of that name.
   *
   * @throws {OptionsError} as the constructor
   * @throws {TypeError} when frozen
   */
  add(name: string, value: string | number, options?: { readonly combine?: boolean }): this {
    const line = checkedValue(name, value)
    const checked = checkedName(name)
    const raw = this.#writable()
    const last =
      options?.combine === true
        ? raw.findLastIndex((text, i) => i % 2 === 0 && equalsIgnoreCase(text, name))
        : -1
    if (last < 0) raw.push(checked, line)
    else raw[last + 1] = `${raw[last + 1]}, ${line}`
    return this
  }

  /**
   * Removes all lines of a name.
   *
   * @returns whether there were any
   * @throws {TypeError} when frozen
   */
  delete(name: string): boolean {
    const raw = this.#writable()
    let found = false
    for (let i = raw.length - 2; i >= 0; i -= 2) {
      if (!equalsIgnoreCase(raw[i] as string, name)) continue
      raw.splice(i, 2)
      found = true
    }
    return found
  }

  /** The lines as `[name, value]`, in order, names as given. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const raw = this.#raw
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string]
  }

  /** The lines as `[name, value]`; the same as iterating. */
  entries(): IterableIterator<[name: string, value: string]> {
    return this[Symbol.iterator]()
  }

  /** The name of each line, in order, as given. */
  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name
  }

  /** The value of each line, in order. */
  *values(): IterableIterator<string> {
    for (const [, value] of this) yield value
  }

  /** An independent, unfrozen copy. Costs one object until either side changes. */
  clone(): HTTPHeaders {
    const copy = new HTTPHeaders()
    copy.#share(this)
    return copy
  }

  /** Makes every later change throw a `TypeError`. */
  freeze(): this {
    this.#frozen = true
    return this
  }

  /** A copy of all lines, `[name, value, name, value, …]`. */
  raw(): string[] {
    return [...this.#raw]
  }

  /**
   * All lines as they go over the wire, `Name: value` and CRLF each (RFC 9112 §5). Kept until a line changes.
   *
   * @throws {OptionsError} a line that came through `fromRaw` cannot be sent
   */
  wire(): string {
    return this.#text()
  }

  /** The same fields as a web `Headers`. */
  toWeb(): Headers {
    const web = new Headers()
    for (const [name, value] of this) web.append(name, value)
    return web
  }

  /** A plain object without prototype: lower-case names; a string, or an array for a name with several lines. */
  toJSON(): Record<string, string | string[]> {
    const json = Object.create(null) as Record<string, string | string[]>
    for (const [name, value] of this) {
      const key = name.toLowerCase()
      const earlier = json[key]
      if (earlier === undefined) json[key] = value
      else if (typeof earlier === 'string') json[key] = [earlier, value]
      else earlier.push(value)
    }
    return json
  }

  /** What `console.log` prints: all lines, with credentials and cookies blanked. */
  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options?: object) => string): string {
    return `HTTPHeaders(${this.size}) ${inspect(withSecretsHidden(this), options)}`
  }

  #append(init: HeadersInput): void {
    const raw = this.#writable()
    forEachLine(init, (name, value) => raw.push(checkedName(name), checkedValue(name, value)))
  }

  #share(other: HTTPHeaders): void {
    other.#owned = false
    this.#raw = other.#raw
    this.#wire = other.#wire
    this.#proven = other.#proven
  }

  #text(): string {
    if (this.#wire === undefined) {
      const raw = this.#prove()
      let lines = ''
      for (let i = 0; i < raw.length; i += 2) lines += `${raw[i]}: ${raw[i + 1]}\r\n`
      this.#wire = lines
    }
    return this.#wire
  }

  #prove(): readonly string[] {
    if (!this.#proven) {
      this.#raw = checkedLines(this.#raw)
      this.#owned = true
      this.#proven = true
    }
    return this.#raw
  }

  #writable(): string[] {
    if (this.#frozen) throw new TypeError('these headers are frozen: change a clone()')
    if (!this.#owned) {
      this.#raw = [...this.#raw]
      this.#owned = true
    }
    this.#wire = undefined
    return this.#raw as string[]
  }

  #indexOf(name: string): number {
    const raw = this.#raw
    for (let i = 0; i < raw.length; i += 2) if (equalsIgnoreCase(raw[i] as string, name)) return i
    return -1
  }
}

/** The lines that `wire` writes, `[name, value, …]`: checked, not copied, not to be changed. For this library only. */
export function provenLines(headers: HTTPHeaders): readonly string[] {
  return proof(headers)
}

/** What `wire()` says, also of a subclass that says something else. For this library only. */
export function wireText(headers: HTTPHeaders): string {
  return text(headers)
}
