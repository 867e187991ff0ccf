/**
 * A Transport in the hands of a test: no socket, no kernel, no turn of the event loop unless the test takes one.
 *
 * For the logic above a transport. What is fed arrives in the same turn, what is written can be looked at, and
 * back-pressure comes when the test wants it. It is as strict as the real one is fast: bytes are lent in one buffer
 * that is overwritten after the call, so a sink that keeps what it was lent is found out; a write to a closed
 * transport throws. Neighbour: the core's `transport/transport.ts`.
 */
import { Duplex } from 'node:stream'
import type { Transport, TransportInfo, TransportSink } from '@rockpool/core/plugin'

/** Overwrites lent bytes after each call. Not ASCII, and a chunk size nobody means. */
const POISON = 0xdb

const LENT_BYTES = 65_536

const PLAIN_INFO: TransportInfo = {
  remoteAddress: '192.0.2.1',
  remotePort: 80,
  localAddress: '192.0.2.2',
  localPort: 49_152,
  securedFor: undefined,
  tls: undefined,
  route: [{ kind: 'tcp', peer: '192.0.2.1:80' }],
  timings: { dns: undefined, connect: 0, tls: undefined },
}

/** How a scripted transport is made. */
export interface ScriptedTransportOptions {
  /** Facts that differ from those of a plain TCP transport to 192.0.2.1:80 (an address nobody has, RFC 5737). */
  readonly info?: Partial<TransportInfo>
  /** `false` makes a transport without `readInto`. Default `true`. */
  readonly readInto?: boolean
}

/**
 * See the file's head.
 *
 * @example
 * ```ts
 * const transport = new ScriptedTransport()
 * transport.sink = connection
 * transport.feed('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
 * transport.feedBytewise('hi')
 * expect(transport.text).toBe('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
 * ```
 */
export class ScriptedTransport implements Transport {
  readonly info: TransportInfo
  /** What each write handed over, in order; writes between `cork` and `uncork` count as one. */
  readonly writes: Buffer[] = []
  readInto?: (buffer: Buffer) => void
  readonly #lent: Buffer = Buffer.alloc(LENT_BYTES, POISON)
  #wanted: Buffer | undefined
  #queue: Buffer[] = []
  #readEnded = false
  #sink: TransportSink | undefined
  #corked: Buffer[] | undefined
  #stalled = false
  #owesDrain = false
  #paused = false
  #referenced = true
  #destroyed = false
  #closeTold = false
  #taken: Duplex | undefined

  constructor(options: ScriptedTransportOptions = {}) {
    this.info = { ...PLAIN_INFO, ...options.info }
    if (options.readInto !== false) {
      this.readInto = (buffer) => {
        this.#wanted = buffer
      }
    }
  }

  get sink(): TransportSink | undefined {
    return this.#sink
  }

  set sink(sink: TransportSink | undefined) {
    this.#sink = sink
    this.#deliver()
    if (sink !== undefined && this.#destroyed) process.nextTick(() => this.#tellClose())
  }

  get destroyed(): boolean {
    return this.#destroyed
  }

  /** Everything written so far, as latin1 text. */
  get text(): string {
    return Buffer.concat(this.writes).toString('latin1')
  }

  /** Whether the owner has stopped reading. */
  get paused(): boolean {
    return this.#paused
  }

  /** Whether the transport would keep the process alive. */
  get referenced(): boolean {
    return this.#referenced
  }

  /** Bytes fed that nobody has taken: the sink is missing or has paused. */
  get waiting(): number {
    return this.#queue.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** The text written since the last call; for tests that look at one message after the other. */
  takeText(): string {
    const { text } = this
    this.writes.length = 0
    return text
  }

  // What the owner calls.

  write(data: string | Uint8Array): boolean {
    if (this.#destroyed || this.#taken !== undefined)
      throw new Error('a write to a transport that is closed or taken')
    // A copy: the owner may use its buffer again once the kernel has it.
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data)
    if (this.#corked === undefined) this.writes.push(bytes)
    else this.#corked.push(bytes)
    if (this.#stalled) this.#owesDrain = true
    return !this.#stalled
  }

  cork(): void {
    this.#corked ??= []
  }

  uncork(): void {
    if (this.#corked === undefined) return
    if (this.#corked.length > 0) this.writes.push(Buffer.concat(this.#corked))
    this.#corked = undefined
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  ref(): void {
    this.#referenced = true
  }

  unref(): void {
    this.#referenced = false
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#queue = []
    // As a socket does: `close` comes after the turn that destroyed it.
    process.nextTick(() => this.#tellClose())
  }

  takeStream(leftover?: Buffer): Duplex {
    if (this.#taken !== undefined) throw new Error('the stream was taken already')
    const stream = new Duplex({
      read: () => this.resume(),
      write: (chunk: Buffer, _encoding, done) => {
        this.writes.push(Buffer.from(chunk))
        done()
      },
      destroy: (error, done) => {
        this.destroy()
        done(error)
      },
    })
    this.#taken = stream
    this.#sink = undefined
    if (leftover !== undefined && leftover.length > 0) stream.push(Buffer.from(leftover))
    this.#deliver()
    return stream
  }

  // What the test calls.

  /** Bytes from the peer, delivered at once unless the owner has paused. A string is latin1. */
  feed(data: string | Uint8Array): void {
    if (this.#destroyed) return
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data)
    if (bytes.length > 0) this.#queue.push(bytes)
    this.#deliver()
  }

  /** The same, one byte a read. */
  feedBytewise(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    for (const byte of bytes) this.feed(Uint8Array.of(byte))
  }

  /** The peer sends FIN, behind what was fed. */
  feedEnd(): void {
    this.#readEnded = true
    this.#deliver()
  }

  /** The transport breaks, as with ECONNRESET: `onError`, then `onClose`. */
  fail(error: Error): void {
    if (this.#destroyed) return
    if (this.#taken === undefined) this.#sink?.onError(error)
    else this.#taken.destroy(error)
    this.destroy()
  }

  /** From now on every write is refused further ones (`write` returns false), as if the peer had stopped reading. */
  stall(): void {
    this.#stalled = true
  }

  /** The peer reads again: `onDrain`, if a write was told to wait. */
  drain(): void {
    this.#stalled = false
    if (!this.#owesDrain) return
    this.#owesDrain = false
    this.#sink?.onDrain()
  }

  #deliver(): void {
    while (!this.#paused && !this.#destroyed) {
      const next = this.#queue.shift()
      if (next === undefined) break
      if (this.#taken !== undefined) this.#taken.push(next)
      else if (this.#sink !== undefined) this.#lend(this.#sink, next)
      else {
        this.#queue.unshift(next)
        return
      }
    }
    if (this.#queue.length === 0 && this.#readEnded && !this.#paused && !this.#destroyed) this.#deliverEnd()
  }

  #deliverEnd(): void {
    if (this.#taken === undefined && this.#sink === undefined) return
    this.#readEnded = false
    if (this.#taken !== undefined) this.#taken.push(null)
    else this.#sink?.onReadEnd()
  }

  #lend(sink: TransportSink, bytes: Buffer): void {
    const wanted = this.#wanted
    this.#wanted = undefined
    const target = wanted ?? this.#lent
    const end = bytes.copy(target)
    if (end < bytes.length) this.#queue.unshift(bytes.subarray(end))
    sink.onData(target, end)
    if (wanted === undefined) target.fill(POISON, 0, end)
  }

  #tellClose(): void {
    const sink = this.#sink
    if (this.#closeTold || sink === undefined) return
    this.#closeTold = true
    sink.onClose()
  }
}
