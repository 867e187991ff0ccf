/**
 * Asking a proxy for a tunnel: CONNECT on an open transport. RFC 9110 §9.3.6
 *
 * A mechanism only. Which proxy, which credentials and what a refusal means is the proxy plugin's business; this
 * file writes one request, reads one answer and hands both back. Any 2xx opens the tunnel, whatever length its
 * head declares; bytes behind the head already belong to the tunnel. A refusal keeps a bounded part of its body,
 * because proxies explain themselves there.
 */
import { ClientCodec, type CodecSink, type ResponseHead, writeRequestHead } from '../codec/codec.js'
import { ConnectTimeoutError, OptionsError, ProtocolError } from '../ground/errors.js'
import { HTTPHeaders } from '../ground/headers.js'
import { DEFAULT_LIMITS } from '../ground/limits.js'
import type { ConnectContext } from '../transport/connector.js'
import type { Transport, TransportSink } from '../transport/transport.js'
import { socketFailure } from './socket-failure.js'

/** What a tunnel is asked for with. */
export interface TunnelRequest {
  /** `host:port` of the far end, IPv6 in brackets. RFC 9112 §3.2.3 */
  readonly authority: string
  /** Fields for the proxy only, `Proxy-Authorization` among them. `Host` is added when it is not there. */
  readonly headers: HTTPHeaders
  /** Whom errors name. */
  readonly peer: string
}

/** What the proxy said. */
export interface TunnelAnswer {
  /** Whether the answer was a 2xx: the transport now leads to the authority. */
  readonly open: boolean
  readonly status: number
  readonly reason: string
  readonly headers: HTTPHeaders
  /** The beginning of a refusal's body, at most 1 KiB. */
  readonly body: Buffer
  /** Bytes of the far end that came along with a 2xx; they are the first to be read. */
  readonly leftover: Buffer
  /** Whether another CONNECT may be sent on the same transport (after a refusal). */
  readonly reusable: boolean
}

/** How much of a refusal's body is kept. */
const KEPT_BODY_BYTES = 1_024

/**
 * Sends CONNECT and waits for the answer. Rejects when none comes: time-out, end, reset, malformed head, abort.
 * Does not destroy the transport; see `closeOnError`.
 *
 * @example
 * ```ts
 * const answer = await openTunnel(transport, { authority: 'example.com:443', headers, peer: 'proxy:3128' }, context)
 * ```
 */
export function openTunnel(
  transport: Transport,
  request: TunnelRequest,
  context: ConnectContext,
): Promise<TunnelAnswer> {
  return new Promise((resolve, reject) =>
    new TunnelExchange(transport, request, context, resolve, reject).start(),
  )
}

class TunnelExchange implements TransportSink, CodecSink {
  readonly #transport: Transport
  readonly #request: TunnelRequest
  readonly #context: ConnectContext
  readonly #resolve: (answer: TunnelAnswer) => void
  readonly #reject: (error: unknown) => void
  readonly #codec: ClientCodec
  readonly #timer: { arm(ms: number): void; cancel(): void }
  #head: ResponseHead | undefined
  #body: Buffer[] = []
  #kept = 0
  #settled = false

  constructor(
    transport: Transport,
    request: TunnelRequest,
    context: ConnectContext,
    resolve: (answer: TunnelAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#transport = transport
    this.#request = request
    this.#context = context
    this.#resolve = resolve
    this.#reject = reject
    this.#codec = new ClientCodec(this, DEFAULT_LIMITS)
    this.#timer = context.clock.timer(() => this.#timedOut())
  }

  start(): void {
    const { authority, headers } = this.#request
    const { signal, connectTimeout } = this.#context
    if (signal.aborted) {
      this.#fail(signal.reason)
      return
    }
    this.#context.progress?.enter('proxy')
    try {
      const host = headers.has('host') ? '' : `Host: ${authority}\r\n`
      const head = writeRequestHead('CONNECT', authority, host + HTTPHeaders.wireText(contentless(headers)))
      this.#transport.sink = this
      signal.addEventListener('abort', this.#onAbort, { once: true })
      this.#codec.begin('CONNECT')
      if (connectTimeout !== undefined) this.#timer.arm(connectTimeout)
      this.#transport.write(head)
    } catch (error) {
      this.#fail(error)
    }
  }

  onData(chunk: Buffer, end: number): void {
    if (this.#settled) return
    try {
      this.#codec.receive(chunk, 0, end)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (this.#codec.state === 'done') this.#answer(false, Buffer.alloc(0))
  }

  onReadEnd(): void {
    if (this.#settled) return
    // A refusal is an answer even when its body is cut short.
    if (this.#head !== undefined) {
      this.#answer(false, Buffer.alloc(0))
      return
    }
    try {
      this.#codec.receiveEof()
      this.#answer(false, Buffer.alloc(0))
    } catch (error) {
      this.#fail(error)
    }
  }

  onError(error: Error): void {
    this.#fail(socketFailure(error, 'proxy'))
  }

  onDrain(): void {}

  onClose(): void {
    this.onReadEnd()
  }

  onInformational(): void {}

  onHead(head: ResponseHead): void {
    this.#head = head
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    const room = KEPT_BODY_BYTES - this.#kept
    if (room > 0) {
      const kept = Buffer.from(chunk.subarray(start, Math.min(end, start + room)))
      this.#body.push(kept)
      this.#kept += kept.length
    }
    // More than is kept need not be waited for: an endless refusal would hold the connect for ever.
    if (this.#kept >= KEPT_BODY_BYTES) this.#answer(false, Buffer.alloc(0))
  }

  onEnd(): void {}

  onSwitch(head: ResponseHead, leftover: Buffer): void {
    this.#head = head
    this.#answer(true, leftover)
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#context.signal.reason)
  }

  #timedOut(): void {
    // A refusal whose body drips is a refusal all the same.
    this.#answer(false, Buffer.alloc(0))
    if (this.#settled) return
    const { peer } = this.#request
    this.#fail(
      new ConnectTimeoutError(`${peer} did not answer CONNECT within ${this.#context.connectTimeout} ms`, {
        phase: 'proxy',
      }),
    )
  }

  #answer(open: boolean, leftover: Buffer): void {
    const head = this.#head
    if (this.#settled || head === undefined) return
    this.#detach()
    this.#resolve({
      open,
      status: head.status,
      reason: head.reason,
      headers: HTTPHeaders.fromRaw(head.fields.raw),
      body: Buffer.concat(this.#body),
      leftover,
      reusable: !open && this.#codec.state === 'done' && this.#codec.reusable,
    })
  }

  #fail(error: unknown): void {
    if (this.#settled) return
    this.#detach()
    this.#reject(error ?? new ProtocolError('the proxy connection ended', { phase: 'proxy' }))
  }

  #detach(): void {
    this.#settled = true
    this.#timer.cancel()
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    this.#transport.sink = undefined
  }
}

// RFC 9110 §9.3.6: what follows a CONNECT is the tunnel. A length would make a proxy take the beginning of it for content.
function contentless(headers: HTTPHeaders): HTTPHeaders {
  for (const name of ['content-length', 'transfer-encoding']) {
    if (headers.has(name))
      throw new OptionsError(`a CONNECT request must not carry ${name}`, { path: `headers.${name}` })
  }
  return headers
}
