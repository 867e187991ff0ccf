/**
 * Callers in line for a connection: first come, first served, and gone at once when they give up.
 *
 * A linked list, because a caller may leave from anywhere in it and ten thousand may be in it.
 */
import type { Lease } from './lease.js'

/** What a caller says when it asks for a connection, and how it is answered. Exactly one answer comes. */
export interface LeaseRequest {
  /** For `inspect()`. */
  readonly label: string
  /** Milliseconds to wait in line; `undefined` for ever. */
  readonly poolTimeout: number | undefined
  /** Milliseconds that making a connection for this caller may take; `undefined` for ever. */
  readonly connectTimeout: number | undefined
  /** Whether only a connection that nobody has used will do. */
  readonly unused: boolean
  onLease(lease: Lease): void
  onLeaseFailure(error: unknown): void
}

/** A place in the line. */
export class Waiter {
  readonly request: LeaseRequest
  readonly since: number
  previous: Waiter | undefined
  next: Waiter | undefined
  queued = false
  cancelTimer: (() => void) | undefined

  constructor(request: LeaseRequest, since: number) {
    this.request = request
    this.since = since
  }
}

/** The line. */
export class WaiterQueue {
  #first: Waiter | undefined
  #last: Waiter | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): Waiter | undefined {
    return this.#first
  }

  /** The waiter before whom `index` others stand; the last when there are not so many. Walks from the nearer end. */
  at(index: number): Waiter | undefined {
    const behind = this.#size - 1 - index
    let waiter = behind < index ? this.#last : this.#first
    if (behind < index) for (let left = behind; left > 0; left -= 1) waiter = waiter?.previous
    else for (let left = index; left > 0; left -= 1) waiter = waiter?.next
    return waiter
  }

  /** Puts a waiter at the end, or at the front when it has stood in line before. */
  add(waiter: Waiter, front: boolean): void {
    waiter.queued = true
    this.#size += 1
    if (this.#first === undefined || this.#last === undefined) {
      this.#first = waiter
      this.#last = waiter
    } else if (front) {
      waiter.next = this.#first
      this.#first.previous = waiter
      this.#first = waiter
    } else {
      waiter.previous = this.#last
      this.#last.next = waiter
      this.#last = waiter
    }
  }

  /** Takes a waiter out; false when it was not in line any more. */
  remove(waiter: Waiter): boolean {
    if (!waiter.queued) return false
    waiter.queued = false
    this.#size -= 1
    if (waiter.previous === undefined) this.#first = waiter.next
    else waiter.previous.next = waiter.next
    if (waiter.next === undefined) this.#last = waiter.previous
    else waiter.next.previous = waiter.previous
    waiter.previous = undefined
    waiter.next = undefined
    waiter.cancelTimer?.()
    return true
  }

  /**
   * How many stand before `waiter`, if fewer than `count` do. Costs no more steps than that: the line may be long.
   */
  placeAmongFirst(count: number, waiter: Waiter | undefined): number | undefined {
    if (waiter?.queued !== true) return undefined
    let before = 0
    for (let each = waiter.previous; each !== undefined && before < count; each = each.previous) before += 1
    return before < count ? before : undefined
  }

  /** How many stand before `waiter`. */
  position(waiter: Waiter): number {
    let position = 0
    for (let each = waiter.previous; each !== undefined; each = each.previous) position += 1
    return position
  }

  *[Symbol.iterator](): IterableIterator<Waiter> {
    for (let each = this.#first; each !== undefined; each = each.next) yield each
  }
}
