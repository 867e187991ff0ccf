// Servers that answer by a function, and pools with both plugins; all of them closed after the test that opened them.
import { HTTPConnectionPool, PoolManager } from '@rockpool/core'
import { type ReceivedRequest, response, type ScriptedServer, scriptedServer } from '@rockpool/testkit'
import { onTestFinished } from 'vitest'
import { redirect, retry } from '../../src/index.js'

/** Bytes to send, or how to leave. */
export type Answer = Uint8Array | string | 'close' | 'reset'

/** A server with the requests that it got. */
export interface Origin extends ScriptedServer {
  readonly seen: ReceivedRequest[]
}

/** Answers every request by a function of it and of how many came before. */
export async function serve(respond: (request: ReceivedRequest, count: number) => Answer): Promise<Origin> {
  const seen: ReceivedRequest[] = []
  const server = await scriptedServer(async (connection) => {
    while (connection.isOpen) {
      const request = await connection.readRequest()
      seen.push(request)
      const answer = respond(request, seen.length - 1)
      if (answer === 'close') return connection.destroy()
      if (answer === 'reset') return connection.reset()
      await connection.send(answer)
    }
  })
  onTestFinished(() => server.close())
  return Object.assign(server, { seen })
}

export const both = [redirect(), retry()] as const

/** A pool for `server` with both plugins. */
export function pool(server: ScriptedServer, options: object = {}): HTTPConnectionPool<typeof both> {
  const made = new HTTPConnectionPool(server.host, server.port, { plugins: both, ...options })
  onTestFinished(() => made.close({ graceMs: 0 }))
  return made
}

/** A manager with both plugins. */
export function manager(options: object = {}): PoolManager<typeof both> {
  const made = new PoolManager({ plugins: both, ...options })
  onTestFinished(() => made.close({ graceMs: 0 }))
  return made
}

/** The n-th request gets the n-th answer, later ones the last. */
export const inTurn =
  (...answers: Answer[]) =>
  (_request: ReceivedRequest, count: number): Answer =>
    answers[Math.min(count, answers.length - 1)] ?? 'close'

export const ok: Buffer = response(200, 'done')
export const busy: Buffer = response(503, '', { 'Retry-After': '0' })
export const to = (location: string, status = 302, body = 'moved'): Buffer =>
  response(status, body, { Location: location })
