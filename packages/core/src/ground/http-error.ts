// The root of every failure this library reports.
//
// Rule: an error is a value that can be logged, serialised and kept for ever. It therefore holds no request, response,
// socket or pool, and prints no credential: urls lose their userinfo here, in the constructor, and so does every url
// quoted inside a message. Text that came from a peer is cut and escaped by `quotePeerText` before it is quoted.
//
// Facts such as the phase are often known only further out than where the error is made, so they can be filled in later
// with `describeFailure`; a fact once known is never overwritten, because the innermost floor knows best.
//
// Neighbours: errors.ts names all the classes. Must not know: anything that happens on a wire.

import type { HistoryEntry } from './history.js'
import { redactText, redactUrl } from './redact.js'

/** Where in an exchange a failure happened, in the order the phases are passed. */
export type Phase =
  | 'options'
  | 'queue'
  | 'dns'
  | 'connect'
  | 'proxy'
  | 'tls'
  | 'send'
  | 'wait'
  | 'head'
  | 'body'
  | 'decode'

/** How much of the request may have reached the peer: with `'nothing'` a resend is safe for any method (RFC 9110 §9.2.2). */
export type Sent = 'nothing' | 'some' | 'all'

/** Facts about a failure. Whatever is left out can be filled in later by {@link describeFailure}. */
export interface ErrorDetails {
  /** The lower-level failure this one reports. */
  readonly cause?: unknown
  /** The phase it happened in. */
  readonly phase?: Phase | undefined
  /** How much of the request had been written; unknown counts as `'nothing'`. */
  readonly sent?: Sent | undefined
  /** Whether the connection had carried an earlier exchange. */
  readonly reusedConnection?: boolean | undefined
  /** The request's method. */
  readonly method?: string | undefined
  /** The request's absolute url; userinfo in it is removed. */
  readonly url?: string | undefined
  /** 1 for the first attempt. */
  readonly attempt?: number | undefined
  /** The attempts before the failing one. */
  readonly history?: readonly HistoryEntry[] | undefined
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const NO_HISTORY: readonly HistoryEntry[] = Object.freeze([])
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom')
const MAX_PEER_TEXT = 100
/** A url may have 65 536 characters, and a redirect chooses it: enough to read, too little to flood a log. */
const MAX_MESSAGE = 1_000

let fill: (error: HTTPError, details: ErrorDetails) => void

/**
 * The base of every error thrown by this library (urllib3: `HTTPError`).
 *
 * @example
 * try { await pool.request('GET', '/') } catch (error) {
 *   if (error instanceof HTTPError) console.error(error.code, error.phase, error.sent)
 * }
 */
export class HTTPError extends Error {
  /** A stable identifier, `ERR_…`, one per class. */
  declare readonly code: string
  /** Where the exchange stood, or undefined when that is not known. */
  readonly phase: Phase | undefined
  /** How much of the request may have reached the peer. Default `'nothing'`. */
  readonly sent: Sent
  /** Whether the connection had carried an earlier exchange. */
  readonly reusedConnection: boolean | undefined
  /** The request's method. */
  readonly method: string | undefined
  /** The request's absolute url without userinfo. */
  readonly url: string | undefined
  /** The number of the failing attempt, from 1. */
  readonly attempt: number | undefined
  /** The attempts before the failing one. Default empty. */
  readonly history: readonly HistoryEntry[]
  #sentKnown: boolean

  static {
    identify(HTTPError, 'HTTPError', 'ERR_HTTP')
    fill = (error, details) => {
      const open = error as Mutable<HTTPError>
      open.phase ??= details.phase
      open.reusedConnection ??= details.reusedConnection
      open.method ??= details.method
      open.attempt ??= details.attempt
      if (open.url === undefined && typeof details.url === 'string') open.url = redactUrl(details.url)
      if (open.history.length === 0 && details.history !== undefined) open.history = details.history
      if (open.cause === undefined && details.cause !== undefined && details.cause !== error)
        open.cause = details.cause
      if (!error.#sentKnown && details.sent !== undefined) {
        error.#sentKnown = true
        open.sent = details.sent
      }
    }
  }

