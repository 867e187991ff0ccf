/**
 * One connection through the relay: two sockets, two flows, and the handles by which a test breaks it by hand.
 *
 * What one end does the other end sees: FIN as FIN, RST as RST, once the bytes before it have gone through; unless a
 * fault is in between: a stall keeps such news back too, as a dead network would.
 */
import { connect, type Socket } from 'node:net'
import type { Clock } from '@rockpool/core/plugin'
import type { Gate } from '../gate.js'
import { faultsOf, type RelayDirection, type RelayFault } from './relay-fault.js'
import { type FlowOwner, RelayFlow } from './relay-flow.js'

/** Where a relay forwards to. */
export interface RelayTarget {
  /** Default `127.0.0.1`. */
  readonly host?: string
  readonly port: number
}

/** What a relay gives to each of its connections. */
export interface RelayConnectionInit {
  readonly target: RelayTarget
  readonly index: number
  readonly plan: readonly RelayFault[]
  readonly clock: Clock
  /** Called with each fault that strikes. */
  readonly count: (fault: RelayFault) => void
}

/** See the file's head. Made by a relay. */
export class RelayConnection implements FlowOwner {
  /** 0 for the first connection that the relay accepted. */
  readonly index: number
  /** Resolves when both sockets are closed. */
  readonly closed: Promise<void>
  /** Resolves when the server has accepted; the connection may be reset instead. */
  readonly connected: Promise<void>
  readonly clock: Clock
  /** The faults that have struck so far. */
  readonly struck: RelayFault[] = []
  readonly #client: Socket
  readonly #server: Socket
  readonly #toServer: RelayFlow
  readonly #toClient: RelayFlow

  readonly #count: (fault: RelayFault) => void

  constructor(client: Socket, { target, index, plan, clock, count }: RelayConnectionInit) {
    this.index = index
    this.clock = clock
    this.#count = count
    this.#client = client
    this.#server = connect({
      host: target.host ?? '127.0.0.1',
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
    })
    this.#toServer = new RelayFlow(client, this.#server, this, faultsOf(plan, 'toServer'))
    this.#toClient = new RelayFlow(this.#server, client, this, faultsOf(plan, 'toClient'))
    this.connected = new Promise((resolve) => this.#server.once('connect', () => resolve()))
    this.closed = Promise.all([closeOf(client), closeOf(this.#server)]).then(() => undefined)
    void this.#toServer.run()
    void this.#toClient.run()
    for (const fault of plan) if (fault.at === 'accept') this.strike(fault)
  }

  /** Bytes that went through, each way. */
  get forwarded(): Readonly<Record<RelayDirection, number>> {
    return { toServer: this.#toServer.forwarded, toClient: this.#toClient.forwarded }
  }

  /** Bytes that came in, each way. */
  get received(): Readonly<Record<RelayDirection, number>> {
    return { toServer: this.#toServer.received, toClient: this.#toClient.received }
  }

  /** Whether a socket of it is open. */
  get isOpen(): boolean {
    return !this.#client.destroyed || !this.#server.destroyed
  }

  /** Performs a fault now, whatever its `at` says. What changes bytes begins with the next one in its direction. */
  strike(fault: RelayFault): void {
    const flow = this.#flow(fault.direction)
    if (fault.kind === 'corrupt' || fault.kind === 'delay' || fault.kind === 'drip') {
      flow.strikeNext(fault)
      return
    }
    this.onStrike(fault)
    if (fault.kind === 'cut') this.cut()
    else if (fault.kind === 'reset') this.reset()
    else if (fault.kind === 'halfClose') flow.halfClose()
    else flow.stall(fault.until)
  }

  /** Forwards nothing in this direction until the gate opens or `resume` is called. */
  stall(direction: RelayDirection = 'toClient', until?: Gate): void {
    this.#flow(direction).stall(until)
  }

  /** The end of a stall. */
  resume(direction: RelayDirection = 'toClient'): void {
    this.#flow(direction).resume()
  }

  /** FIN to both ends. */
  cut(): void {
    this.#toServer.halfClose()
    this.#toClient.halfClose()
  }

  /** RST to both ends. */
  reset(): void {
    this.#toServer.drop()
    this.#toClient.drop()
    resetSocket(this.#client)
    resetSocket(this.#server)
  }

  /** Closes both sockets at once. */
  destroy(): Promise<void> {
    this.#toServer.drop()
    this.#toClient.drop()
    this.#client.destroy()
    this.#server.destroy()
    return this.closed
  }

  onStrike(fault: RelayFault): void {
    this.struck.push(fault)
    this.#count(fault)
  }

  #flow(direction: RelayDirection = 'toClient'): RelayFlow {
    return direction === 'toServer' ? this.#toServer : this.#toClient
  }
}

/** Node cannot reset a socket that still connects or whose FIN is on its way: trying leaves it open for ever. */
function resetSocket(socket: Socket): void {
  const closing = socket.writableEnded && !socket.writableFinished
  if (socket.connecting || closing) socket.destroy()
  else socket.resetAndDestroy()
}

const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))
