/**
 * The client's side of HTTP/1.1, without I/O: bytes in, calls out, all in the same turn.
 *
 * Rule: one request, one response. `begin` arms the receiving side for exactly one final response; bytes that come when
 * nothing was asked, or after the response ended, are never given a meaning (RFC 9112 §9.3, §11.1): before a request they are
 * a ProtocolError, behind a response they make the connection `dirty`, that is: deliver, then close.
 * After the first fault nothing is reported any more. Body bytes are handed on where they lie; the sink copies what it keeps.
 *
 * What may happen when is in state.ts, where a body ends in framing.ts, whether the connection goes on in persistence.ts; this
 * file only puts them in order. Neighbours: connection/ owns one codec per connection, and sends what write-head.ts makes.
 * Must not know: sockets, time, `maxResponseBytes`, content codings.
 */
import { ProtocolError } from '../ground/errors.js'
import type { Limits } from '../ground/limits.js'
import { ChunkedDecoder } from './chunked.js'
import { bodyCutShort, headCutShort } from './cut-short.js'
import type { FieldLines } from './field-lines.js'
import { contradictsItself, NONE, responseFraming } from './framing.js'
import type { Framing, InformationalHead, ResponseHead } from './head.js'
import { HeadFields } from './head-fields.js'
import { readReason, skimFieldLines } from './parse-head.js'
import { persists } from './persistence.js'
import { HeadScanner } from './scan-head.js'
import { SectionReader } from './section-reader.js'
import { CLIENT, type ClientState, type Row, step } from './state.js'
import { StatusLine } from './status-line.js'
import { checkUpgrade } from './upgrade.js'

export type { Framing, HttpVersion, InformationalHead, ResponseHead } from './head.js'
export type { ClientState } from './state.js'
export { CHUNK_END, chunkHeader, framingLine, lastChunk, writeRequestHead } from './write-head.js'

/** Receives what a ClientCodec read. Called synchronously, within `receive` and `receiveEof`. What it throws fails the codec. */
export interface CodecSink {
  /** A 1xx head that is not the answer: 100, 102, 103… It has no body; more heads follow. */
  onInformational(head: InformationalHead): void
  /** The final head. The state is `body`, also when there will be none. */
  onHead(head: ResponseHead): void
  /** `chunk[start, end)` is body; at least one byte. Valid only during the call. */
  onBody(chunk: Buffer, start: number, end: number): void
  /** The response is complete; `[name, value…]` of its trailer section, if it had one. The state is `done`; `dirty` and `reusable` are final. */
  onEnd(trailers: string[] | undefined): void
  /** 101, or 2xx to CONNECT: HTTP is over on this connection. `leftover` are the bytes behind the head: a copy, possibly empty. */
  onSwitch(head: ResponseHead, leftover: Buffer): void
}

/** What of the request matters for reading its response. */
export interface BeginOptions {
  /** The request carried `Connection: close`. Default false. */
  readonly close?: boolean | undefined
  /** The Upgrade field sent. A 101 that names only protocols of it is accepted; without it every 101 is refused. */
  readonly upgrade?: string | undefined
  /** The request asks for a tunnel: a 2xx switches. Default: whether the method is CONNECT. */
  readonly connect?: boolean | undefined
}

const NO_BYTES: Buffer = Buffer.alloc(0)

/** Reads responses on one connection, one after the other. */
export class ClientCodec {
  readonly #sink: CodecSink
  readonly #limits: Limits
  readonly #statusLine: StatusLine
  readonly #reader: SectionReader
  readonly #fields: HeadFields = new HeadFields()
  #chunked: ChunkedDecoder | undefined
  #row: Row<ClientState> = CLIENT.idle
  #method = ''
  #requestClose = false
  #upgrade: string | undefined
  #connect = false
  #framing: Framing = NONE
  #remaining = 0
  #received = 0
  #informational = 0
  #keepAlive = false
  #dirty = false