  /**
   * @param message what went wrong, as a sentence without a full stop; urls in it lose their userinfo, and of what is longer
   *   than 1 000 characters the middle is left out
   * @param details what is known about the circumstances
   */
  constructor(message: string, details: ErrorDetails = {}) {
    super(
      cutInTheMiddle(redactText(message)),
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.phase = details.phase
    this.sent = details.sent ?? 'nothing'
    this.reusedConnection = details.reusedConnection
    this.method = details.method
    this.url = typeof details.url === 'string' ? redactUrl(details.url) : undefined
    this.attempt = details.attempt
    this.history = details.history ?? NO_HISTORY
    this.#sentKnown = details.sent !== undefined
  }

  /** A plain object for logs: every known fact, causes as `{ name, message, code }`, no stack, no credential. */
  toJSON(): Record<string, unknown> {
    const json: Record<string, unknown> = { name: this.name, code: this.code, message: this.message }
    for (const [key, value] of Object.entries(this)) {
      if (key === 'cause' || key === 'stack' || value === undefined) continue
      if (key === 'history' && this.history.length === 0) continue
      json[key] = printable(value)
    }
    if (this.cause !== undefined) json.cause = printable(this.cause)
    return json
  }

  /** What `console.log` prints: the stack, then the known facts; peers' headers and bodies are left out. */
  [INSPECT](depth: number, options: object, inspect: (value: unknown, options?: object) => string): string {
    const { name: _, message: __, cause: ___, ...facts } = this.toJSON()
    const head = this.stack ?? `${this.name}: ${this.message}`
    if (depth < 0) return `[${this.name}: ${this.message}]`
    const tail =
      this.cause === undefined ? '' : `\n  [cause]: ${inspect(this.cause, options).replaceAll('\n', '\n  ')}`
    return redactText(`${head} ${inspect(facts, options)}${tail}`)
  }
}

/**
 * Adds what an outer floor knows about a failure. Fields already known stay as they are.
 *
 * @returns the same error, for `throw describeFailure(…)`
 * @example throw describeFailure(error, { phase: 'proxy', sent: 'nothing' })
 */
export function describeFailure(error: HTTPError, details: ErrorDetails): HTTPError {
  fill(error, details)
  return error
}

/**
 * Quotes bytes a peer sent for use in a message: at most 100 characters, controls and non-ASCII escaped, so that neither a
 * terminal nor a log line can be forged.
 *
 * @example quotePeerText('a\r\nb') // '"a\\r\\nb"'
 */
export function quotePeerText(text: string): string {
  const cut = text.length > MAX_PEER_TEXT ? text.slice(0, MAX_PEER_TEXT) : text
  const quoted = JSON.stringify(cut).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return cut === text ? quoted : `${quoted}…`
}

/**
 * Gives an error class its name and code. They live on the prototype: no field per instance, and a minifier that renames
 * the class cannot change them.
 */
export function identify(errorClass: { readonly prototype: HTTPError }, name: string, code: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
  Object.defineProperty(errorClass.prototype, 'code', { value: code, enumerable: true, configurable: true })
}

// How it begins says what happened, how it ends says why.
function cutInTheMiddle(message: string): string {
  if (message.length <= MAX_MESSAGE) return message
  return `${message.slice(0, MAX_MESSAGE / 2)}…${message.slice(1 - MAX_MESSAGE / 2)}`
}

function printable(value: unknown): unknown {
  if (value instanceof HTTPError) return value.toJSON()
  if (value instanceof Error) {
    const code = (value as { code?: unknown }).code
    const facts = { name: value.name, message: redactText(value.message) }
    return typeof code === 'string' || typeof code === 'number' ? { ...facts, code } : facts
  }
  if (typeof value === 'string') return redactText(value)
  if (Array.isArray(value)) return value.map(printable)
  if (typeof value === 'object' && value !== null) return printableRecord(value)
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value)
}

function printableRecord(value: object): unknown {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor?.name ?? 'object'}]`
  const copy: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = printable(item)
  return copy
}
