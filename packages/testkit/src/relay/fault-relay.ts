/**
 * A TCP relay between a client and a server that breaks what passes through it, exactly where a test says.
 *
 * It works between any two programs: a scripted server, nginx, a proxy, TLS or not. A fault is data (relay-fault.ts),
 * planned by connection and byte offset, or performed by hand on a connection. It never sleeps on its own account: what
 * takes time asks a Clock, and gates hold bytes back until the test lets them go.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type Clock, systemClock } from '@rockpool/core/plugin'
import { until } from '../turns.js'
import { RelayConnection, type RelayTarget } from './relay-connection.js'
import type { RelayFault, RelayPlan } from './relay-fault.js'

/** How a relay listens and keeps time. */
export interface FaultRelayOptions {
  /** Address to bind. Default `127.0.0.1`. */
  readonly host?: string
  /** Port to bind. Default 0, one that the kernel chooses. */
  readonly port?: number
  /** For delays and drips. Default the real one; a `ManualClock` lets the test own the time. */
  readonly clock?: Clock
}

/** A running relay. */
export interface FaultRelay extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** What happens on connections that come from now on. */
  plan: RelayPlan
  /** Where connections that come from now on lead. */
  target: RelayTarget
  /** Every connection so far, in order; those that have closed too, until `forgetClosed`. */
  readonly connections: readonly RelayConnection[]
  readonly openConnections: number
  /** Connections accepted so far. */
  readonly accepted: number
  /** How often a fault of each kind has struck. */
  readonly struck: Readonly<Partial<Record<RelayFault['kind'], number>>>
  /** The n-th connection (from 0), as soon as there is one. Rejects when it does not come within `MOST_TURNS`. */
  connection(index: number): Promise<RelayConnection>
  /** Drops the record of closed connections: for runs of hours. Their faults stay counted. */
  forgetClosed(): void
  /** Closes everything. Idempotent. */
  close(): Promise<void>
}

class Relaying implements FaultRelay {
  readonly host: string
  plan: RelayPlan
  target: RelayTarget
  connections: RelayConnection[] = []
  accepted = 0
  readonly #options: FaultRelayOptions
  readonly #server: Server
  readonly #closed: Promise<void>
  readonly #counts: Partial<Record<RelayFault['kind'], number>> = {}

  constructor(target: RelayTarget, plan: RelayPlan, options: FaultRelayOptions) {
    this.target = target
    this.plan = plan
    this.#options = options
    this.host = options.host ?? '127.0.0.1'
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
    this.#closed = new Promise((resolve) => this.#server.once('close', () => resolve()))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  get openConnections(): number {
    return this.connections.filter(({ isOpen }) => isOpen).length
  }

  get struck(): Partial<Record<RelayFault['kind'], number>> {
    return { ...this.#counts }
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: this.host, port: this.#options.port ?? 0 }, () => resolve())
    })
  }

  connection(index: number): Promise<RelayConnection> {
    return until(() => this.connections.find((connection) => connection.index === index), {
      what: `relayed connection ${index}`,
    })
  }

  forgetClosed(): void {
    this.connections = this.connections.filter(({ isOpen }) => isOpen)
  }

  async close(): Promise<void> {
    this.#server.close()
    await Promise.all(this.connections.map((connection) => connection.destroy()))
    await this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(socket: Socket): void {
    const index = this.accepted
    this.accepted += 1
    const plan = typeof this.plan === 'function' ? this.plan(index) : this.plan
    const clock = this.#options.clock ?? systemClock
    const count = ({ kind }: RelayFault): void => {
      this.#counts[kind] = (this.#counts[kind] ?? 0) + 1
    }
    this.connections.push(new RelayConnection(socket, { target: this.target, index, plan, clock, count }))
  }
}

/**
 * Starts a relay to `target`. Without a plan it changes nothing.
 *
 * @example
 * ```ts
 * await using server = await scriptedServer(answerAll(response(200, 'hello')))
 * await using relay = await faultRelay(server, (index) => (index === 0 ? [{ kind: 'reset', at: 20 }] : []))
 * const pool = new HTTPConnectionPool(relay.host, relay.port)
 * await pool.request('GET', '/') // rejects with ProtocolError: reset after 20 bytes of the response
 * await pool.request('GET', '/') // the second connection is sound
 * ```
 */
export async function faultRelay(
  target: RelayTarget,
  plan: RelayPlan = [],
  options: FaultRelayOptions = {},
): Promise<FaultRelay> {
  const relay = new Relaying(target, plan, options)
  await relay.listen()
  return relay
}
