/**
 * Plugins that do by lot what plugins may do, and what they should not: add fields, answer from memory, send again, wait, pass bodies
 * through, close connections, throw. Each is made anew with each pool.
 */
import {
  definePlugin,
  HTTPResponse,
  type Plugin,
  Resend,
  ResponseError,
  stages,
  wrapBody,
  wrapResponse,
} from '@rockpool/core/plugin'

/** Chance by a seed: the same seed draws the same lots. */
export class Lots {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 0 ≤ n < `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) % end
  }

  /** True once in `of` times. */
  once(of: number): boolean {
    return this.below(of) === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }
}

const labels = (): Plugin =>
  definePlugin({
    name: 'labels',
    apply: ({ hooks }) =>
      hooks.onRequest.tap({ name: 'labels', stage: stages.onRequest.amend }, (context) => {
        context.request = context.request.withHeaders({ 'X-Label': `${context.exchange.id}` })
      }),
  })()

const memory = (lots: Lots): Plugin =>
  definePlugin({
    name: 'memory',
    apply({ hooks }) {
      const kept = new Map<string, Buffer>()
      hooks.onRequest.tapPromise({ name: 'memory', stage: stages.onRequest.answer }, async ({ request }) => {
        const body = request.method === 'GET' && lots.once(3) ? kept.get(request.url) : undefined
        return body === undefined ? undefined : new HTTPResponse({ status: 200, body })
      })
      hooks.onResponse.tap({ name: 'memory', stage: stages.onResponse.transform }, (context) => {
        const { url } = context.request
        context.response = wrapResponse(context.response, async function* (body) {
          const chunks: Buffer[] = []
          for await (const chunk of body) {
            chunks.push(Buffer.from(chunk))
            yield chunk
          }
          kept.set(url, Buffer.concat(chunks))
        })
      })
    },
  })()

const again = (lots: Lots): Plugin =>
  definePlugin({
    name: 'again',
    apply({ hooks }) {
      const lot = (): Resend | undefined =>
        lots.once(6) ? new Resend({ reason: 'again', delayMs: lots.below(4) }) : undefined
      hooks.onResponse.tap({ name: 'again', stage: stages.onResponse.decide }, lot)
      hooks.onError.tapPromise({ name: 'again', stage: stages.onError.decide }, async () => lot())
    },
  })()

const patient = (lots: Lots): Plugin =>
  definePlugin({
    name: 'patient',
    apply(host) {
      const wait = (): Promise<void> =>
        lots.once(25) ? new Promise(() => undefined) : new Promise((resolve) => setImmediate(resolve))
      host.hooks.onRequest.tapPromise('patient', ({ exchange }) => host.whilePending(exchange, wait()))
      host.hooks.onResponse.tapPromise('patient', ({ exchange }) => host.whilePending(exchange, wait()))
      host.hooks.beforeConnect.tapPromise('patient', async (connector) => connector)
    },
  })()

const through = (): Plugin =>
  definePlugin({
    name: 'through',
    apply: ({ hooks }) =>
      hooks.onRequest.tap({ name: 'through', stage: stages.onRequest.sign }, (context) => {
        const { request } = context
        const body = wrapBody(request.body, async function* (chunks) {
          yield* chunks
        })
        context.request = request.with({ body })
      }),
  })()

const closing = (lots: Lots): Plugin =>
  definePlugin({
    name: 'closing',
    apply: ({ hooks }) => hooks.onRelease.tap('closing', () => (lots.once(4) ? 'close' : undefined)),
  })()

const fallback = (lots: Lots): Plugin =>
  definePlugin({
    name: 'fallback',
    apply: ({ hooks }) =>
      hooks.onError.tap({ name: 'fallback', stage: stages.onError.fallback }, () => {
        if (lots.once(3)) return new HTTPResponse({ status: 203, body: 'instead' })
        return lots.once(4) ? new ResponseError('refused by lot') : undefined
      }),
  })()

const faulty = (lots: Lots): Plugin =>
  definePlugin({
    name: 'faulty',
    apply({ hooks }) {
      const fault = (): undefined => {
        if (lots.once(12)) throw lots.pick<unknown>([new TypeError('by lot'), 'by lot', undefined])
      }
      hooks.onRequest.tap('faulty', fault)
      hooks.onResponse.tapPromise('faulty', async () => fault())
      hooks.onError.tap('faulty', fault)
      hooks.beforeConnect.tap('faulty', (connector) => {
        fault()
        return async (target, context) => {
          fault()
          return connector(target, context)
        }
      })
      hooks.onResponse.tap({ name: 'faulty', stage: stages.onResponse.transform }, (context) => {
        if (!lots.once(8)) return
        context.response = wrapResponse(context.response, async function* (body) {
          for await (const chunk of body) {
            fault()
            yield chunk
          }
        })
      })
    },
  })()

/** A random choice of them, in random order. */
export function randomPlugins(lots: Lots): Plugin[] {
  const makers = [labels, memory, again, patient, through, closing, fallback, faulty]
  return makers
    .filter(() => lots.once(2))
    .map((make) => ({ plugin: make(lots), place: lots.below(1_000) }))
    .sort((one, other) => one.place - other.place)
    .map(({ plugin }) => plugin)
}
