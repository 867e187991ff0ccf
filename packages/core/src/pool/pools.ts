/**
 * The pools of one client, by origin and partition, the least recently used given up first.
 *
 * A pool that is given up finishes what it has begun and closes then; nothing under way is cut.
 */
import type { Origin } from '../ground/origin.js'
import type { Pool } from './pool.js'

/** See the file's head. */
export class Pools {
  readonly #capacity: number
  readonly #create: (origin: Origin, partition: string, forward: boolean) => Pool
  // A Map iterates in order of insertion: the first key is the least recently used.
  readonly #byKey = new Map<string, Pool>()
  readonly #retiring = new Set<Pool>()
  #latest: Pool | undefined
  #openedByGone = 0

  constructor(capacity: number, create: (origin: Origin, partition: string, forward: boolean) => Pool) {
    this.#capacity = capacity
    this.#create = create
  }

  /** Connections opened by all pools, past and present. */
  get opened(): number {
    let opened = this.#openedByGone
    for (const pool of this.all()) opened += pool.opened
    return opened
  }

  /** How many pools are held, without those that only finish. */
  get size(): number {
    return this.#byKey.size
  }

  /** The pool for an origin reached one way; or that of the forward proxy `via`, which serves every origin. */
  get(target: Origin, partition: string, via: Origin | undefined): Pool {
    const latest = this.#latest
    const origin = via ?? target
    const forward = via !== undefined
    if (
      latest !== undefined &&
      latest.partition === partition &&
      latest.forward === forward &&
      latest.origin.key === origin.key
    )
      return latest
    const place = forward ? `via ${origin.key}` : origin.key
    const key = partition === '' ? place : `${place}\n${partition}`
    let pool = this.#byKey.get(key)
    if (pool === undefined) {
      pool = this.#create(origin, partition, forward)
      this.#byKey.set(key, pool)
      if (this.#byKey.size > this.#capacity) this.#giveUpOldest()
    } else {
      this.#byKey.delete(key)
      this.#byKey.set(key, pool)
    }
    this.#latest = pool
    return pool
  }

  /** Every pool, those that only finish included. */
  *all(): IterableIterator<Pool> {
    yield* this.#byKey.values()
    yield* this.#retiring
  }

  /** Gives every pool up; each closes when its work is done. */
  clear(): void {
    const pools = [...this.#byKey.values()]
    this.#byKey.clear()
    this.#latest = undefined
    for (const pool of pools) this.#retire(pool)
  }

  /** Told by a pool that has nothing left. */
  gone(pool: Pool): void {
    if (this.#retiring.delete(pool)) this.#openedByGone += pool.opened
  }

  async close(graceMs: number | undefined): Promise<void> {
    await Promise.all([...this.all()].map((pool) => pool.close(graceMs)))
  }

  #giveUpOldest(): void {
    for (const [key, pool] of this.#byKey) {
      this.#byKey.delete(key)
      this.#retire(pool)
      return
    }
  }

  #retire(pool: Pool): void {
    this.#retiring.add(pool)
    pool.retire()
  }
}
