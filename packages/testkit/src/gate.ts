/**
 * A point where a script waits until the test says go on, and that tells the test when the script has come so far.
 * The replacement of every sleep: both sides know where the other is.
 */

/** See the file's head. */
export interface Gate {
  /** Lets everyone who waits, and everyone who comes later, pass. */
  open(): void
  /** Waits here. Resolves when the gate is open. */
  pass(): Promise<void>
  /** Resolves when somebody has come to the gate. */
  readonly reached: Promise<void>
  readonly isOpen: boolean
}

/**
 * Makes a closed gate.
 *
 * @example
 * ```ts
 * const middle = gate()
 * await using server = await scriptedServer([readRequest(), send(head), waitAt(middle), send('body')])
 * const answer = pool.request('GET', '/')
 * await middle.reached // the head is sent
 * middle.open()
 * ```
 */
export function gate(): Gate {
  const opened = deferred()
  const reached = deferred()
  let isOpen = false
  return {
    open(): void {
      isOpen = true
      opened.resolve()
    },
    pass(): Promise<void> {
      reached.resolve()
      return opened.promise
    },
    reached: reached.promise,
    get isOpen(): boolean {
      return isOpen
    },
  }
}

/** A promise and its resolve function. Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  /** Fulfils the promise. */
  readonly resolve: (value: T) => void
  /** Rejects the promise. */
  readonly reject: (error: unknown) => void
}

/** Makes a promise that its maker settles. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((done, fail) => {
    resolve = done
    reject = fail
  })
  return { promise, resolve, reject }
}
