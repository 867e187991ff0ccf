/**
 * Making a transport to an origin: beforeConnect wraps the base connector, the result is called, and what it
 * brings is checked by an invariant that is not a hook: an https origin gets a transport that TLS has proven to
 * be its own, or none. So a plugin that is missing, misplaced or wrong cannot send plaintext. A connection to an
 * https forward proxy is held to the same, with the proxy as the origin; and an https request may be forwarded to
 * such a proxy only.
 */
import { InsecureTransportError } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'
import type { Hooks } from '../hooks/hooks.js'
import type { ConnectContext } from '../transport/connector.js'
import { dialTcp } from '../transport/dial-tcp.js'
import type { Transport } from '../transport/transport.js'

/** Opens a transport for `context.origin`. Settles at once when the signal is aborted, whatever a plugin does. */
export async function openConnection(hooks: Hooks, context: ConnectContext): Promise<Transport> {
  const { signal } = context
  const opening = connectThroughHooks(hooks, context)
  const transport = await untilAborted(opening, signal)
  try {
    requireSecured(transport, context)
  } catch (error) {
    transport.destroy()
    throw error
  }
  return transport
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

async function connectThroughHooks(hooks: Hooks, context: ConnectContext): Promise<Transport> {
  const connector = hooks.beforeConnect.active ? await hooks.beforeConnect.call(dialTcp, context) : dialTcp
  const { origin } = context
  return connector({ host: origin.dnsName, port: origin.port }, context)
}

function untilAborted(opening: Promise<Transport>, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason)
      // Whatever the connector still brings is nobody's.
      opening.then((late) => late.destroy()).catch(() => undefined)
    }
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
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
