/**
 * Plugins that the suite installs beside the one under test: to watch, to stop an attempt at a chosen place, to do
 * what other plugins do. Each keeps the rules of a plugin to the letter.
 */
import {
  type Connector,
  definePlugin,
  type ExchangeView,
  HTTPResponse,
  type Plugin,
  Resend,
  stages,
} from '@rockpool/core/plugin'
import type { Gate } from '../gate.js'

/** Listeners on `process`, by event. */
export type ProcessListeners = Readonly<Record<string, number>>

/** Counts the listeners on `process`. */
export function processListeners(): ProcessListeners {
  const counts = process.eventNames().map((name) => [String(name), process.listenerCount(name)] as const)
  return Object.fromEntries(counts.filter(([, count]) => count > 0).sort())
}

/** What the watcher tells. */
export interface Watch {
  /** A call has settled. */
  settled(exchange: ExchangeView): void
  /** A connect has begun (1) or ended (-1), whichever way. */
  connecting(change: 1 | -1): void
}

/** Higher than any stage that a plugin takes: outermost of all connectors. */
const OUTERMOST = 1_000

/** Tells of each call that has settled, and of each connect. */
export function watcher(watch: Watch): Plugin {
  return definePlugin({
    name: 'conformance-watcher',
    apply({ hooks }) {
      hooks.onSettle.tap({ name: 'watch', stage: stages.onSettle.observe }, (exchange) =>
        watch.settled(exchange),
      )
      hooks.beforeConnect.tap({ name: 'watch', stage: OUTERMOST }, (next) => async (target, context) => {
        watch.connecting(1)
        try {
          return await next(target, context)
        } finally {
          watch.connecting(-1)
        }
      })
    },
  })()
}

/** Resolves when the call is given up. */
function givenUp(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** Opens `reached` before the taps of `onRequest` and holds the attempt behind them for good. */
export function holdingRequests(reached: () => void): Plugin {
  return definePlugin({
    name: 'conformance-holder',
    apply(host) {
      host.hooks.onRequest.tap({ name: 'begin', stage: stages.onRequest.observe - 1 }, () => {
        setImmediate(reached)
      })
      const hold = { name: 'hold', stage: stages.onRequest.answer + 1 }
      host.hooks.onRequest.tapPromise(hold, ({ signal }) => givenUp(signal))
    },
  })()
}

/** Opens `reached` before the taps of `onResponse` and holds the attempt behind them for good. */
export function holdingResponses(reached: () => void): Plugin {
  return definePlugin({
    name: 'conformance-response-holder',
    apply(host) {
      host.hooks.onResponse.tap({ name: 'begin', stage: stages.onResponse.observe - 1 }, () => {
        setImmediate(reached)
      })
      const hold = { name: 'hold', stage: stages.onResponse.transform + 1 }
      host.hooks.onResponse.tapPromise(hold, ({ signal }) => givenUp(signal))
    },
  })()
}

/** Opens `reached` and holds the attempt for good, before the taps of `onError`: one of them may end the hook. */
export function holdingErrors(reached: () => void): Plugin {
  return definePlugin({
    name: 'conformance-error-holder',
    apply(host) {
      host.hooks.onError.tapPromise({ name: 'hold', stage: stages.onError.observe - 1 }, ({ signal }) => {
        reached()
        return givenUp(signal)
      })
    },
  })()
}

/** Connects never, and gives up as a connector must. */
export function holdingConnects(reached: Gate): Plugin {
  return definePlugin({
    name: 'conformance-dialler',
    apply(host) {
      const wrap = (_connector: Connector): Connector => {
        return (_target, { signal }) => {
          return new Promise((_resolve, reject) => {
            const giveUp = (): void => reject(signal.reason)
            if (signal.aborted) return giveUp()
            signal.addEventListener('abort', giveUp, { once: true })
            void reached.pass()
          })
        }
      }
      host.hooks.beforeConnect.tap({ name: 'hold', stage: stages.beforeConnect.dial }, wrap)
    },
  })()
}

/** Sends again whatever got a 503, after a wait. */
export function resender(delayMs: number, most = Number.POSITIVE_INFINITY): Plugin {
  return definePlugin({
    name: 'conformance-resender',
    apply(host) {
      host.hooks.onResponse.tap({ name: 'again', stage: stages.onResponse.decide }, (context) => {
        if (context.response.status !== 503 || context.attempt > most) return undefined
        return new Resend({ reason: 'conformance-resender', delayMs })
      })
    },
  })()
}

/** Puts another response, with its body in upper case, in the place of each. */
export function replacer(): Plugin {
  return definePlugin({
    name: 'conformance-replacer',
    apply(host) {
      host.hooks.onResponse.tap({ name: 'replace', stage: stages.onResponse.transform }, (context) => {
        const { status, headers, url, history } = context.response
        const body = upperCase(context.response)
        context.response = new HTTPResponse({ status, headers, url, history, body })
      })
    },
  })()
}

async function* upperCase(response: HTTPResponse): AsyncGenerator<Uint8Array> {
  for await (const chunk of response)
    yield Buffer.from(Buffer.from(chunk).toString('latin1').toUpperCase(), 'latin1')
}

/** Notes each hook that was called. */
export function observer(seen: Set<string>): Plugin {
  const note = (hook: string) => (): undefined => {
    seen.add(hook)
    return undefined
  }
  return definePlugin({
    name: 'conformance-observer',
    apply({ hooks }) {
      hooks.beforeConnect.tap({ name: 'observe', stage: stages.beforeConnect.observe }, (connector) => {
        seen.add('beforeConnect')
        return connector
      })
      hooks.onRequest.tap({ name: 'observe', stage: stages.onRequest.observe }, note('onRequest'))
      hooks.onResponse.tap({ name: 'observe', stage: stages.onResponse.observe }, note('onResponse'))
      hooks.onError.tap({ name: 'observe', stage: stages.onError.observe }, note('onError'))
      hooks.onRelease.tap({ name: 'observe', stage: stages.onRelease.observe }, note('onRelease'))
      hooks.onSettle.tap({ name: 'observe', stage: stages.onSettle.observe }, note('onSettle'))
    },
  })()
}
