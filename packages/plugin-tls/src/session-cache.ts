/**
 * TLS sessions for resumption, each bound to what was checked when its first handshake was made.
 *
 * Node resumes a session without looking at a certificate (there is none to look at), so a session alone proves
 * nothing about pins, names or trust. Here a session is kept only after all our checks passed on its connection,
 * together with the certificate's facts, which are checked again when it is resumed. Its age counts from the full
 * handshake and is inherited by the tickets of resumed connections: a changed certificate is seen at least that often.
 */
import type { PeerCertificate } from './peer-certificate.js'

/** Tickets kept for one key: as many connections can reconnect at once without a full handshake. */
const PER_KEY = 8
/** A session holds its certificate; one with a monstrous certificate is not worth keeping. */
const MAX_CERTIFICATE_BYTES = 32_768

/** What the full handshake proved. */
export interface SessionFacts {
  readonly certificate: PeerCertificate
  /** Monotonic milliseconds of the full handshake. */
  readonly verifiedAt: number
}

/** A session to offer. */
export interface StoredSession {
  readonly session: Buffer
  readonly facts: SessionFacts
  /**
   * A ticket of TLS 1.3: spent by its use, since one used twice lets the connections be linked (RFC 8446 §C.4). The
   * last one is used again all the same: not every server sends a new one when it resumes.
   */
  readonly singleUse: boolean
}

/** Bounded in number and age. See the file's head. */
export class SessionCache {
  readonly #capacity: number
  readonly #maxAge: number
  readonly #entries: Map<string, StoredSession[]> = new Map()
  #size = 0

  /** @param capacity sessions kept; @param maxAge milliseconds since the full handshake */
  constructor(capacity: number, maxAge: number) {
    this.#capacity = capacity
    this.#maxAge = maxAge
  }

  /** Sessions held. */
  get size(): number {
    return this.#size
  }

  /** The newest usable session; one for a single use is gone afterwards, unless it was the last. */
  take(key: string, now: number, wallNow: number): StoredSession | undefined {
    const sessions = this.#entries.get(key)
    while (sessions !== undefined && sessions.length > 0) {
      const stored = sessions[sessions.length - 1] as StoredSession
      const usable = this.#isFresh(stored.facts, now, wallNow)
      if (usable && (!stored.singleUse || sessions.length === 1)) return stored
      sessions.pop()
      this.#size -= 1
      if (sessions.length === 0) this.#entries.delete(key)
      if (usable) return stored
    }
    return undefined
  }

  /** Keeps a session whose connection has passed every check. */
  put(key: string, stored: StoredSession, now: number, wallNow: number): void {
    if (stored.facts.certificate.der.length > MAX_CERTIFICATE_BYTES) return
    if (!this.#isFresh(stored.facts, now, wallNow)) return
    const sessions = this.#entries.get(key) ?? []
    if (!stored.singleUse) this.#size -= sessions.splice(0).length
    else if (sessions.length === PER_KEY) this.#size -= sessions.splice(0, 1).length
    sessions.push(stored)
    this.#size += 1
    // Re-inserted, so that the map's order is that of use.
    this.#entries.delete(key)
    this.#entries.set(key, sessions)
    this.#evict()
  }

  /** Forgets all sessions of `key`: something was wrong with one of its connections. */
  drop(key: string): void {
    this.#size -= this.#entries.get(key)?.length ?? 0
    this.#entries.delete(key)
  }

  #isFresh(facts: SessionFacts, now: number, wallNow: number): boolean {
    // Written so that an unreadable date counts as expired.
    return now - facts.verifiedAt < this.#maxAge && wallNow < facts.certificate.notAfter
  }

  #evict(): void {
    while (this.#size > this.#capacity) {
      const [oldest] = this.#entries
      if (oldest === undefined) return
      const [key, sessions] = oldest
      sessions.shift()
      this.#size -= 1
      if (sessions.length === 0) this.#entries.delete(key)
    }
  }
}