  constructor(sink: CodecSink, limits: Limits) {
    this.#sink = sink
    this.#limits = limits
    this.#statusLine = new StatusLine(limits.maxStatusLineBytes)
    this.#reader = new SectionReader(
      new HeadScanner(this.#statusLine, limits.maxHeaderBytes, limits.maxHeaderCount),
      limits.maxHeaderBytes,
    )
  }

  /** Where the receiving side stands. */
  get state(): ClientState {
    return this.#row.name
  }

  /** Whether bytes came behind a complete response. Such a connection must not be used again. */
  get dirty(): boolean {
    return this.#dirty
  }

  /** Bytes of this message so far, informational heads included; 0 tells that the peer closed before it answered at all. */
  get receivedBytes(): number {
    return this.#received
  }

  /** Body bytes still to come; undefined unless the length was declared. */
  get bodyRemaining(): number | undefined {
    return this.#framing.length === undefined ? undefined : this.#remaining
  }

  /** Whether the response is complete and the connection may carry another request, as far as receiving goes. */
  get reusable(): boolean {
    return this.#row === CLIENT.done && this.#keepAlive && !this.#dirty
  }

  /** A request is about to be written. Only possible in `idle`. */
  begin(method: string, options?: BeginOptions): void {
    this.#row = step(this.#row, this.#row.begin, 'begin')
    this.#method = method
    this.#requestClose = options?.close === true
    this.#upgrade = options?.upgrade
    this.#connect = options?.connect ?? method === 'CONNECT'
    this.#received = 0
    this.#informational = 0
    this.#framing = NONE
    this.#remaining = 0
  }

  /** Back to `idle` after a response; an Error unless `reusable`. */
  reset(): void {
    if (!this.reusable) throw new Error('codec: reset of a connection that is not reusable')
    this.#row = step(this.#row, this.#row.reset, 'reset')
  }

  /** Takes `chunk[start, end)`. Throws the ProtocolError family, phase `head` or `body`; afterwards the state is `failed`. */
  receive(chunk: Buffer, start: number, end: number): void {
    if (start >= end) return
    try {
      this.#take(chunk, start, end)
    } catch (error) {
      this.#fail()
      throw error
    }
  }

