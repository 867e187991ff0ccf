/**
 * Options on their way to the plugins: a compartment for each, and beside every value the name the caller wrote it under.
 *
 * That name is what errors speak of: `proxyHeaders.connection` and not `headers.connection`. Neighbour:
 * compose-options.ts fills it.
 */
import { OptionsError, type Plugin } from '@rockpool/core'
import type { Part } from './option-places.js'

/** The compartments: those who take options, and what is kept for every request. */
export type Compartment = Part | 'request'

interface Placed {
  readonly value: unknown
  /** As written: `total`, `retries`, `retries.total`. */
  readonly source: string
}

/** See the file's head. */
export class PlacedOptions {
  readonly subject: 'pool' | 'manager'
  readonly #compartments = new Map<Compartment, Map<string, Placed>>()

  /** `subject` is what errors call the owner of the options. */
  constructor(subject: 'pool' | 'manager') {
    this.subject = subject
  }

  /** @throws {OptionsError} the place is taken: two options say the same */
  put(compartment: Compartment, name: string, value: unknown, source: string): void {
    const options = this.#compartments.get(compartment) ?? new Map<string, Placed>()
    const before = options.get(name)
    if (before !== undefined) throw this.contradiction(source, before.source)
    this.#compartments.set(compartment, options.set(name, { value, source }))
  }

  has(compartment: Compartment, name: string): boolean {
    return this.#compartments.get(compartment)?.has(name) ?? false
  }

  /** As written, in the order in which they were put. */
  sources(compartment: Compartment): ReadonlyMap<string, string> {
    const options = this.#compartments.get(compartment) ?? new Map<string, Placed>()
    return new Map([...options].map(([name, { source }]) => [name, source]))
  }

  /** The options of one compartment under its own names. */
  of(compartment: Compartment): Record<string, unknown> {
    const options = this.#compartments.get(compartment) ?? new Map<string, Placed>()
    // Without a prototype: nothing that a bug elsewhere put there is an option.
    const own: Record<string, unknown> = Object.create(null)
    for (const [name, { value }] of options) own[name] = value
    return own
  }

  /** What a factory makes of them; its errors speak of them as the caller does. */
  made(compartment: Compartment, factory: (options: object) => Plugin): Plugin {
    try {
      return factory(this.of(compartment))
    } catch (error) {
      throw error instanceof OptionsError ? this.#retold(error, compartment) : error
    }
  }

  /** An error about one option. */
  refusal(path: string, problem: string): OptionsError {
    return new OptionsError(`${this.subject} options: option ${path}: ${problem}`, {
      path,
      issues: [{ path, message: problem }],
    })
  }

  /** An error about two that say the same. */
  contradiction(path: string, other: string): OptionsError {
    return this.refusal(path, `"${other}" says it already; give one of the two`)
  }

  #retold(error: OptionsError, compartment: Compartment): OptionsError {
    const sources = this.sources(compartment)
    const issues = error.issues.map(({ path, message }) => ({ path: renamed(path, sources), message }))
    const path = renamed(error.path, sources)
    const others = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
    const problem = issues[0]?.message ?? error.message
    const message = `${this.subject} options: option ${path}: ${problem}${others}`
    return new OptionsError(message, { path, issues, cause: error })
  }
}

function renamed(path: string, sources: ReadonlyMap<string, string>): string {
  const [name = '', ...rest] = path.split('.')
  return [sources.get(name) ?? name, ...rest].join('.')
}
