/**
 * The token of one pool, and the one refresh that may be under way.
 *
 * However many calls find the token refused, one refresh runs and all of them wait for it: a token server that rotates its
 * tokens would take a second refresh for a theft. Whoever gives up waiting leaves the others alone; when the last one has,
 * the refresh is aborted.
 *
 * Must not know: requests, hooks.
 */
import { isToken } from './options.js'

type Refresh = (context: { readonly signal: AbortSignal }) => Promise<string>

interface Flight {
  readonly promise: Promise<string>
  readonly controller: AbortController
  waiting: number
}

/** See the file's head. */
export class TokenSource {
  #token: string | undefined
  #flight: Flight | undefined
  #refreshes = 0
  readonly #refresh: Refresh | undefined

  constructor(token: string | undefined, refresh: Refresh | undefined) {
    this.#token = token
    this.#refresh = refresh
  }

  /** The token, when it is here. */
  get present(): string | undefined {
    return this.#token
  }

  /** How many refreshes have been begun. */
  get refreshes(): number {
    return this.#refreshes
  }

  /**
   * The server no longer takes a token. Forgets it, unless another caller has brought a newer one meanwhile. False when
   * there is no way to another.
   */
  reject(token: string): boolean {
    if (this.#refresh === undefined) return false
    if (this.#token === token) this.#token = undefined
    return true
  }

  /** Waits for a token by way of `wait`, which may give up. */
  async get(wait: (promise: Promise<string>) => Promise<string>): Promise<string> {
    if (this.#token !== undefined) return this.#token
    this.#flight ??= this.#begin()
    const flight = this.#flight
    flight.waiting += 1
    try {
      return await wait(flight.promise)
    } finally {
      flight.waiting -= 1
      if (flight.waiting === 0 && this.#flight === flight) this.#end(flight)
    }
  }

  /** Gives up whatever is under way. */
  close(): void {
    if (this.#flight !== undefined) this.#end(this.#flight)
    this.#token = undefined
  }

  #begin(): Flight {
    this.#refreshes += 1
    const controller = new AbortController()
    const promise = this.#fetch(controller.signal)
    // Those who wait hear of a failure; when nobody waits any more there is nobody to tell.
    promise.catch(() => undefined)
    return { promise, controller, waiting: 0 }
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    try {
      const token = await this.#refresh?.({ signal })
      // Never repeats what came: it may be a token after all, with something around it.
      if (!isToken(token)) throw new TypeError('refresh gave no token (RFC 6750)')
      if (!signal.aborted) this.#token = token
      return token
    } finally {
      if (!signal.aborted) this.#flight = undefined
    }
  }

  #end(flight: Flight): void {
    this.#flight = undefined
    flight.controller.abort(new Error('nobody waits for the token any more'))
  }
}
