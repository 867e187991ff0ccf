/**
 * A Pool in the hands of a test: its clock, its dials and its transports are the test's, and nothing else is there.
 *
 * What a caller is told lands in a `Caller`. Turns of the event loop are taken by hand.
 */
import { ManualClock, ScriptedTransport } from '@rockpool/testkit'
import type { Connection } from '../../src/connection/connection.js'
import type { CloseReason, MessageHandler } from '../../src/connection/connection-roles.js'
import type { OutgoingMessage } from '../../src/connection/send-message.js'
import { toBody } from '../../src/ground/body.js'
import { DEFAULT_LIMITS } from '../../src/ground/limits.js'
import { Origin } from '../../src/ground/origin.js'
import type { Lease } from '../../src/pool/lease.js'
import { Pool } from '../../src/pool/pool.js'
import type { PoolSettings } from '../../src/pool/pool-settings.js'
import type { LeaseRequest, Waiter } from '../../src/pool/waiter.js'
import type { ConnectProgress } from '../../src/transport/connect-progress.js'

/** A connection being made, to be ended by the test. */
export interface Dial {
  readonly signal: AbortSignal
  readonly connectTimeout: number | undefined
  readonly progress: ConnectProgress
  /** The connection is made. */
  succeed(): Promise<ScriptedTransport>
  /** The same, with a transport on which something has happened already. */
  succeedWith(prepare: (transport: ScriptedTransport) => void): Promise<ScriptedTransport>
  fail(reason: unknown): Promise<void>
}

/** Who asked, and what became of it. */
export interface Caller {
  lease: Lease | undefined
  error: unknown
  waiter: Waiter | undefined
  /** How often it was answered: exactly once in the end. */
  answers: number
}

const SETTINGS: PoolSettings = {
  maxSize: 1,
  block: false,
  maxQueue: undefined,
  keepAliveTimeout: 60_000,
  maxLifetime: undefined,
  maxRequestsPerConnection: undefined,
}

/** See the file's head. */
export class PoolRig {
  readonly clock: ManualClock = new ManualClock({ now: 1_000 })
  readonly dials: Dial[] = []
  readonly opened: Connection[] = []
  readonly closed: [connection: Connection, reason: CloseReason][] = []
  readonly released: [reusable: boolean, error: unknown][] = []
  /** What the release hook answers. */
  verdict: 'close' | undefined
  retired = 0
  readonly pool: Pool

  constructor(settings: Partial<PoolSettings> = {}) {
    let id = 0
    this.pool = new Pool({
      origin: Origin.of('http', 'origin.test'),
      partition: 'part',
      forward: false,
      settings: { ...SETTINGS, ...settings },
      limits: DEFAULT_LIMITS,
      clock: this.clock,
      open: (signal, connectTimeout, progress) => this.#open(signal, connectTimeout, progress),
      onRelease: (_, reusable, error) => {
        this.released.push([reusable, error])
        return this.verdict
      },
      onOpened: (connection) => this.opened.push(connection),
      onClosed: (connection, reason) => this.closed.push([connection, reason]),
      nextConnectionId: () => ++id,
      onRetired: () => {
        this.retired += 1
      },
    })
  }

  /** Asks for a connection. */
  ask(more: Partial<LeaseRequest> = {}): Caller {
    const caller: Caller = { lease: undefined, error: undefined, waiter: undefined, answers: 0 }
    caller.waiter = this.pool.acquire({
      label: 'GET http://origin.test/',
      poolTimeout: undefined,
      connectTimeout: undefined,
      unused: false,
      ...more,
      onLease: (lease) => {
        caller.lease = lease
        caller.answers += 1
      },
      onLeaseFailure: (error) => {
        caller.error = error
        caller.answers += 1
      },
    })
    return caller
  }

  /** The caller gives up. */
  cancel({ waiter }: Caller): void {
    if (waiter === undefined) throw new Error('nobody waits')
    this.pool.cancel(waiter)
  }

  /** Asks, makes the connection, and says who got it. */
  async leased(more: Partial<LeaseRequest> = {}): Promise<Caller> {
    const before = this.dials.length
    const caller = this.ask(more)
    if (caller.lease === undefined) await this.dials[before]?.succeed()
    return caller
  }

  #open(
    signal: AbortSignal,
    connectTimeout: number | undefined,
    progress: ConnectProgress,
  ): Promise<ScriptedTransport> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      const succeedWith: Dial['succeedWith'] = async (prepare) => {
        const transport = new ScriptedTransport()
        prepare(transport)
        resolve(transport)
        await settled()
        return transport
      }
      this.dials.push({
        signal,
        connectTimeout,
        progress,
        succeedWith,
        succeed: () => succeedWith(() => {}),
        fail: async (reason) => {
          reject(reason)
          await settled()
        },
      })
    })
  }
}

/** Everything that promises cause has happened. */
export async function settled(): Promise<void> {
  for (let count = 0; count < 5; count += 1) await Promise.resolve()
}

/** The event loop has polled; twice, since one callback may be waiting for the other. */
export async function polled(): Promise<void> {
  for (let count = 0; count < 3; count += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Hears nothing. */
export const QUIET: MessageHandler = {
  onInformational() {},
  onHead() {},
  onSwitch() {},
  onFree() {},
  onFailure() {},
}

/** A request without anything special. */
export const MESSAGE: OutgoingMessage = {
  method: 'GET',
  head: 'GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n',
  body: toBody(undefined),
  declaredLength: undefined,
  chunked: false,
  readTimeout: undefined,
  continueTimeout: undefined,
  close: false,
  upgrade: undefined,
  maxResponseBytes: undefined,
}

/** Sends a request on a leased connection and answers it, so that it counts as used. */
export function exchange(caller: Caller, answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'): void {
  const transport = transportOf(caller)
  caller.lease?.connection.send(MESSAGE, QUIET, 0)
  transport.feed(answer)
}

/** The transport of a caller's connection. */
export function transportOf({ lease }: Caller): ScriptedTransport {
  const transport = lease?.connection.transport
  if (!(transport instanceof ScriptedTransport)) throw new Error('no transport')
  return transport
}
