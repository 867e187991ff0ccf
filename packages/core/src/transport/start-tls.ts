/**
 * TLS as a mechanism: a handshake on top of whatever a connector opens.
 *
 * No policy lives here. What is trusted, which name or key is demanded, which session may be resumed: all of
 * that comes in as Node's own TLS options and a `check` that runs before the transport is handed on, and so
 * before the first request byte. A failed check destroys the socket.
 *
 * On top of a bare dial the handshake and the dial are one step, because only then can Node read TLS records
 * straight into the lent buffer (`onread` is ignored when `tls.connect` is given a socket).
 */
import { isIP } from 'node:net'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { HTTPError, Phase } from '../ground/errors.js'
import type { Origin } from '../ground/origin.js'
import { type ConnectContext, type Connector, type ConnectTarget, closeOnError } from './connector.js'
import { dialStep, NOT_INHERITED, tcpOptions } from './dial-tcp.js'
import { openSocket } from './open-socket.js'
import type { RouteStep, TlsSummary, Transport } from './transport.js'

/** One TLS handshake, as the plugin that owns the policy wants it. */
export interface TlsRequest {
  /** Node's options: `servername`, `secureContext`, `ALPNProtocols`, `checkServerIdentity`, … */
  readonly options: ConnectionOptions
  /** The origin whose identity the handshake proves; `undefined` when it secures a proxy's leg. */
  readonly securedFor: Origin | undefined
  /** Whom the route and errors name: `host:port`. */
  readonly peer: string
  /** Runs on the finished handshake; throws a typed error to refuse it. */
  readonly check: (socket: TLSSocket) => TlsSummary
  /** Makes the typed error of a socket that failed in `phase`; `undefined` leaves it to the dialler. */
  readonly explain: (error: unknown, phase: Phase) => HTTPError | undefined
  /** Sees the socket before the handshake, to listen for `session` and `keylog`. */
  readonly prepare?: (socket: TLSSocket) => void
  /** The session to offer to the peer at `address`, which is `undefined` where nobody knows it: behind a proxy. */
  readonly session?: (address: string | undefined) => Buffer | undefined
}

/**
 * Opens a transport with `next` and secures it as `request` says.
 *
 * @example
 * ```ts
 * const secure = (next: Connector): Connector => (target, context) => startTls(next, target, context, request)
 * ```
 */
export async function startTls(
  next: Connector,
  target: ConnectTarget,
  context: ConnectContext,
  request: TlsRequest,
): Promise<Transport> {
  if (next.bareDial === true) return dialTls(target, context, request)
  const startedAt = context.clock.now()
  const below = await next(target, { ...context, readMode: 'stream' })
  return closeOnError(below, async () => {
    const spent = context.clock.now() - startedAt
    const left =
      context.connectTimeout === undefined
        ? undefined
        : Math.max(1, Math.floor(context.connectTimeout - spent))
    const secured = await openSocket(
      {
        start: () => {
          const session = request.session?.(undefined)
          const offer = session === undefined ? {} : { session }
          const socket = connect({ ...request.options, ...offer, socket: below.takeStream() })
          request.prepare?.(socket)
          return socket
        },
        ready: 'secureConnect',
        readMode: 'stream',
        route: [...below.info.route, tlsStep(request)],
        peer: request.peer,
        firstPhase: 'tls',
        explain: request.explain,
        check: (socket, info) => {
          info.remoteAddress = below.info.remoteAddress
          info.remotePort = below.info.remotePort
          info.localAddress = below.info.localAddress
          info.localPort = below.info.localPort
          info.timings = {
            ...below.info.timings,
            tls: (below.info.timings.tls ?? 0) + (info.timings.tls ?? 0),
          }
          info.tls = request.check(socket as TLSSocket)
          info.securedFor = request.securedFor
        },
      },
      { ...context, connectTimeout: left },
    )
    return secured
  })
}

function dialTls(target: ConnectTarget, context: ConnectContext, request: TlsRequest): Promise<Transport> {
  const readMode = context.readMode ?? 'direct'
  const { socketPath } = context.dial
  const step = dialStep(target, context)
  return openSocket(
    {
      start: (transport) => {
        const address =
          socketPath === undefined ? tcpOptions(target, context) : { ...NOT_INHERITED, path: socketPath }
        const onread = readMode === 'direct' ? { onread: transport.onRead() } : {}
        const socket = connect({ ...request.options, ...address, ...onread } as ConnectionOptions)
        socket.prependOnceListener('connect', () => {
          // Thrown out of a listener, it would be nobody's.
          try {
            prepareConnected(socket, request)
          } catch (error) {
            socket.destroy(error as Error)
          }
        })
        return socket
      },
      ready: 'secureConnect',
      readMode,
      route: [step, tlsStep(request)],
      peer: request.peer,
      firstPhase: socketPath !== undefined || isIP(target.host) !== 0 ? 'connect' : 'dns',
      explain: request.explain,
      check: (socket, info) => {
        info.tls = request.check(socket as TLSSocket)
        info.securedFor = request.securedFor
      },
    },
    context,
  )
}

/**
 * Runs when the address is settled and the handshake has not begun: Node forgets who listens for `session` and `keylog`
 * when it gives up one address for the next, and only now is it known whom a session would be offered to.
 */
function prepareConnected(socket: TLSSocket, request: TlsRequest): void {
  request.prepare?.(socket)
  const { setSession } = socket as TLSSocket & { setSession?: (session: Buffer) => void }
  // Not in Node's documentation, though `tls.connect` does the same; without it every handshake is a full one.
  if (typeof setSession !== 'function') return
  const session = request.session?.(socket.remoteAddress)
  if (session !== undefined) setSession.call(socket, session)
}

function tlsStep(request: TlsRequest): RouteStep {
  return { kind: 'tls', peer: request.peer }
}
