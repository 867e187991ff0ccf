/**
 * Making a transport to an origin: beforeConnect wraps the base connector, the result is called, and what it
 * brings is checked by an invariant that is not a hook: an https origin gets a transport that TLS has proven to
 * be its own, or none. So a plugin that is missing, misplaced or wrong cannot send plaintext. A connection to an
 * https forward proxy is held to the same, with the proxy as the origin; and an https request may be forwarded to
 * such a proxy only.
 */
import {
  ConnectTimeoutError,
  HTTPError,
  InsecureTransportError,
  NewConnectionError,
  PluginError,
} from '../ground/errors.js'
import { CONNECT_GRACE_MS } from '../ground/limits.js'
import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'
import { describeThrown } from '../hooks/guard.js'
import type { Hooks } from '../hooks/hooks.js'
import type { ConnectContext, ConnectTarget } from '../transport/connector.js'
import { dialTcp } from '../transport/dial-tcp.js'
import type { Transport } from '../transport/transport.js'

/**
 * Opens a transport for `context.origin`. Settles at once when the signal is aborted, and a moment after the connect
 * time-out is spent, whatever a plugin does, and fails with an error of ours.
 */
export async function openConnection(hooks: Hooks, context: ConnectContext): Promise<Transport> {
  const { origin } = context
  // Nothing of a plugin is in the way: the dialler keeps to time-out and signal by itself.
  if (!hooks.beforeConnect.active) return checked(await dialTcp(targetOf(origin), context), context)
  Object.freeze(context.dial)
  const shown = Object.freeze(context)
  return checked(await bounded(connectThroughHooks(hooks, shown), shown), shown)
}

/**
 * Why `request` must not be handed to the forward proxy `via`, if there is a reason: https over an unsecured leg, or
 * a form that names no origin.
 */
export function forwardRefusal(
  request: HTTPRequest,
  form: 'origin' | 'absolute',
  via: Origin,
): InsecureTransportError | undefined {
  if (request.origin.scheme !== 'https' || (via.scheme === 'https' && form === 'absolute')) return undefined
  return new InsecureTransportError(
    `a request to ${request.origin.key} cannot be forwarded by ${via.key}: only an https proxy may forward https, in absolute form`,
    { phase: 'tls' },
  )
}

function targetOf(origin: Origin): ConnectTarget {
  return { host: origin.dnsName, port: origin.port }
}

function checked(transport: Transport, context: ConnectContext): Transport {
  try {
    requireSecured(transport, context)
    return transport
  } catch (error) {
    transport.destroy()
    throw error
  }
}

async function connectThroughHooks(hooks: Hooks, context: ConnectContext): Promise<Transport> {
  const startedAt = context.clock.now()
  const connector = await hooks.beforeConnect.call(dialTcp, context)
  let transport: Transport
  try {
    transport = await connector(targetOf(context.origin), withTimeLeft(context, startedAt))
  } catch (cause) {
    if (cause instanceof HTTPError || (context.signal.aborted && cause === context.signal.reason)) throw cause
    throw new NewConnectionError(`a connector to ${context.origin.key} failed: ${describeThrown(cause)}`, {
      cause,
      phase: 'connect',
    })
  }
  if (!isTransport(transport)) {
    throw new PluginError(`the connector of ${hooks.beforeConnect.tappedBy} brought no transport`, {
      plugin: hooks.beforeConnect.tappedBy,
      hook: 'beforeConnect',
    })
  }
  return transport
}

/** Less of the time-out when taps, or other connections begun in this turn, have used up a part that matters. */
function withTimeLeft(context: ConnectContext, startedAt: number): ConnectContext {
  const { connectTimeout, clock } = context
  const spent = clock.now() - startedAt
  if (connectTimeout === undefined || spent < CONNECT_GRACE_MS / 2) return context
  return Object.freeze({ ...context, connectTimeout: Math.max(1, Math.floor(connectTimeout - spent)) })
}

function isTransport(value: unknown): value is Transport {
  if (typeof value !== 'object' || value === null || !('info' in value)) return false
  const methods = ['write', 'destroy', 'pause', 'resume', 'ref', 'unref'] as const
  return value.info !== undefined && methods.every((name) => typeof (value as Transport)[name] === 'function')
}

/** Gives up what is being opened when nobody wants it, or when it takes too long. What comes late is nobody's. */
function bounded(opening: Promise<Transport>, context: ConnectContext): Promise<Transport> {
  const { signal, connectTimeout, clock } = context
  return new Promise((resolve, reject) => {
    const giveUp = (reason: unknown): void => {
      reject(reason)
      opening.then((late) => late.destroy()).catch(() => undefined)
    }
    const onAbort = (): void => giveUp(signal.reason)
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const timer = clock.timer(() => {
      // Whoever is at work under the same time-out can say better what it was that took so long; it looks for news first.
      setImmediate(() => setImmediate(() => giveUp(tooSlow(context))))
    })
    if (connectTimeout !== undefined) timer.arm(connectTimeout + CONNECT_GRACE_MS)
    const settled = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
    }
    opening.then(resolve, reject).finally(settled)
  })
}

function tooSlow({ origin, connectTimeout, progress }: ConnectContext): ConnectTimeoutError {
  const doing = progress?.doing ?? 'connecting'
  return new ConnectTimeoutError(
    `${origin.key} was not reached within ${connectTimeout} ms (still ${doing})`,
    { phase: progress?.phase ?? 'connect' },
  )
}

function requireSecured(transport: Transport, { origin, forward }: ConnectContext): void {
  if (origin.scheme !== 'https') return
  const { securedFor } = transport.info
  if (securedFor?.equals(origin) === true) return
  throw new InsecureTransportError(
    `the connection to ${origin.key} is not secured for it` +
      `${securedFor === undefined ? '' : ` (but for ${securedFor.key})`}; ${forward === true ? 'securing it is up to the plugin that forwards' : 'install @rockpool/plugin-tls'}`,
    { phase: 'tls' },
  )
}