  /**
   * The peer will send no more. Ends a body that lasts until close; throws when a response was due or incomplete.
   * `before`: the phase of the exchange until a response begins.
   */
  receiveEof(before: 'send' | 'wait' = 'wait'): void {
    if (this.#row === CLIENT.body && this.#framing.kind === 'until-close') this.#finish(0, 0)
    else if (this.#row === CLIENT.head || this.#row === CLIENT.body) {
      const error =
        this.#row === CLIENT.head
          ? headCutShort(this.#received, this.#reader.started, before)
          : bodyCutShort(this.#framing, this.#remaining, this.#chunked?.received ?? 0)
      this.#fail()
      throw error
    }
  }

  #take(chunk: Buffer, start: number, end: number): void {
    if (this.#row === CLIENT.head || this.#row === CLIENT.body) {
      this.#received += end - start
      let pos = start
      while (this.#row === CLIENT.head && pos < end) {
        pos = this.#readHead(chunk, pos, end)
        if (pos < 0) return
      }
      if (this.#row === CLIENT.body) this.#readBody(chunk, pos, end)
    } else if (this.#row === CLIENT.done) this.#dirty = true
    else if (this.#row !== CLIENT.failed) {
      throw new ProtocolError(
        this.#row === CLIENT.idle
          ? 'unsolicited bytes: no request was sent'
          : 'bytes for a connection that left HTTP',
        { phase: 'head' },
      )
    }
  }

  #readHead(chunk: Buffer, pos: number, end: number): number {
    const next = this.#reader.read(chunk, pos, end)
    if (next < 0) return -1
    const line = this.#statusLine
    const fields = this.#fields
    const text = this.#reader.text
    fields.clear()
    const lines = skimFieldLines(text, this.#reader.scanner, fields)
    this.#reader.reset()
    const status = line.status
    if (status < 200 || (this.#connect && status < 300))
      return this.#readInterimOrSwitch(
        chunk,
        next,
        end,
        readReason(text, line.reasonStart, line.reasonEnd),
        lines,
      )
    const framing = responseFraming(this.#method, status, line.minor, fields)
    const httpVersion = line.minor === 0 ? '1.0' : '1.1'
    this.#keepAlive =
      !contradictsItself(status, fields) &&
      persists(this.#requestClose, httpVersion, fields.close, fields.keepAlive, framing)
    this.#framing = framing
    this.#remaining = framing.length ?? 0
    this.#row = step(this.#row, this.#row.message, 'message')
    if (framing.kind === 'chunked') this.#startChunked()
    this.#sink.onHead({
      httpVersion,
      status,
      reason: readReason(text, line.reasonStart, line.reasonEnd),
      fields: lines,
      contentEncodings: fields.contentEncodings,
      framing,
      keepAlive: this.#keepAlive,
      keepAliveTimeout: fields.keepAliveTimeout,
    })
    return next
  }

  #readInterimOrSwitch(chunk: Buffer, next: number, end: number, reason: string, lines: FieldLines): number {
    const { status, minor } = this.#statusLine
    const httpVersion = minor === 0 ? '1.0' : '1.1'
    if (status >= 200 || status === 101) {
      if (status === 101) checkUpgrade(this.#upgrade, this.#fields, minor)
      const head: ResponseHead = {
        httpVersion,
        status,
        reason,
        fields: lines,
        contentEncodings: undefined,
        framing: NONE,
        keepAlive: false,
        keepAliveTimeout: undefined,
      }
      this.#row = step(this.#row, this.#row.switch, 'switch')
      this.#received -= end - next
      this.#sink.onSwitch(head, next === end ? NO_BYTES : Buffer.from(chunk.subarray(next, end)))
      return next
    }
    if (minor === 0)
      throw new ProtocolError(`informational response ${status} from an HTTP/1.0 peer`, { phase: 'head' })
    if (++this.#informational > this.#limits.maxInformational) {
      throw new ProtocolError(
        `more than the limit of ${this.#limits.maxInformational} informational responses`,
        { phase: 'head' },
      )
    }
    this.#row = step(this.#row, this.#row.informational, 'informational')
    this.#sink.onInformational({ httpVersion, status, reason, rawHeaders: lines.raw })
    return next
  }

  #startChunked(): void {
    if (this.#chunked === undefined) this.#chunked = new ChunkedDecoder(this.#limits)
    else this.#chunked.reset()
  }

  #readBody(chunk: Buffer, pos: number, end: number): void {
    switch (this.#framing.kind) {
      case 'none':
        this.#finish(pos, end)
        return
      case 'length': {
        const available = end - pos
        const taken = available < this.#remaining ? available : this.#remaining
        this.#remaining -= taken
        if (taken > 0) this.#sink.onBody(chunk, pos, pos + taken)
        if (this.#remaining === 0) this.#finish(pos + taken, end)
        return
      }
      case 'chunked': {
        const next = this.#chunked!.decode(chunk, pos, end, this.#sink)
        if (next >= 0) this.#finish(next, end)
        return
      }
      default:
        if (pos < end) this.#sink.onBody(chunk, pos, end)
    }
  }

  #finish(pos: number, end: number): void {
    this.#row = step(this.#row, this.#row.end, 'end')
    if (pos < end) {
      this.#dirty = true
      this.#received -= end - pos
    }
    this.#sink.onEnd(this.#framing.kind === 'chunked' ? this.#chunked!.trailers : undefined)
  }

  #fail(): void {
    if (this.#row.fault !== undefined) this.#row = this.#row.fault
  }
}
