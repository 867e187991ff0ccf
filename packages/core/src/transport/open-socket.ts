/**
 * From a socket that has just begun to connect to an open transport, or to a clean failure.
 *
 * Shared by every way of dialling (TCP, unix, TLS in one step) and by TLS over an existing stream, so that
 * time-out, abort and clean-up are written once: whatever goes wrong, the socket is destroyed, the timer
 * cancelled and the abort listener removed before the promise rejects.
 */
import type { Socket } from 'node:net'
import { ConnectTimeoutError, type HTTPError, type Phase } from '../ground/errors.js'
import type { ConnectPhase } from './connect-progress.js'
import type { ConnectContext } from './connector.js'
import { connectError } from './dial-errors.js'
import { type MutableInfo, SocketTransport } from './socket-transport.js'
import type { RouteStep } from './transport.js'

/** How one kind of socket is opened. */
export interface SocketOpening {
  /** Starts the socket. With `direct` reading it must be given `transport.onRead()`. */
  start(transport: SocketTransport): Socket
  /** The event that says the socket is usable. */
  readonly ready: 'connect' | 'secureConnect'
  readonly readMode: 'direct' | 'stream'
  /** What the route gains by this step. */
  readonly route: readonly RouteStep[]
  /** Whom errors name. */
  readonly peer: string
  /** The phase in which the work starts: `tls` for TLS over a stream that is already open. */
  readonly firstPhase: ConnectPhase
  /** Turns a socket's failure into a typed error; default: the errors of a TCP connect. */
  readonly explain?: (error: unknown, phase: Phase) => HTTPError | undefined
  /** Checks the open socket and completes `info`; a throw fails the opening and destroys the socket. */
  readonly check?: (socket: Socket, info: MutableInfo) => void
}

/** Opens a socket as `opening` says. See the file's head. */
export function openSocket(opening: SocketOpening, context: ConnectContext): Promise<SocketTransport> {
  return new Promise((resolve, reject) => new PendingSocket(opening, context, resolve, reject).start())
}

class PendingSocket {
  readonly #opening: SocketOpening
  readonly #context: ConnectContext
  readonly #resolve: (transport: SocketTransport) => void
  readonly #reject: (error: unknown) => void
  readonly #transport: SocketTransport
  readonly #startedAt: number
  readonly #timer: { arm(ms: number): void; cancel(): void } | undefined
  #socket: Socket | undefined
  #phase: ConnectPhase
  #phaseStartedAt: number
  #dns: number | undefined
  #connect: number | undefined
  #settled = false

  constructor(
    opening: SocketOpening,
    context: ConnectContext,
    resolve: (transport: SocketTransport) => void,
    reject: (error: unknown) => void,
  ) {
    this.#opening = opening
    this.#context = context
    this.#resolve = resolve
    this.#reject = reject
    this.#phase = opening.firstPhase
    this.#startedAt = context.clock.now()
    this.#phaseStartedAt = this.#startedAt
    this.#transport = new SocketTransport(emptyInfo(opening.route))
    this.#timer = context.connectTimeout === undefined ? undefined : context.clock.timer(this.#onTimeout)
  }

  start(): void {
    const { signal, connectTimeout } = this.#context
    if (signal.aborted) {
      this.#fail(signal.reason)
      return
    }
    this.#enter(this.#phase)
    try {
      this.#socket = this.#opening.start(this.#transport)
    } catch (error) {
      this.#fail(this.#explain(error))
      return
    }
    this.#transport.attach(this.#socket, this.#opening.readMode)
    this.#socket.once('connectionAttempt', this.#onAttempt)
    if (this.#opening.ready !== 'connect') this.#socket.once('connect', this.#onConnect)
    this.#socket.once(this.#opening.ready, this.#onReady)
    this.#socket.on('error', this.#onError)
    this.#socket.once('close', this.#onClose)
    signal.addEventListener('abort', this.#onAbort, { once: true })
    if (connectTimeout === undefined) return
    // To begin a handshake takes its time too.
    const spent = Math.floor(this.#context.clock.now() - this.#startedAt)
    this.#timer?.arm(Math.max(1, connectTimeout - spent))
  }

  readonly #onAttempt = (): void => {
    if (this.#phase !== 'dns') return
    this.#dns = this.#lap()
    this.#enter('connect')
  }

  readonly #onConnect = (): void => {
    this.#connect = this.#lap()
    this.#enter('tls')
  }

  #enter(phase: ConnectPhase): void {
    this.#phase = phase
    this.#context.progress?.enter(phase)
  }

  readonly #onReady = (): void => {
    if (this.#settled) return
    const socket = this.#socket as Socket
    const lap = this.#lap()
    const secured = this.#opening.ready === 'secureConnect'
    const info = this.#transport.info
    info.remoteAddress = socket.remoteAddress
    info.remotePort = socket.remotePort
    info.localAddress = socket.localAddress
    info.localPort = socket.localPort
    info.timings = {
      dns: this.#dns,
      connect: secured ? this.#connect : lap,
      tls: secured ? lap : undefined,
    }
    try {
      this.#opening.check?.(socket, info)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#detach()
    this.#resolve(this.#transport)
  }

  readonly #onError = (error: Error): void => {
    this.#fail(this.#explain(error))
  }

  readonly #onClose = (): void => {
    const error = new Error(`${this.#opening.peer} closed the connection before it was open`)
    this.#fail(this.#explain(Object.assign(error, { code: 'ECONNRESET' })))
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#context.signal.reason)
  }

  /** The event loop may have stood still: what the kernel has done meanwhile is seen by the poll that follows the timers. */
  readonly #onTimeout = (): void => {
    setImmediate(() => {
      if (!this.#settled) this.#failLate()
    })
  }

  #failLate(): void {
    const took = Math.round(this.#context.clock.now() - this.#startedAt)
    const doing = { dns: 'resolving the name', tls: 'the TLS handshake' }[this.#phase as 'dns' | 'tls']
    this.#fail(
      new ConnectTimeoutError(
        `${this.#opening.peer} was not reached within ${this.#context.connectTimeout} ms ` +
          `(${took} ms spent, still in ${doing ?? 'the TCP connect'})`,
        { phase: this.#phase },
      ),
    )
  }

  #explain(error: unknown): HTTPError {
    return this.#opening.explain?.(error, this.#phase) ?? connectError(error, this.#opening.peer, this.#phase)
  }

  #lap(): number {
    const now = this.#context.clock.now()
    const lap = now - this.#phaseStartedAt
    this.#phaseStartedAt = now
    return lap
  }

  #fail(error: unknown): void {
    if (this.#settled) return
    this.#detach()
    // An error may still be on its way out of the destroyed socket; nobody is left to hear it.
    this.#socket?.on('error', ignore)
    this.#socket?.destroy()
    this.#reject(error)
  }

  #detach(): void {
    this.#settled = true
    this.#timer?.cancel()
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    const socket = this.#socket
    if (socket === undefined) return
    socket.off('connectionAttempt', this.#onAttempt)
    socket.off('connect', this.#onConnect)
    socket.off(this.#opening.ready, this.#onReady)
    socket.off('error', this.#onError)
    socket.off('close', this.#onClose)
  }
}

function ignore(): void {}

function emptyInfo(route: readonly RouteStep[]): MutableInfo {
  return {
    remoteAddress: undefined,
    remotePort: undefined,
    localAddress: undefined,
    localPort: undefined,
    securedFor: undefined,
    tls: undefined,
    route,
    timings: { dns: undefined, connect: undefined, tls: undefined },
  }
}
