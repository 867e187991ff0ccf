/**
 * One accepted connection in the hands of a script: exact bytes out, every byte in recorded.
 *
 * It does what it is told and nothing else: no answer, no FIN, no close of its own. Neighbours: byte-reader.ts
 * (what arrived), received-request.ts (what it means), scripted-server.ts (who accepted it).
 */
import type { Socket } from 'node:net'
import * as tls from 'node:tls'
import { deferred, type Gate } from '../gate.js'
import { turns } from '../turns.js'
import { ByteReader, ConnectionEnded } from './byte-reader.js'
import { type ReadRequestOptions, type ReceivedRequest, receiveRequest } from './received-request.js'

/** How `sendPieces` cuts and what it does in between. */
export interface PiecesOptions {
  /** Bytes in each piece. Default 1. */
  readonly size?: number
  /** Offsets to cut at, instead of `size`. */
  readonly at?: readonly number[]
  /** Awaited between pieces. Default: the kernel has taken the piece, then two turns, so that the client has read it. */
  readonly between?: () => Promise<unknown>
}

/** What the server side of TLS needs; `secureContext`, or `cert` and `key`. */
export type ServerTls = tls.TLSSocketOptions & tls.SecureContextOptions

/** See the file's head. */
export class ScriptedConnection {
  /** 0 for the first connection that the server accepted. */
  readonly index: number
  /** Resolves when both directions are over, whoever ended them. */
  readonly closed: Promise<void>
  /** Resolves when the client has sent FIN, or the connection is gone. */
  readonly clientEnded: Promise<void>
  /** The requests read so far. */
  readonly requests: ReceivedRequest[] = []
  readonly #tcp: Socket
  readonly #record: boolean
  readonly #onRequest: (request: ReceivedRequest) => void
  readonly #received: Buffer[] = []
  readonly #ended = deferred()
  #socket: Socket
  #reader: ByteReader = new ByteReader()
  #receivedBytes = 0
  #error: NodeJS.ErrnoException | undefined

  constructor(socket: Socket, index: number, record: boolean, onRequest: (request: ReceivedRequest) => void) {
    this.index = index
    this.#tcp = socket
    this.#socket = socket
    this.#record = record
    this.#onRequest = onRequest
    this.clientEnded = this.#ended.promise
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('close', () => this.#stopReading('closed'))
    this.#listen(socket)
  }

  /** The stream that scripts read and write: the TCP socket, or TLS on top of it. */
  get socket(): Socket {
    return this.#socket
  }

  /** Every byte that arrived, decrypted. Empty when the server does not record. */
  get received(): Buffer {
    return Buffer.concat(this.#received)
  }

  /** How many bytes arrived, decrypted. */
  get receivedBytes(): number {
    return this.#receivedBytes
  }

  /** The error that broke the connection (ECONNRESET when the client reset it), if one did. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error
  }

  get isOpen(): boolean {
    return !this.#tcp.destroyed
  }

  /** Reads the next request, strictly. Rejects with MalformedRequest, or ConnectionEnded when the client has left. */
  async readRequest(options?: ReadRequestOptions): Promise<ReceivedRequest> {
    const request = await receiveRequest(this.#reader, options)
    this.requests.push(request)
    this.#onRequest(request)
    return request
  }

  /** Reads exactly `count` bytes. Rejects with ConnectionEnded when fewer come. */
  read(count: number): Promise<Buffer> {
    return this.#reader.take(count)
  }

  /** Reads up to and including `mark` (latin1). Rejects with ConnectionEnded when it never comes. */
  readThrough(mark: string): Promise<Buffer> {
    return this.#reader.through(mark)
  }

  /** Reads everything until the client stops sending. */
  readToEnd(): Promise<Buffer> {
    return this.#reader.rest()
  }

  /** Writes bytes (a string is latin1) in one call. Resolves when the kernel has them; rejects with ConnectionEnded when it never will. */
  send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(this.#gone())
      this.#socket.write(bytes, (error) => (error ? reject(this.#gone()) : resolve()))
    })
  }

  /** Writes bytes in pieces, each in a read of its own at the other end. */
  async sendPieces(data: string | Uint8Array, options: PiecesOptions = {}): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : Buffer.from(data)
    const between = options.between ?? (() => turns(2))
    for (const piece of cut(bytes, options)) {
      await this.send(piece)
      await between()
    }
  }

  /** Waits until the test opens the gate. */
  waitAt(gate: Gate): Promise<void> {
    return gate.pass()
  }

  /** Sends FIN (over TLS: close_notify, then FIN) behind what was written, and goes on reading. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.end(() => resolve())
    })
  }

  /** Closes at once. What the client has sent and nobody has read makes the kernel send RST instead of FIN. */
  destroy(): Promise<void> {
    this.#socket.destroy()
    this.#tcp.destroy()
    return this.closed
  }

  /** Sends RST. On a unix socket, which has none, it is `destroy`. */
  reset(): Promise<void> {
    // A pending write would be discarded anyway; `resetAndDestroy` exists on TCP handles only.
    if (this.#tcp.remoteAddress === undefined) this.#tcp.destroy()
    else this.#tcp.resetAndDestroy()
    return this.closed
  }

  /** Stops reading: the kernel's buffers fill up and the client's writes stall. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Reads again after `stopReading`. */
  resumeReading(): void {
    this.#socket.resume()
  }

  /**
   * Secures the connection as the server; later reads and writes are plaintext again. Rejects when the handshake fails.
   * Bytes that arrived before and were not read go to the handshake.
   */
  async startTls(options: ServerTls): Promise<void> {
    const tcp = this.#socket
    tcp.removeAllListeners('data').removeAllListeners('end')
    const early = this.#reader.size > 0 ? await this.#reader.take(this.#reader.size) : undefined
    // Paused: what is put back into a flowing stream is gone before TLS can take it.
    tcp.pause()
    if (early !== undefined) tcp.unshift(early)
    this.#reader = new ByteReader()
    const context = options.secureContext ?? tls.createSecureContext(options)
    const secured = new tls.TLSSocket(tcp, { ...options, isServer: true, secureContext: context })
    await new Promise<void>((resolve, reject) => {
      secured.once('secure', resolve).once('error', reject)
      secured.once('close', () => reject(new ConnectionEnded('during the TLS handshake', Buffer.alloc(0))))
    })
    this.#socket = secured
    this.#listen(secured)
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('end', () => this.#stopReading('FIN'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error
      this.#stopReading(error.code ?? error.message)
    })
  }

  #take(chunk: Buffer): void {
    this.#receivedBytes += chunk.length
    if (this.#record) this.#received.push(chunk)
    this.#reader.append(chunk)
  }

  #stopReading(why: string): void {
    this.#reader.end(why)
    this.#ended.resolve()
  }

  #gone(): ConnectionEnded {
    return new ConnectionEnded(this.#error?.code ?? 'closed', Buffer.alloc(0))
  }
}

function cut(bytes: Buffer, { size = 1, at }: PiecesOptions): Buffer[] {
  const offsets =
    at ?? Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, index) => (index + 1) * size)
  const edges = [0, ...offsets, bytes.length]
  return edges
    .slice(1)
    .map((end, index) => bytes.subarray(edges[index], end))
    .filter((piece) => piece.length > 0)
}
