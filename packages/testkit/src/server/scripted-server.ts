/**
 * A server that says exactly what a test tells it to, byte for byte, and remembers what it heard.
 *
 * Real sockets on loopback, a port the kernel chose, one script per connection. It never sleeps. It ends with
 * the test: disposing closes every connection and throws what a script threw, so that a request which was
 * malformed cannot go unnoticed. Usable from any test runner.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { until } from '../turns.js'
import { ConnectionEnded } from './byte-reader.js'
import { runScript, type Script } from './script.js'
import { ScriptedConnection, type ServerTls } from './scripted-connection.js'

/** How a scripted server listens. */
export interface ScriptedServerOptions {
  /** Address to bind. Default `127.0.0.1`. */
  readonly host?: string
  /** A unix socket to listen on instead. */
  readonly socketPath?: string
  /** Each connection is secured before its script runs. A handshake that fails ends in `connection.error`. */
  readonly tls?: ServerTls
  /** Keep every byte received. Default `true`; `false` for tests that upload a lot. */
  readonly record?: boolean
  /** Connections that the kernel completes before they are accepted. Node's default is 511. */
  readonly backlog?: number
}

/** A running scripted server. */
export interface ScriptedServer extends AsyncDisposable {
  readonly host: string
  /** 0 on a unix socket. */
  readonly port: number
  /** `http://127.0.0.1:port`, `https://…` with TLS. */
  readonly origin: string
  /** Every connection accepted so far, in order; those that have closed too. */
  readonly connections: readonly ScriptedConnection[]
  /** Connections that are open now. */
  readonly openConnections: number
  /** The raw text (latin1) of every request read so far, in the order they were complete. */
  readonly requests: readonly string[]
  /** What scripts have thrown. `close()` throws the first. */
  readonly failures: readonly unknown[]
  /** The n-th connection (from 0), as soon as there is one. Rejects when it does not come within `MOST_TURNS`. */
  connection(index: number): Promise<ScriptedConnection>
  /** Accepts no more connections; those that are open stay. */
  stopAccepting(): void
  /** Closes everything. Idempotent. Rejects with the first failure of a script. */
  close(): Promise<void>
  /** Resolves when the server is closed and every connection gone. */
  readonly closed: Promise<void>
}

class Listening implements ScriptedServer {
  readonly host: string
  readonly connections: ScriptedConnection[] = []
  readonly requests: string[] = []
  readonly failures: unknown[] = []
  readonly closed: Promise<void>
  readonly #server: Server
  readonly #script: Script
  readonly #options: ScriptedServerOptions
  #port = 0

  constructor(script: Script, options: ScriptedServerOptions) {
    this.#script = script
    this.#options = options
    this.host = options.host ?? '127.0.0.1'
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#accept(socket))
    this.closed = new Promise((resolve) => this.#server.once('close', () => resolve()))
  }

  get port(): number {
    return this.#port
  }

  get origin(): string {
    if (this.#options.socketPath !== undefined) return 'http://localhost'
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${host}:${this.port}`
  }

  get openConnections(): number {
    return this.connections.filter(({ isOpen }) => isOpen).length
  }

  listen(): Promise<void> {
    const { socketPath, backlog } = this.#options
    const address = socketPath === undefined ? { host: this.host, port: 0 } : { path: socketPath }
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(backlog === undefined ? address : { ...address, backlog }, () => {
        const bound = this.#server.address()
        this.#port = typeof bound === 'object' && bound !== null ? (bound as AddressInfo).port : 0
        resolve()
      })
    })
  }

  connection(index: number): Promise<ScriptedConnection> {
    return until(() => this.connections[index], { what: `connection ${index}` })
  }

  stopAccepting(): void {
    this.#server.close()
  }

  async close(): Promise<void> {
    this.#server.close()
    await Promise.all(this.connections.map((connection) => connection.destroy()))
    await this.closed
    if (this.failures.length > 0) throw this.failures[0]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #accept(socket: Socket): Promise<void> {
    const { tls, record = true } = this.#options
    const connection = new ScriptedConnection(socket, this.connections.length, record, ({ raw }) =>
      this.requests.push(raw),
    )
    this.connections.push(connection)
    try {
      if (tls !== undefined) await connection.startTls(tls)
    } catch {
      await connection.destroy()
      return
    }
    await this.#run(connection)
  }

  /** The script has said all it had to say: from now on the connection lives as long as the client's side of it. */
  async #run(connection: ScriptedConnection): Promise<void> {
    try {
      await runScript(this.#script, connection)
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) {
        this.failures.push(error)
        await connection.destroy()
      }
    }
    await connection.clientEnded
    if (connection.isOpen) await connection.end()
  }
}

/**
 * Starts a server that runs `script` on each connection.
 *
 * When a script has ended, its connection stays open and goes on reading until the client sends FIN. A client that
 * leaves ends the script quietly; anything else a script throws is kept and thrown by `close()`.
 *
 * @example
 * ```ts
 * await using server = await scriptedServer(answerAll(response(200, 'hello')))
 * const pool = new HTTPConnectionPool(server.host, server.port)
 * expect((await pool.request('GET', '/')).text()).resolves.toBe('hello')
 * expect(server.requests).toHaveLength(1)
 * ```
 */
export async function scriptedServer(
  script: Script,
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const server = new Listening(script, options)
  await server.listen()
  return server
}
