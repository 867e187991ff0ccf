/**
 * Scripts: what a scripted server does on a connection, as a function, a generator or a list of steps.
 *
 * A step is a function of the connection, so a script written in full is a step too and everything composes.
 * The step makers below cover what most tests say; whatever they do not is three lines of a function.
 */
import type { Gate } from '../gate.js'
import { ConnectionEnded } from './byte-reader.js'
import type { ReadRequestOptions } from './received-request.js'
import type { PiecesOptions, ScriptedConnection, ServerTls } from './scripted-connection.js'

/**
 * Something done on a connection. A generator's yields mean nothing; promises it yields are awaited.
 *
 * @example
 * ```ts
 * const script: Step = async function* (connection) {
 *   const request = await connection.readRequest()
 *   yield connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${request.target.length}\r\n\r\n`)
 *   yield connection.send(request.target)
 * }
 * ```
 */
export type Step = (connection: ScriptedConnection) => unknown

/** A step, or steps one after the other; lists may hold lists. */
export type Script = Step | readonly Script[]

const isGenerator = (value: unknown): value is AsyncGenerator<unknown> =>
  typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)

/** Runs a script to its end. */
export async function runScript(script: Script, connection: ScriptedConnection): Promise<void> {
  if (typeof script !== 'function') {
    for (const part of script) await runScript(part, connection)
    return
  }
  const result = await script(connection)
  if (isGenerator(result)) for await (const _step of result);
}

/** The n-th connection runs the n-th script; the last one serves all that come later. */
export function perConnection(...scripts: readonly Script[]): Step {
  return (connection) => {
    const script = scripts[Math.min(connection.index, scripts.length - 1)]
    return script === undefined ? undefined : runScript(script, connection)
  }
}

/** Repeats the steps until the client leaves. */
export function repeat(...steps: readonly Script[]): Step {
  return async (connection) => {
    try {
      while (connection.isOpen) await runScript(steps, connection)
    } catch (error) {
      if (!(error instanceof ConnectionEnded)) throw error
    }
  }
}

/** Reads a request; `{ body: false }`: its head only. */
export const readRequest =
  (options?: ReadRequestOptions): Step =>
  (connection) =>
    connection.readRequest(options)

/** Sends bytes; a string is latin1, written as given. */
export const send =
  (data: string | Uint8Array): Step =>
  (connection) =>
    connection.send(data)

/** Sends bytes in pieces that arrive in reads of their own; by default one byte each. */
export const sendPieces =
  (data: string | Uint8Array, options?: PiecesOptions): Step =>
  (connection) =>
    connection.sendPieces(data, options)

/** Reads a request and answers it with these bytes. */
export const answer = (data: string | Uint8Array): Script => [readRequest(), send(data)]

/** Answers every request of the connection with the same bytes. */
export const answerAll = (data: string | Uint8Array): Step => repeat(readRequest(), send(data))

/** Waits until the test opens `gate`. */
export const waitAt =
  (gate: Gate): Step =>
  (connection) =>
    connection.waitAt(gate)

/** Sends FIN and goes on reading. */
export const halfClose = (): Step => (connection) => connection.end()

/** Closes at once. */
export const close = (): Step => (connection) => connection.destroy()

/** Sends RST. */
export const reset = (): Step => (connection) => connection.reset()

/** Stops reading, so that the client's writes stall. */
export const stopReading = (): Step => (connection) => connection.stopReading()

/** Waits until the client has sent FIN or is gone. */
export const clientEnd = (): Step => (connection) => connection.clientEnded

/** Makes the connection a TLS one, as behind CONNECT. */
export const startTls =
  (options: ServerTls): Step =>
  (connection) =>
    connection.startTls(options)

/**
 * The bytes of a response with a Content-Length that fits.
 *
 * @example
 * ```ts
 * response(200, 'hello', { 'Content-Type': 'text/plain' })
 * ```
 */
export function response(
  status: number,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const lines = Object.entries({ ...headers, 'Content-Length': String(bytes.length) })
  const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Scripted\r\n${fields}\r\n`, 'latin1'), bytes])
}
