/**
 * The base connector: TCP by name or address, or a unix socket.
 *
 * Names with several addresses are raced by Node's own happy eyeballs (RFC 8305). The connect time-out is one
 * budget over the look-up and every address, not one per address as urllib3 has it.
 */
import { connect, isIP, type TcpNetConnectOpts } from 'node:net'
import type { ConnectContext, Connector, ConnectTarget } from './connector.js'
import { openSocket } from './open-socket.js'
import type { RouteStep } from './transport.js'

/** How long one address may stay silent before the next is tried beside it (RFC 8305 §5). */
const ATTEMPT_DELAY_MS = 250

/**
 * Named, so that Node does not find them on `Object.prototype`: with a `path` there it would connect to that unix socket
 * instead of to the target, with a `lookup` to whatever address that likes.
 */
export const NOT_INHERITED = {
  path: undefined as never,
  localAddress: undefined,
  localPort: undefined,
  lookup: undefined,
  family: undefined,
  hints: undefined,
  timeout: undefined,
  signal: undefined,
  onread: undefined as never,
  blockList: undefined,
  allowHalfOpen: undefined,
}

/** Dials `target`, or the unix socket when the pool has one. */
export const dialTcp: Connector = Object.assign(
  (target: ConnectTarget, context: ConnectContext) => {
    const readMode = context.readMode ?? 'direct'
    const step = dialStep(target, context)
    return openSocket(
      {
        start: (transport) => {
          const onread = readMode === 'direct' ? { onread: transport.onRead() } : {}
          const { socketPath } = context.dial
          if (socketPath !== undefined) return connect({ ...NOT_INHERITED, path: socketPath, ...onread })
          return connect({ ...tcpOptions(target, context), ...onread })
        },
        ready: 'connect',
        readMode,
        route: [step],
        peer: step.peer,
        firstPhase: step.kind === 'unix' || isIP(target.host) !== 0 ? 'connect' : 'dns',
      },
      context,
    )
  },
  { bareDial: true as const },
)

/** The route step that dialling `target` adds. */
export function dialStep(target: ConnectTarget, context: ConnectContext): RouteStep {
  const { socketPath } = context.dial
  if (socketPath !== undefined) return { kind: 'unix', peer: socketPath }
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  return { kind: 'tcp', peer: `${host}:${target.port}` }
}

/** The options for `net.connect`, or for `tls.connect` when it dials by itself. */
export function tcpOptions(target: ConnectTarget, context: ConnectContext): TcpNetConnectOpts {
  const { dial } = context
  return {
    ...NOT_INHERITED,
    host: target.host,
    port: target.port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_DELAY_MS,
    noDelay: dial.noDelay,
    keepAlive: dial.keepAliveProbe !== false,
    ...(dial.keepAliveProbe !== false && { keepAliveInitialDelay: dial.keepAliveProbe }),
    ...(dial.localAddress !== undefined && { localAddress: dial.localAddress }),
    ...(dial.lookup !== undefined && { lookup: dial.lookup }),
  }
}
