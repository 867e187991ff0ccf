/**
 * An origin made of exact bytes: each connection is driven by a function that waits for requests and sends what
 * the test wants, when the test wants it. No timers: order comes from awaiting.
 */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** One request as it came over the wire. */
export interface RawRequest {
  /** Request line and fields, without the empty line. */
  readonly head: string
  readonly method: string
  readonly target: string
  /** The field lines, in order. */
  readonly lines: readonly string[]
  /** The body after its framing was removed. */
  readonly body: Buffer
  /** Everything behind the head, as it came. */
  readonly rawBody: string
}

/** One connection, server side. */
export class RawConnection {
  readonly socket: Socket
  /** 1 for the first connection of the origin. */
  readonly number: number
  readonly #requests: RawRequest[]
  #buffer = Buffer.alloc(0)
  #ended = false
  #wake: (() => void) | undefined
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>

  constructor(socket: Socket, number: number, requests: RawRequest[]) {
    this.socket = socket
    this.number = number
    this.#requests = requests
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake?.()
    })
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  /** Waits for a whole request; `undefined` when the client closed instead. */
  async request(): Promise<RawRequest | undefined> {
    for (;;) {
      const parsed = parseRequest(this.#buffer)
      if (parsed !== undefined) {
        this.#buffer = this.#buffer.subarray(parsed.size)
        this.#requests.push(parsed.request)
        return parsed.request
      }
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  /** Waits for the head of a request only; the body stays unread. */
  async head(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end >= 0) {
        const head = this.#buffer.toString('latin1', 0, end)
        this.#buffer = this.#buffer.subarray(end + 4)
        return head
      }
      if (this.#ended) return undefined
      await this.#more()
    }
  }

  /** Waits until the client has ended or closed. */
  async finished(): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  send(bytes: string | Uint8Array): void {
    if (!this.socket.destroyed)
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Sends and half-closes. */
  end(bytes: string | Uint8Array = ''): void {
    this.socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Sends RST and nothing before it: `resetAndDestroy` would send FIN first, which ends a body in good order. */
  reset(): void {
    const { _handle: handle } = this.socket as { _handle?: { reset?: (done: () => void) => void } | null }
    if (handle?.reset === undefined) this.socket.destroy()
    else handle.reset(() => this.socket.destroy())
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** A running origin. */
export interface RawOrigin {
  readonly port: number
  readonly url: string
  readonly connections: RawConnection[]
  readonly requests: RawRequest[]
  readonly server: Server
  close(): Promise<void>
}

/** Starts an origin; it is stopped when the test ends. */
export async function rawOrigin(
  script: (connection: RawConnection) => void | Promise<void>,
  options: { readonly allowHalfOpen?: boolean } = {},
): Promise<RawOrigin> {
  const connections: RawConnection[] = []
  const requests: RawRequest[] = []
  const failures: unknown[] = []
  const server = createServer({ allowHalfOpen: options.allowHalfOpen ?? true, noDelay: true }, (socket) => {
    const connection = new RawConnection(socket, connections.length + 1, requests)
    connections.push(connection)
    void (async () => script(connection))().catch((error: unknown) => failures.push(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.socket.destroy()
    if (server.listening) {
      server.close()
      await once(server, 'close')
    }
    if (failures.length > 0) throw failures[0]
  }
  onTestFinished(close)
  return { port, url: `http://127.0.0.1:${port}`, connections, requests, server, close }
}

/** An origin that answers every request with the same bytes. */
export function answering(bytes: string | Uint8Array): Promise<RawOrigin> {
  return rawOrigin(async (connection) => {
    while ((await connection.request()) !== undefined) connection.send(bytes)
  })
}

/** A response of known length. */
export function ok(body = 'ok', headers = ''): string {
  return `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function parseRequest(buffer: Buffer): { request: RawRequest; size: number } | undefined {
  const end = buffer.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = buffer.toString('latin1', 0, end)
  const [requestLine = '', ...lines] = head.split('\r\n')
  const [method = '', target = ''] = requestLine.split(' ')
  const rest = buffer.subarray(end + 4)
  const framed = readBody(rest, lines)
  if (framed === undefined) return undefined
  const rawBody = rest.toString('latin1', 0, framed.size)
  return { request: { head, method, target, lines, body: framed.body, rawBody }, size: end + 4 + framed.size }
}

function readBody(rest: Buffer, lines: readonly string[]): { body: Buffer; size: number } | undefined {
  const field = (name: string): string | undefined =>
    lines
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const length = Number(field('content-length') ?? 0)
  if (field('transfer-encoding')?.toLowerCase() !== 'chunked') {
    return rest.length < length ? undefined : { body: Buffer.from(rest.subarray(0, length)), size: length }
  }
  const parts: Buffer[] = []
  let position = 0
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', position)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(rest.toString('latin1', position, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (rest.length < next) return undefined
    if (size === 0) return { body: Buffer.concat(parts), size: next }
    parts.push(Buffer.from(rest.subarray(lineEnd + 2, lineEnd + 2 + size)))
    position = next
  }
}
