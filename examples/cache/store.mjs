// What is kept: at most so many bytes, the least recently used goes first.
//
// A URL may have several responses, told apart by the request fields that `Vary` names (RFC 9111 §4.1). They are found by
// looking through the few there are.

const MOST_VARIANTS = 8
/** A guess at what an entry costs besides its body. */
const OVERHEAD = 1_024

export class Store {
  #maxBytes
  /** Key → variants, newest first. A Map keeps the order of insertion: the first is the least recently used. */
  #entries = new Map()
  #bytes = 0

  constructor(maxBytes) {
    this.#maxBytes = maxBytes
  }

  get size() {
    return { keys: this.#entries.size, bytes: this.#bytes }
  }

  /** The variant that was stored for a request with the same fields. */
  find(key, request) {
    const variants = this.#entries.get(key)
    const found = variants?.find((entry) => sameVariant(entry, request))
    if (found !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, variants)
    }
    return found
  }

  /** Stores an entry in place of the one for the same fields. */
  put(key, request, entry) {
    const others = (this.#entries.get(key) ?? []).filter((each) => !sameVariant(each, request))
    this.delete(key)
    this.#set(key, [entry, ...others].slice(0, MOST_VARIANTS))
    for (const [oldest] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break
      this.delete(oldest)
    }
  }

  delete(key) {
    for (const { body } of this.#entries.get(key) ?? []) this.#bytes -= body.length + OVERHEAD
    this.#entries.delete(key)
  }

  clear() {
    this.#entries.clear()
    this.#bytes = 0
  }

  #set(key, variants) {
    this.#entries.set(key, variants)
    for (const { body } of variants) this.#bytes += body.length + OVERHEAD
  }
}

/** Decoded and undecoded bodies are different things, and so are the answers to different values of what `Vary` names. */
function sameVariant(entry, { decoded, headers }) {
  return entry.decoded === decoded && entry.varies.every(([name, value]) => headers[name] === value)
}

/** The request fields that a response depends on, with their values; nothing for `*`, which no other request matches. */
export function variesBy(vary = '', { headers }) {
  const names = vary.split(',').map((name) => name.trim().toLowerCase())
  if (names.includes('*')) return undefined
  return names.filter((name) => name !== '').map((name) => [name, headers[name]])
}
