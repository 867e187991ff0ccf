/**
 * Connections being made. Each belongs to the pool, not to one caller; one that nobody wants any more is given up.
 */
import { ClosedPoolError } from '../ground/errors.js'
import { ConnectProgress } from '../transport/connect-progress.js'
import type { Transport } from '../transport/transport.js'

/** Opens a transport, and tells `progress` how far it is; must settle when the signal is aborted. */
export type Open = (
  signal: AbortSignal,
  connectTimeout: number | undefined,
  progress: ConnectProgress,
) => Promise<Transport>

/** Who hears how dials end. */
export interface DialsOwner {
  onDialled(transport: Transport): void
  /** The dial failed; when it was given up before, `error` is `undefined`: there is nobody to tell. */
  onDialEnd(error: { readonly reason: unknown } | undefined): void
}

/** See the file's head. */
export class Dials {
  readonly #open: Open
  readonly #owner: DialsOwner
  readonly #running = new Map<AbortController, ConnectProgress>()

  constructor(open: Open, owner: DialsOwner) {
    this.#open = open
    this.#owner = owner
  }

  get size(): number {
    return this.#running.size
  }

  start(connectTimeout: number | undefined): void {
    const dial = new AbortController()
    const progress = new ConnectProgress()
    this.#running.set(dial, progress)
    this.#open(dial.signal, connectTimeout, progress).then(
      (transport) => this.#arrived(dial, transport),
      (reason: unknown) => {
        this.#running.delete(dial)
        this.#owner.onDialEnd(dial.signal.aborted ? undefined : { reason })
      },
    )
  }

  /** How far the one is that was begun as number `index`, of those still running. */
  progressOf(index: number): ConnectProgress | undefined {
    let before = 0
    for (const progress of this.#running.values()) {
      if (before === index) return progress
      before += 1
    }
    return undefined
  }

  /** Gives up the newest ones until no more than `wanted` are left. */
  dropTo(wanted: number): void {
    const surplus = this.#running.size - wanted
    if (surplus <= 0) return
    for (const dial of [...this.#running.keys()].slice(-surplus)) {
      this.#running.delete(dial)
      dial.abort(new ClosedPoolError('nobody waits for this connection any more'))
    }
  }

  /** Gives up all of them. */
  abort(reason: unknown): void {
    for (const dial of [...this.#running.keys()]) dial.abort(reason)
  }

  #arrived(dial: AbortController, transport: Transport): void {
    this.#running.delete(dial)
    if (dial.signal.aborted) {
      transport.destroy()
      this.#owner.onDialEnd(undefined)
    } else {
      this.#owner.onDialled(transport)
    }
  }
}
