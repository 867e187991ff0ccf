/**
 * A SOCKS proxy by hand: versions 4, 4a and 5, with and without a password; records every byte of its handshakes. Where a
 * connection really goes is said by the test, so that any name can be asked for.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface SocksServer {
  readonly port: number
  /** The bytes of each message of each handshake, as hexadecimal, in order. */
  readonly messages: string[]
  readonly connections: number
  readonly open: ReadonlySet<Socket>
}

export interface SocksServerOptions {
  /** Where connections lead. */
  readonly to: number
  /** Demand this name and password (version 5). */
  readonly user?: readonly [name: string, password: string]
  /** The reply code in place of success. */
  readonly reply?: number
  /** Replaces the answer to the n-th message, from 0. */
  readonly answers?: Readonly<Record<number, Buffer | 'close' | 'reset' | 'silence'>>
  /** Written directly behind the last answer. */
  readonly behind?: string
}

/** Starts it; it is stopped when the test ends. */
export async function socksServer(options: SocksServerOptions): Promise<SocksServer> {
  const messages: string[] = []
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => undefined)
    new Dialogue(socket, options, messages)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of open) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    open,
    get connections() {
      return connections
    },
  }
}

class Dialogue {
  readonly #socket: Socket
  readonly #options: SocksServerOptions
  readonly #messages: string[]
  #step: 'greeting' | 'password' | 'request' | 'open' = 'greeting'
  #count = 0

  constructor(socket: Socket, options: SocksServerOptions, messages: string[]) {
    this.#socket = socket
    this.#options = options
    this.#messages = messages
    socket.on('data', this.#onData)
  }

  // Every message of the client comes in one piece: it waits for an answer after each.
  readonly #onData = (message: Buffer): void => {
    this.#messages.push(message.toString('hex'))
    const scripted = this.#options.answers?.[this.#count++]
    if (scripted === 'silence') return
    if (scripted === 'close') this.#socket.end()
    else if (scripted === 'reset') this.#socket.resetAndDestroy()
    else if (scripted !== undefined) this.#socket.write(scripted)
    else if (message[0] === 4) this.#version4()
    else if (this.#step === 'greeting') this.#greet(message)
    else if (this.#step === 'password') this.#check(message)
    else this.#connect()
  }

  #version4(): void {
    const { reply = 90 } = this.#options
    this.#finish(Buffer.from([0, reply, 0, 0, 0, 0, 0, 0]), reply === 90)
  }

  #greet(message: Buffer): void {
    const { user } = this.#options
    const methods = [...message.subarray(2, 2 + (message[1] ?? 0))]
    const method = user === undefined ? 0 : 2
    if (!methods.includes(method)) return void this.#socket.end(Buffer.from([5, 0xff]))
    this.#step = user === undefined ? 'request' : 'password'
    this.#socket.write(Buffer.from([5, method]))
  }

  #check(message: Buffer): void {
    const nameEnd = 2 + (message[1] ?? 0)
    const name = message.toString('utf8', 2, nameEnd)
    const password = message.toString('utf8', nameEnd + 1)
    const [wantedName, wantedPassword] = this.#options.user ?? ['', '']
    const good = name === wantedName && password === wantedPassword
    this.#step = 'request'
    this.#socket.write(Buffer.from([1, good ? 0 : 1]))
  }

  #connect(): void {
    const { reply = 0 } = this.#options
    this.#finish(Buffer.from([5, reply, 0, 1, 127, 0, 0, 1, 0, 80]), reply === 0)
  }

  #finish(answer: Buffer, granted: boolean): void {
    const { to, behind = '' } = this.#options
    const socket = this.#socket
    if (!granted) return void socket.end(answer)
    socket.off('data', this.#onData)
    socket.pause()
    const onward = connect(to, '127.0.0.1', () => {
      socket.write(Buffer.concat([answer, Buffer.from(behind)]))
      onward.pipe(socket)
      socket.pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  }
}
