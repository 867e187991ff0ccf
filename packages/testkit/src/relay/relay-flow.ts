/**
 * One direction of a relayed connection: bytes in, the same bytes out, unless a fault says otherwise.
 *
 * One piece at a time: the next is written when the kernel has taken the last, so a slow reader slows the writer just
 * as it would without a relay, and a fault strikes after exactly the bytes before it. A little is read ahead even while
 * nothing may be forwarded: without reading, nobody would notice that a peer has left.
 */
import type { Socket } from 'node:net'
import type { Clock } from '@rockpool/core/plugin'
import { type Deferred, deferred, type Gate } from '../gate.js'
import { turns } from '../turns.js'
import { offsetOf, type RelayFault } from './relay-fault.js'

/** Who performs what concerns both directions. */
export interface FlowOwner {
  /** What delays are measured by. */
  readonly clock: Clock
  /** Ends both directions with FIN. */
  cut(): void
  /** Ends both directions with RST. */
  reset(): void
  /** A fault has struck. */
  onStrike(fault: RelayFault): void
}

/** Read ahead of what may be forwarded; then the source is paused. */
const READ_AHEAD_BYTES = 65_536

/** In which a peer in this process has read what the kernel has. */
const TURNS_TO_READ = 3

interface Arrived {
  readonly bytes: Buffer
  readonly at: number
}

/** See the file's head. */
export class RelayFlow {
  /** Bytes that came in. */
  received = 0
  /** Bytes that went out. */
  forwarded = 0
  readonly #source: Socket
  readonly #sink: Socket
  readonly #owner: FlowOwner
  readonly #faults: RelayFault[]
  readonly #queue: Arrived[] = []
  #queuedBytes = 0
  #ended = false
  #broken = false
  #dropping = false
  #wake: Deferred<void> | undefined
  #stall: Deferred<void> | undefined
  #delayMs = 0
  #drip: { readonly bytes: number; readonly everyMs: number } | undefined

  constructor(source: Socket, sink: Socket, owner: FlowOwner, faults: RelayFault[]) {
    this.#source = source
    this.#sink = sink
    this.#owner = owner
    this.#faults = faults
    source.on('data', (bytes) => this.#take(bytes))
    source.once('end', () => this.#end())
    source.once('error', () => {
      this.#broken = true
    })
    source.once('close', () => this.#end())
  }

  /** Forwards until the source ends, in good order or broken, or a fault ends it. Never rejects. */
  async run(): Promise<void> {
    for (;;) {
      const arrived = await this.#next()
      if (arrived === undefined) break
      await this.#forward(arrived)
    }
    await this.#stall?.promise
    if (this.#dropping || this.#sink.destroyed) return
    if (this.#broken) this.#sink.resetAndDestroy()
    else this.#sink.end()
  }

  /** Forwards nothing until the gate opens, `resume` is called, or for ever. */
  stall(until?: Gate): void {
    this.#stall ??= deferred()
    void until?.pass().then(() => this.resume())
  }

  /** The end of a stall. */
  resume(): void {
    const stall = this.#stall
    this.#stall = undefined
    stall?.resolve()
  }

  /** Sends FIN; what still comes is read and dropped. */
  halfClose(): void {
    this.drop()
    if (!this.#sink.destroyed) this.#sink.end()
  }

  /** Forwards nothing any more. */
  drop(): void {
    this.#dropping = true
    this.#queue.length = 0
    this.#queuedBytes = 0
    this.resume()
    this.#source.resume()
    this.#wake?.resolve()
  }

  /** Adds a fault that strikes at the next byte. */
  strikeNext(fault: RelayFault): void {
    this.#faults.unshift({ ...fault, at: 0 })
  }

  #take(bytes: Buffer): void {
    this.received += bytes.length
    if (this.#dropping) return
    this.#queue.push({ bytes, at: this.#owner.clock.now() })
    this.#queuedBytes += bytes.length
    if (this.#queuedBytes > READ_AHEAD_BYTES) this.#source.pause()
    this.#wake?.resolve()
  }

  #end(): void {
    this.#ended = true
    this.#wake?.resolve()
  }

  async #next(): Promise<Arrived | undefined> {
    for (;;) {
      const arrived = this.#queue.shift()
      if (arrived !== undefined) {
        this.#queuedBytes -= arrived.bytes.length
        if (this.#queuedBytes <= READ_AHEAD_BYTES) this.#source.resume()
        return arrived
      }
      if (this.#ended || this.#dropping) return undefined
      this.#wake = deferred()
      await this.#wake.promise
    }
  }

  async #forward(arrived: Arrived): Promise<void> {
    let left = arrived.bytes
    while (left.length > 0) {
      await this.#stall?.promise
      while (this.#dueFault !== undefined) {
        // A reset that is seen in the same poll as data passes for an end on some platforms: the data is read first.
        if (this.#dueFault.kind === 'reset' && this.forwarded > 0) await turns(TURNS_TO_READ)
        left = this.#strike(this.#faults.shift() as RelayFault, left)
        await this.#stall?.promise
      }
      if (this.#dropping) return
      const size = Math.min(left.length, this.#untilFault, this.#drip?.bytes ?? Number.POSITIVE_INFINITY)
      await this.#pace(arrived.at)
      if (this.#dropping) return
      await this.#write(left.subarray(0, size))
      left = left.subarray(size)
    }
  }

  get #untilFault(): number {
    const next = this.#faults[0]
    return next === undefined ? Number.POSITIVE_INFINITY : offsetOf(next) - this.forwarded
  }

  get #dueFault(): RelayFault | undefined {
    return this.#untilFault <= 0 && !this.#dropping ? this.#faults[0] : undefined
  }

  /** Performs one fault; returns what is to be forwarded, its first byte changed if that is the fault. */
  #strike(fault: RelayFault, left: Buffer): Buffer {
    this.#owner.onStrike(fault)
    switch (fault.kind) {
      case 'cut':
        this.#owner.cut()
        return left
      case 'reset':
        this.#owner.reset()
        return left
      case 'halfClose':
        this.halfClose()
        return left
      case 'stall':
        this.stall(fault.until)
        return left
      case 'delay':
        this.#delayMs = fault.ms
        return left
      case 'drip':
        this.#drip = { bytes: fault.bytes ?? 1, everyMs: fault.everyMs ?? 0 }
        return left
      case 'corrupt':
        return corrupted(left, fault.mask ?? 0xff)
    }
  }

  async #pace(arrivedAt: number): Promise<void> {
    const late = this.#delayMs === 0 ? 0 : arrivedAt + this.#delayMs - this.#owner.clock.now()
    if (late > 0) await this.#wait(late)
    if (this.#drip === undefined) return
    if (this.#drip.everyMs > 0) await this.#wait(this.#drip.everyMs)
    else await turns(2)
  }

  /** Waits; ends early when there is nobody left to wait for. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        timer.cancel()
        this.#sink.off('close', over)
        resolve()
      }
      const timer = this.#owner.clock.timer(over, true)
      this.#sink.once('close', over)
      if (this.#sink.destroyed) over()
      else timer.arm(ms)
    })
  }

  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#sink.destroyed || this.#sink.writableEnded) {
        this.drop()
        resolve()
        return
      }
      this.#sink.write(bytes, (error) => {
        if (error) this.drop()
        else this.forwarded += bytes.length
        resolve()
      })
    })
  }
}

function corrupted(bytes: Buffer, mask: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ mask
  return copy
}
