/**
 * A transport lent as a Node stream for the length of a handshake.
 *
 * The package socks wants a stream; the connection afterwards wants its transport back as it was, with its fast way of
 * reading. Destroying the stream destroys the transport, until `release` gives it back. Must not know: SOCKS.
 */
import { Duplex } from 'node:stream'
import type { Transport, TransportSink } from '@rockpool/core/plugin'

/** See the file's head. */
export class HandshakeStream extends Duplex implements TransportSink {
  /** What the transport broke with, or the stream was destroyed with. */
  failure: Error | undefined
  #transport: Transport | undefined

  constructor(transport: Transport) {
    super({ allowHalfOpen: false })
    this.#transport = transport
    transport.sink = this
    // The reason is kept in `failure`; an 'error' that nobody listens to would end the process.
    this.on('error', () => undefined)
  }

  /** Whether bytes arrived behind those that the handshake took. Takes one turn of the event loop. */
  async spoke(): Promise<boolean> {
    let bytes = false
    this.once('data', () => {
      bytes = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    return bytes
  }

  /** Gives the transport back. */
  release(): void {
    if (this.#transport !== undefined) this.#transport.sink = undefined
    this.#transport = undefined
  }

  onData(chunk: Buffer, end: number): void {
    this.push(Buffer.from(chunk.subarray(0, end)))
  }

  onReadEnd(): void {
    this.destroy()
  }

  onError(error: Error): void {
    this.destroy(error)
  }

  onDrain(): void {}

  onClose(): void {
    this.destroy()
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#transport?.write(chunk)
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.failure ??= error ?? undefined
    this.#transport?.destroy()
    callback(error)
  }
}
