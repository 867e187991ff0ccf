/**
 * The server's side of HTTP/1.1, without I/O: a strict reader of requests.
 *
 * Rule: it exists so that tests and the test kit judge what our client writes with the client's own strictness; it shares every
 * part with codec.ts, so a message both sides accept frames the same. It is not meant to face the open internet: one request
 * follows the other without a pause, and nothing limits how many.
 *
 * Who answers CONNECT or an upgrade calls `leave` from within `onEnd`, and gets what came behind the request in `onLeave`.
 * Neighbours: the test kit. Must not know: responses, sockets.
 */
import { IncompleteRead, InvalidHeader, ProtocolError } from '../ground/errors.js'
import type { Limits } from '../ground/limits.js'
import { ChunkedDecoder } from './chunked.js'
import { NONE, requestFraming } from './framing.js'
import type { Framing, RequestHead } from './head.js'
import { HeadFields } from './head-fields.js'
import { readFieldLines } from './parse-head.js'
import { wantsPersistence } from './persistence.js'
import { RequestLine } from './request-line.js'
import { isTargetFor } from './request-target.js'
import { HeadScanner } from './scan-head.js'
import { SectionReader } from './section-reader.js'
import { type Row, SERVER, type ServerState, step } from './state.js'

export type { RequestHead } from './head.js'
export type { ServerState } from './state.js'

/** Receives what a ServerCodec read. Called synchronously, within `receive`. What it throws fails the codec. */
export interface ServerSink {
  /** A request head. */
  onHead(head: RequestHead): void
  /** `chunk[start, end)` is body; at least one byte. Valid only during the call. */
  onBody(chunk: Buffer, start: number, end: number): void
  /** The request is complete; `[name, value…]` of its trailer section, if it had one. */
  onEnd(trailers: string[] | undefined): void
  /** `leave` was called: the bytes behind the request, a copy, possibly empty. */
  onLeave(leftover: Buffer): void
}

/** Reads requests on one connection, one after the other. */
export class ServerCodec {
  readonly #sink: ServerSink
  readonly #limits: Limits
  readonly #requestLine: RequestLine = new RequestLine()
  readonly #reader: SectionReader
  readonly #fields: HeadFields = new HeadFields()
  #chunked: ChunkedDecoder | undefined
  #row: Row<ServerState> = SERVER.head
  #framing: Framing = NONE
  #remaining = 0
  #inHead = false

  constructor(sink: ServerSink, limits: Limits) {
    this.#sink = sink
    this.#limits = limits
    this.#reader = new SectionReader(
      new HeadScanner(this.#requestLine, limits.maxHeaderBytes, limits.maxHeaderCount),
      limits.maxHeaderBytes,
    )
  }

  /** Where the receiving side stands; `head` between requests too. */
  get state(): ServerState {
    return this.#row.name
  }

  /** Leaves HTTP behind the request just ended. Only from within `onEnd`. */
  leave(): void {
    this.#row = step(this.#row, this.#row.switch, 'switch')
  }

  /** Takes `chunk[start, end)`. Throws the ProtocolError family, phase `head` or `body`; afterwards the state is `failed`. */
  receive(chunk: Buffer, start: number, end: number): void {
    try {
      this.#take(chunk, start, end)
    } catch (error) {
      if (this.#row.fault !== undefined) this.#row = this.#row.fault
      throw error
    }
  }

  /** The client will send no more. Throws when that is inside a request. */
  receiveEof(): void {
    if (this.#row === SERVER.head && this.#inHead) {
      this.#row = step(this.#row, this.#row.fault, 'fault')
      throw new ProtocolError('closed inside a request head', { phase: 'head' })
    }
    if (this.#row !== SERVER.body) return
    this.#row = step(this.#row, this.#row.fault, 'fault')
    const expected = this.#framing.kind === 'length' ? this.#remaining : undefined
    const received =
      this.#framing.kind === 'length' ? this.#framing.length - this.#remaining : this.#chunked!.received
    throw new IncompleteRead('closed inside a request body', { phase: 'body', received, expected })
  }

  #take(chunk: Buffer, start: number, end: number): void {
    let pos = start
    while (pos < end) {
      if (this.#row === SERVER.head) pos = this.#readHead(chunk, pos, end)
      if (pos >= 0 && this.#row === SERVER.body) pos = this.#readBody(chunk, pos, end)
      if (pos < 0 || this.#row === SERVER.failed) return
      if (this.#row === SERVER.switched)
        throw new ProtocolError('bytes for a connection that left HTTP', { phase: 'head' })
    }
  }

  #readHead(chunk: Buffer, pos: number, end: number): number {
    this.#inHead = true
    const next = this.#reader.read(chunk, pos, end)
    if (next < 0) return -1
    this.#inHead = false
    const { text, scanner } = this.#reader
    const { minor, methodEnd, targetEnd } = this.#requestLine
    const fields = this.#fields
    fields.clear()
    const rawHeaders = readFieldLines(text, scanner, fields)
    this.#reader.reset()
    const method = text.slice(0, methodEnd)
    const target = text.slice(methodEnd + 1, targetEnd)
    if (!isTargetFor(method, target))
      throw new ProtocolError('malformed request head: target does not fit its method', { phase: 'head' })
    // RFC 9112 §3.2: exactly one Host, in HTTP/1.1.
    if (fields.hosts > 1 || (fields.hosts === 0 && minor === 1))
      throw new InvalidHeader(`request with ${fields.hosts} Host fields`, { phase: 'head' })
    this.#framing = requestFraming(minor, fields)
    this.#remaining = this.#framing.length ?? 0
    if (this.#framing.kind === 'chunked') {
      if (this.#chunked === undefined) this.#chunked = new ChunkedDecoder(this.#limits)
      else this.#chunked.reset()
    }
    this.#row = step(this.#row, this.#row.message, 'message')
    const httpVersion = minor === 0 ? '1.0' : '1.1'
    this.#sink.onHead({
      method,
      target,
      httpVersion,
      rawHeaders,
      framing: this.#framing,
      keepAlive: wantsPersistence(httpVersion, fields.close, fields.keepAlive),
      upgrade: fields.upgradeOption ? fields.upgrade : undefined,
    })
    return next
  }

  #readBody(chunk: Buffer, pos: number, end: number): number {
    if (this.#framing.kind === 'chunked') {
      const next = this.#chunked!.decode(chunk, pos, end, this.#sink)
      if (next >= 0) this.#finish(chunk, next, end, this.#chunked!.trailers)
      return this.#row === SERVER.switched ? -1 : next
    }
    const taken = Math.min(end - pos, this.#remaining)
    this.#remaining -= taken
    if (taken > 0) this.#sink.onBody(chunk, pos, pos + taken)
    if (this.#remaining > 0) return -1
    this.#finish(chunk, pos + taken, end, undefined)
    return this.#row.name === 'switched' ? -1 : pos + taken
  }

  #finish(chunk: Buffer, pos: number, end: number, trailers: string[] | undefined): void {
    this.#row = step(this.#row, this.#row.end, 'end')
    this.#sink.onEnd(trailers)
    // `leave` may have been called meanwhile.
    if (this.state === 'switched') this.#sink.onLeave(Buffer.from(chunk.subarray(pos, end)))
    else this.#row = step(this.#row, this.#row.reset, 'reset')
  }
}
