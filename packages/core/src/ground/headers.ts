// Header fields as an ordered list of lines.
// Rule: a line is kept as it was given, name casing and position included; names are compared without case. What a caller
// inserts is validated here and nowhere else, so the text of a HTTPHeaders can be written to a socket as it is. What the
// codec parsed enters through `fromRaw` or `fromLines`, and nothing is done until someone looks. Anybody can call these,
// so such lines are checked, and copied away from whoever holds the array, before they are written or merged.
// Why a flat array and not a map: responses have a dozen lines of which a caller reads two. A scan that compares lengths
// first beats building a map, and a name like `__proto__` is only text. Must not know: which fields have a meaning.

import { plainFields, webHeaders } from './header-forms.js'
import {
  checkedLines,
  checkedName,
  checkedValue,
  forEachLine,
  type HeaderOverrides,
  type HeadersInput,
} from './header-input.js'
import {
  addLine,
  deleteLines,
  distinctNames,
  indexOfName,
  joinedValue,
  type ParsedLines,
  setLine,
  valuesOf,
} from './header-lines.js'
import { mergeLines, readOverrides } from './header-merge.js'
import { withSecretsHidden } from './secret-fields.js'

export type { HeaderOverrides, HeadersInput, HeaderValue } from './header-input.js'

const NO_LINES: readonly string[] = Object.freeze([])
const NOTHING_REMOVED: ReadonlySet<string> = new Set()
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')

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
  #lines: readonly string[] | undefined = NO_LINES
  /** Who has the lines as long as nobody has looked. */
  #source: ParsedLines | undefined = undefined
  #owned = false
  #frozen = false
  #wire: string | undefined = undefined
  /** Whether every line has been checked. */
  #proven = true

  /**
   * @param init an object (values may be arrays: one line each), pairs, `Headers`, or HTTPHeaders; copied, never kept
   * @throws {OptionsError} path `headers.<name>`: the name is no token, or the value no string or finite number, or it
   *   has a control character or one above U+00FF
   */
  constructor(init?: HeadersInput) {
    if (init instanceof HTTPHeaders) this.#share(init)
    else if (init !== undefined) this.#append(init)
  }

  /**
   * Wraps lines as the codec has parsed them: `[name, value, name, value, …]`. The array is kept, not copied, until the lines
   * are sent or changed; only then are they checked.
   */
  static fromRaw(raw: readonly string[]): HTTPHeaders {
    const headers = new HTTPHeaders()
    headers.#lines = raw
    headers.#proven = false
    return headers
  }

  /** As `fromRaw`, from lines that are only taken apart when somebody looks. */
  static fromLines(lines: ParsedLines): HTTPHeaders {
    const headers = new HTTPHeaders()
    headers.#lines = undefined
    headers.#source = lines
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
    headers.#lines = lines
    headers.#owned = true
    return { headers, removed }
  }

  /** The number of lines. */
  get size(): number {
    return this.#raw.length >>> 1
  }

  /** The distinct names in lower case, in order of first appearance. */
  get names(): string[] {
    return distinctNames(this.#raw)
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
    return joinedValue(this.#raw, name)
  }

  /** The values of a name, one per line; empty when there are none (urllib3: `getlist`). */
  getAll(name: string): string[] {
    return valuesOf(this.#raw, name)
  }

  /** Whether there is a line of this name. */
  has(name: string): boolean {
    return indexOfName(this.#raw, name) >= 0
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
    setLine(this.#writable(), checked, line)
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
    addLine(this.#writable(), checked, line, options?.combine === true)
    return this
  }

  /**
   * Removes all lines of a name.
   *
   * @returns whether there were any
   * @throws {TypeError} when frozen
   */
  delete(name: string): boolean {
    return deleteLines(this.#writable(), name)
  }

  /** The lines as `[name, value]`, in order, names as given. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const raw = this.#raw
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string]
  }

  /** The same as iterating. */
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
    return webHeaders(this.#raw)
  }

  /** A plain object without prototype: lower-case names; a string, or an array for a name with several lines. */
  toJSON(): Record<string, string | string[]> {
    return plainFields(this.#raw)
  }

  /** What `console.log` prints: all lines, with credentials and cookies blanked. */
  [INSPECT](_depth: number, options: object, inspect: (value: unknown, options?: object) => string): string {
    return `HTTPHeaders(${this.size}) ${inspect(withSecretsHidden(this), options)}`
  }

  get #raw(): readonly string[] {
    if (this.#lines === undefined) {
      this.#lines = this.#source?.raw ?? NO_LINES
      this.#source = undefined
    }
    return this.#lines
  }

  /** @internal The lines that `wire` writes: checked, not copied, not to be changed. */
  static provenLines(headers: HTTPHeaders): readonly string[] {
    return headers.#prove()
  }

  /** @internal What `wire()` says, also of a subclass that says something else. */
  static wireText(headers: HTTPHeaders): string {
    return headers.#text()
  }

  #append(init: HeadersInput): void {
    const raw = this.#writable()
    forEachLine(init, (name, value) => raw.push(checkedName(name), checkedValue(name, value)))
  }

  #share(other: HTTPHeaders): void {
    other.#owned = false
    this.#lines = other.#lines
    this.#source = other.#source
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
      this.#lines = checkedLines(this.#raw)
      this.#owned = true
      this.#proven = true
    }
    return this.#raw
  }

  #writable(): string[] {
    if (this.#frozen) throw new TypeError('these headers are frozen: change a clone()')
    if (!this.#owned) {
      this.#lines = [...this.#raw]
      this.#owned = true
    }
    this.#wire = undefined
    return this.#raw as string[]
  }
}
