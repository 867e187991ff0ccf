// `cache()`: an HTTP cache (RFC 9111) as a plugin. What may be stored, how long it is fresh and what a 304 changes is decided
// by http-cache-semantics; here its decisions meet the hooks.
//
//   onRequest   answer      a fresh response is the answer: no connection. A stale one makes the request conditional.
//   onResponse  decide - 1  a 304 is answered with what is stored; what is new is stored while its reader reads it.
//   onError     fallback    no response at all: a stale one, if its `stale-if-error` allows.
//
// What is stored is the body as other plugins have not yet changed it: they see a stored response in onResponse like any other.
import { definePlugin, HTTPResponse, Resend, stages, wrapResponse } from '@rockpool/core/plugin'
import CachePolicy from 'http-cache-semantics'
import { z } from 'zod'
import { answerOf, isCacheable, isWorthStoring, mayStandIn, requestOf } from './semantics.mjs'
import { Store, variesBy } from './store.mjs'

const MIB = 1_048_576
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

const options = z
  .strictObject({
    /** All bodies together. */
    maxBytes: z
      .int()
      .min(0)
      .default(64 * MIB),
    /** A longer body is passed on and not stored. */
    maxBodyBytes: z
      .int()
      .min(0)
      .default(4 * MIB),
    /**
     * Whether a response may be given to other users than the one it was stored for. `true` keeps what is `private`, or was
     * asked for with `Authorization`, out of the store: right for a server that calls on behalf of many.
     */
    shared: z.boolean().default(true),
  })
  .prefault({})

export const cache = definePlugin({
  name: 'cache',
  options,
  requestOptions: { cache: z.boolean().optional() },
  apply(host, settings) {
    const pool = new PoolCache(host.clock, settings)
    const { hooks } = host
    hooks.onRequest.tap({ name: 'cache', stage: stages.onRequest.answer }, (context) =>
      pool.onRequest(context),
    )
    // Before others decide: a response from the store leaves a retry nothing to do.
    hooks.onResponse.tap({ name: 'cache', stage: stages.onResponse.decide - 1 }, (context) =>
      pool.onResponse(context),
    )
    hooks.onError.tap({ name: 'cache', stage: stages.onError.fallback }, (context) => pool.onError(context))
    host.inspect(() => pool.inspect())
    return () => pool.clear()
  },
})

/** The cache of one pool. */
class PoolCache {
  #settings
  #store
  #Policy
  /** What an attempt asked the cache for, by its exchange: `request`, and `stale` when something stored has to be validated. */
  #memories = new WeakMap()
  #counts = { hits: 0, misses: 0, revalidated: 0, staleOnError: 0 }

  constructor(clock, settings) {
    this.#settings = settings
    this.#store = new Store(settings.maxBytes)
    // Time is the pool's, so that a test can let an hour pass.
    this.#Policy = class extends CachePolicy {
      now() {
        return clock.wallNow()
      }
    }
  }

  onRequest(context) {
    const request = requestOf(context)
    const memory = { request, cacheable: isCacheable(context), stale: undefined, fromStore: false }
    this.#memories.set(context.exchange, memory)
    if (!memory.cacheable) return undefined
    const entry = this.#store.find(request.url, request)
    if (entry?.policy.satisfiesWithoutRevalidation(request)) {
      this.#counts.hits += 1
      return this.#answer(entry, memory)
    }
    this.#counts.misses += 1
    if (/\bonly-if-cached\b/i.test(request.headers['cache-control'] ?? '')) {
      memory.cacheable = false
      return new HTTPResponse({ status: 504 })
    }
    if (entry !== undefined) {
      memory.stale = entry
      const conditional = entry.policy.revalidationHeaders(request)
      context.request = context.request.withHeaders({
        'if-none-match': conditional['if-none-match'],
        'if-modified-since': conditional['if-modified-since'],
      })
    }
    return undefined
  }

  onResponse(context) {
    const memory = this.#memories.get(context.exchange)
    if (memory === undefined || memory.fromStore) return undefined
    const { request, cacheable, stale } = memory
    const answer = answerOf(context.response)
    // RFC 9111 §4.4: what was changed is no longer what is stored.
    if (!SAFE.has(request.method) && answer.status < 400) this.#store.delete(request.url)
    if (!cacheable) return undefined
    if (stale !== undefined && answer.status === 304) return this.#validated(context, memory, answer)
    if (stale !== undefined && mayStandIn(stale, request, answer.status)) {
      this.#counts.staleOnError += 1
      context.response = this.#answer(stale, memory)
    } else this.#keep(context, request, answer)
    return undefined
  }

  onError({ exchange }) {
    const memory = this.#memories.get(exchange)
    if (memory?.stale === undefined || !mayStandIn(memory.stale, memory.request)) return undefined
    this.#counts.staleOnError += 1
    return this.#answer(memory.stale, memory)
  }

  inspect() {
    return { ...this.#store.size, ...this.#counts }
  }

  clear() {
    this.#store.clear()
  }

  #validated(context, memory, answer) {
    const { request, stale } = memory
    const { policy, matches } = stale.policy.revalidatedPolicy(request, answer)
    if (!matches) {
      // "Not modified", of something else: what is stored is worth nothing. Once more, without a condition.
      this.#store.delete(request.url)
      return new Resend({ reason: 'cache' })
    }
    this.#counts.revalidated += 1
    const entry = { ...stale, policy }
    this.#store.put(request.url, request, entry)
    context.response = this.#answer(entry, memory)
    return undefined
  }

  /** Stores a response while it is read. */
  #keep(context, request, answer) {
    const policy = new this.#Policy(request, answer, { shared: this.#settings.shared })
    const varies = variesBy(answer.headers.vary, request)
    if (varies === undefined || !isWorthStoring(policy, answer)) return
    const { decoded } = request
    const keep = (body) => this.#store.put(request.url, request, { policy, body, varies, decoded })
    context.response = wrapResponse(context.response, (body) => tee(body, this.#settings.maxBodyBytes, keep))
  }

  /** A copy of the body: whoever gets it may write into it. */
  #answer({ policy, body }, memory) {
    memory.fromStore = true
    return new HTTPResponse({
      status: policy.status(),
      headers: policy.responseHeaders(),
      body: Buffer.from(body),
    })
  }
}

/** Passes a body on, and keeps it when it ended well: one that broke, or was left early, is not the response. */
async function* tee(body, maxBytes, keep) {
  const kept = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length <= maxBytes) kept.push(Buffer.from(chunk))
    else kept.length = 0
    yield chunk
  }
  if (length <= maxBytes) keep(Buffer.concat(kept, length))
}
