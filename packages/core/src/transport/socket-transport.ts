/**
 * A Transport over a `net.Socket` or `tls.TLSSocket`.
 *
 * Reads in one of two ways. `direct`: the socket was made with `onread`, so the kernel's bytes land in one
 * buffer that all such sockets share, and reach the sink without a stream, an event or an allocation in
 * between; measured at four times the throughput of 'data' events. `stream`: ordinary 'data' events, for a
 * socket that something else (TLS inside a tunnel, SOCKS) must be able to take over.
 *
 * Sharing one buffer is safe because libuv fills it and calls back in the same turn, and the sink may not
 * keep it. Knows nothing of HTTP.
 */
import type { OnReadOpts, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { countFresh } from '../ground/fresh-memory.js'
import type { Transport, TransportInfo, TransportSink } from './transport.js'
import { TransportStream } from './transport-stream.js'

/** One read takes at most this much. 64 KiB is where loopback and 10 GbE throughput stop growing. */
const READ_BUFFER_BYTES = 65_536

const sharedReadBuffer: Buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)

/** The facts of a transport whose connector has yet to add what only it knows. */
export type MutableInfo = { -readonly [Key in keyof TransportInfo]: TransportInfo[Key] }

/** See the file's head. Made by a dialler; `attach` gives it its socket. */
export class SocketTransport implements Transport {
  readonly info: MutableInfo
  /** Only there in `direct` mode: 'data' events bring buffers of their own. */
  readInto?: (buffer: Buffer) => void
  #socket: Socket | undefined
  #sink: TransportSink | undefined
  #early: Buffer[] | undefined
  #detached = false
  #reading: Buffer | undefined
  #hasRead = false
  #wanted: Buffer | undefined
  #closed = false

  constructor(info: MutableInfo) {
    this.info = info
  }

  get sink(): TransportSink | undefined {
    return this.#sink
  }

  set sink(sink: TransportSink | undefined) {
    this.#sink = sink
    if (sink === undefined) return
    if (this.#early !== undefined) this.#deliverEarly(sink)
    // A connector may finish in the very turn in which the peer goes away.
    if (this.#closed) queueMicrotask(() => sink.onClose())
  }

  get destroyed(): boolean {
    return this.#socket === undefined || this.#socket.destroyed
  }

  /** The `onread` option for the socket of this transport: read into the shared buffer, call the sink. */
  onRead(): OnReadOpts {
    return {
      // Asked after each read; anything but a buffer keeps the present one, which Node's types do not say.
      buffer: () => this.#nextBuffer() as Buffer,
      callback: (length, buffer) => {
        this.#hasRead = true
        this.#receive(buffer as Buffer, length)
        return true
      },
    }
  }

  /** Binds the socket. With `direct`, the socket must have been made with this transport's `onRead()`. */
  attach(socket: Socket, readMode: 'direct' | 'stream'): void {
    this.#socket = socket
    if (readMode === 'stream') socket.on('data', this.#onStreamData)
    else this.readInto = this.#readInto
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('drain', this.#onDrain)
    socket.on('close', this.#onClose)
  }

  readonly #readInto = (buffer: Buffer): void => {
    this.#wanted = buffer
  }

  get unsentBytes(): number {
    return this.#required().writableLength
  }

  write(data: string | Uint8Array): boolean {
    const socket = this.#required()
    return typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data)
  }

  cork(): void {
    this.#required().cork()
  }

  uncork(): void {
    this.#required().uncork()
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  ref(): void {
    this.#socket?.ref()
  }

  unref(): void {
    this.#socket?.unref()
  }

  end(): void {
    this.#socket?.end()
  }

  destroy(): void {
    this.#socket?.destroy()
  }

  takeStream(leftover?: Buffer): Duplex {
    const socket = this.#required()
    if (socket.listeners('data').includes(this.#onStreamData)) {
      this.#detached = true
      socket.off('data', this.#onStreamData)
      socket.off('end', this.#onEnd)
      socket.off('error', this.#onError)
      socket.off('drain', this.#onDrain)
      socket.off('close', this.#onClose)
      socket.pause()
      if (leftover !== undefined && leftover.length > 0) socket.unshift(leftover)
      return socket
    }
    return new TransportStream(this, leftover)
  }

  #nextBuffer(): Buffer | undefined {
    const next = this.#wanted ?? sharedReadBuffer
    this.#wanted = undefined
    // Before the first read Node asks anew for each address it tries, and the socket of that address has no buffer yet: were
    // nothing given, it would read elsewhere and show what the buffer happened to hold.
    if (next === this.#reading && this.#hasRead) return undefined
    this.#reading = next
    return next
  }

  #required(): Socket {
    if (this.#socket === undefined || this.#detached) throw new Error('this transport has no stream any more')
    return this.#socket
  }

  #receive(buffer: Buffer, length: number): void {
    const sink = this.#sink
    if (sink === undefined) {
      this.#early ??= []
      this.#early.push(Buffer.from(buffer.subarray(0, length)))
      this.#socket?.pause()
      return
    }
    sink.onData(buffer, length)
  }

  #deliverEarly(sink: TransportSink): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const chunk of early) sink.onData(chunk, chunk.length)
    this.#socket?.resume()
  }

  readonly #onStreamData = (chunk: Buffer): void => {
    countFresh(chunk.length)
    this.#receive(chunk, chunk.length)
  }

  readonly #onEnd = (): void => {
    if (this.#sink === undefined) this.destroy()
    else this.#sink.onReadEnd()
  }

  readonly #onError = (error: Error): void => {
    this.#sink?.onError(error)
  }

  readonly #onDrain = (): void => {
    this.#sink?.onDrain()
  }

  readonly #onClose = (): void => {
    this.#closed = true
    this.#sink?.onClose()
  }
}
