/**
 * A Duplex over a Transport, for whoever needs a Node stream where only a transport is at hand: a user who
 * takes over an upgraded connection, or TLS over a transport that was not dialled for it.
 */
import { Duplex } from 'node:stream'
import type { Transport, TransportSink } from './transport.js'

/** See the file's head. Takes the transport's sink over; destroying the stream destroys the transport. */
export class TransportStream extends Duplex implements TransportSink {
  readonly #transport: Transport
  #written: ((error?: Error | null) => void) | undefined

  constructor(transport: Transport, leftover?: Buffer) {
    super({ allowHalfOpen: false })
    this.#transport = transport
    if (leftover !== undefined && leftover.length > 0) this.push(Buffer.from(leftover))
    transport.sink = this
  }

  onData(chunk: Buffer, end: number): void {
    if (!this.push(Buffer.from(chunk.subarray(0, end)))) this.#transport.pause()
  }

  onReadEnd(): void {
    this.push(null)
  }

  onError(error: Error): void {
    this.destroy(error)
  }

  onDrain(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
  }

  onClose(): void {
    if (!this.readableEnded) this.push(null)
    this.destroy()
  }

  override _read(): void {
    this.#transport.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#transport.destroyed) {
      callback(new Error('the transport is closed'))
      return
    }
    if (this.#transport.write(chunk)) callback()
    else this.#written = callback
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#transport.end === undefined) this.#transport.destroy()
    else this.#transport.end()
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#transport.destroy()
    callback(error)
  }
}
