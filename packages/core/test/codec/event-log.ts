/**
 * Runs bytes through a codec and writes down what it said, as lines of text that can be compared and kept as data.
 *
 * Body pieces are joined, because how a body is cut depends on how the bytes were; everything else must not. Of an error the
 * class, the phase and the words before the quoted bytes are kept: how much could be quoted depends on what had arrived.
 */
import {
  type BeginOptions,
  ClientCodec,
  type CodecSink,
  type InformationalHead,
  type ResponseHead,
} from '../../src/codec/codec.js'
import { type RequestHead, ServerCodec, type ServerSink } from '../../src/codec/server-codec.js'
import { HTTPError } from '../../src/ground/errors.js'
import { DEFAULT_LIMITS, type Limits } from '../../src/ground/limits.js'

/** A message as it comes over the wire, and what there is to know to read it. */
export interface Exchange {
  readonly bytes: string
  readonly method?: string
  readonly begin?: BeginOptions
  /** The peer closes behind the bytes. */
  readonly serverEnds?: boolean
  /** Comes when the response is over and the connection was given back. */
  readonly lateBytes?: string
  readonly limits?: Partial<Limits>
}

/** Cuts `length` bytes into pieces `[start, end)`. */
export type Cut = (length: number) => readonly (readonly [number, number])[]

export const whole: Cut = (length) => [[0, length]]
export const byteByByte: Cut = (length) => Array.from({ length }, (_, i) => [i, i + 1] as const)
export const splitAt =
  (offset: number): Cut =>
  (length) => [
    [0, offset],
    [offset, length],
  ]
export const cutAt =
  (offsets: readonly number[]): Cut =>
  (length) => {
    const edges = [
      0,
      ...[...new Set(offsets.filter((o) => o > 0 && o < length))].sort((a, b) => a - b),
      length,
    ]
    return edges.slice(1).map((end, i) => [edges[i] ?? 0, end] as const)
  }

class Log {
  readonly lines: string[] = []
  #body = ''

  say(line: string): void {
    if (this.#body !== '') this.lines.push(`body ${this.#body}`)
    this.#body = ''
    this.lines.push(line)
  }

  body(chunk: Buffer, start: number, end: number): void {
    if (end <= start) this.say('an empty body piece')
    this.#body += chunk.toString('latin1', start, end)
  }

  fields(raw: readonly string[], word: string): void {
    for (let i = 0; i < raw.length; i += 2) this.say(`${word} ${raw[i]}: ${raw[i + 1]}`)
  }

  error(error: unknown): void {
    if (!(error instanceof HTTPError)) throw error
    this.say(`error ${error.name} in ${error.phase}: ${error.message.split('"')[0]?.trim()}`)
  }
}

/** What a ClientCodec says. */
export function responseLog(exchange: Exchange, cut: Cut): string[] {
  const log = new Log()
  const codec = new ClientCodec(clientSink(log), { ...DEFAULT_LIMITS, ...exchange.limits })
  codec.begin(exchange.method ?? 'GET', exchange.begin)
  try {
    feed(exchange.bytes, cut, (chunk, start, end) => {
      // Behind a switch the connection hands bytes to whoever asked for it, not to the codec.
      if (codec.state === 'switched') log.body(chunk, start, end)
      else codec.receive(chunk, start, end)
    })
    if (exchange.serverEnds === true) codec.receiveEof()
    if (codec.reusable) log.say('then reusable')
    else log.say(codec.dirty ? 'then dirty' : `then ${codec.state}`)
    if (exchange.lateBytes !== undefined) {
      codec.reset()
      feed(exchange.lateBytes, cut, (chunk, start, end) => codec.receive(chunk, start, end))
    }
  } catch (error) {
    log.error(error)
    codec.receive(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 0, 19)
    codec.receiveEof()
    if (codec.state !== 'failed') log.say(`then ${codec.state}`)
  }
  return log.lines
}

/** What one ClientCodec says of one response after the other, each of which must leave it reusable. */
export function responseLogs(exchanges: readonly Exchange[], cut: Cut): string[] {
  const log = new Log()
  const codec = new ClientCodec(clientSink(log), DEFAULT_LIMITS)
  for (const exchange of exchanges) {
    codec.begin(exchange.method ?? 'GET', exchange.begin)
    feed(exchange.bytes, cut, (chunk, start, end) => codec.receive(chunk, start, end))
    codec.reset()
    log.say('then reusable')
  }
  return log.lines
}

/** What a ServerCodec says. */
export function requestLog(bytes: string, cut: Cut, eof = false): string[] {
  const log = new Log()
  const sink: ServerSink = {
    onHead(head: RequestHead) {
      const upgrade = head.upgrade === undefined ? '' : `; upgrade ${head.upgrade}`
      log.say(
        `head ${head.method} ${head.target} ${head.httpVersion}; ${framingOf(head)}; ${head.keepAlive ? 'keep-alive' : 'close'}${upgrade}`,
      )
      log.fields(head.rawHeaders, 'field')
    },
    onBody: (chunk, start, end) => log.body(chunk, start, end),
    onEnd(trailers) {
      log.say('end')
      if (trailers !== undefined) log.fields(trailers, 'trailer')
    },
    onLeave: (leftover) => log.say(`left with ${leftover.toString('latin1')}`),
  }
  const codec = new ServerCodec(sink, DEFAULT_LIMITS)
  try {
    feed(bytes, cut, (chunk, start, end) => codec.receive(chunk, start, end))
    if (eof) codec.receiveEof()
    log.say(`then ${codec.state}`)
  } catch (error) {
    log.error(error)
  }
  return log.lines
}

function clientSink(log: Log): CodecSink {
  return {
    onInformational(head: InformationalHead) {
      log.say(`informational ${head.httpVersion} ${head.status} ${head.reason}`)
      log.fields(head.rawHeaders, 'field')
    },
    onHead(head: ResponseHead) {
      const timeout = head.keepAliveTimeout === undefined ? '' : ` for ${head.keepAliveTimeout} ms`
      log.say(
        `head ${head.httpVersion} ${head.status} ${head.reason}; ${framingOf(head)}; ${head.keepAlive ? 'keep-alive' : 'close'}${timeout}`,
      )
      log.fields(head.fields.raw, 'field')
    },
    onBody: (chunk, start, end) => log.body(chunk, start, end),
    onEnd(trailers) {
      log.say('end')
      if (trailers !== undefined) log.fields(trailers, 'trailer')
    },
    onSwitch(head, leftover) {
      log.say(`switch ${head.httpVersion} ${head.status} ${head.reason}; ${framingOf(head)}`)
      log.fields(head.fields.raw, 'field')
      if (leftover.length > 0) log.body(leftover, 0, leftover.length)
    },
  }
}

function framingOf(head: { readonly framing: ResponseHead['framing'] }): string {
  return head.framing.kind === 'length' ? `length ${head.framing.length}` : head.framing.kind
}

// The store is larger than what was received and full of bytes that would be misread, as a lent read buffer is.
function feed(bytes: string, cut: Cut, receive: (chunk: Buffer, start: number, end: number) => void): void {
  const source = Buffer.from(bytes, 'latin1')
  for (const [start, end] of cut(source.length)) {
    const lent = Buffer.alloc(end - start + 40, '\r\n\r\nEVIL', 'latin1')
    source.copy(lent, 3, start, end)
    receive(lent, 3, 3 + end - start)
    lent.fill(0x58)
  }
}
