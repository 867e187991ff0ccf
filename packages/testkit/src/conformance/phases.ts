/**
 * The places where a call can be when its caller gives up, and how to bring one there for certain.
 *
 * Nothing sleeps: each place is reached when a probe plugin, the server's script or the pool's own picture says so.
 */
import type { HTTPResponse, RequestOptions } from '@rockpool/core'
import { type Gate, gate } from '../gate.js'
import { close, readRequest, response, send, stopReading, waitAt } from '../server/script.js'
import { turns } from '../turns.js'
import type { Bench, BenchPool } from './bench.js'
import { holdingConnects, holdingErrors, holdingRequests, holdingResponses, resender } from './probes.js'

/** A call that stands still at a known place. */
export interface Standing {
  readonly pool: BenchPool
  /** Rejects when the caller has given up: the call, or the read of its body. */
  readonly promise: Promise<unknown>
}

/** Options of the call: the signal or the deadline. */
export type GivingUp = Pick<RequestOptions, 'signal' | 'timeout'>

/** A place. */
export interface Phase {
  readonly name: string
  readonly stand: (bench: Bench, options: GivingUp) => Promise<Standing>
}

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf '
/** More than the buffers of two loopback sockets hold. */
const MUCH = new Uint8Array(24 * 1_048_576)

/** Waits for the place; a call that ends before is told as it is. */
async function reached(
  bench: Bench,
  promise: Promise<HTTPResponse>,
  place: Promise<unknown>,
  name: string,
): Promise<void> {
  const early = promise.then(
    ({ status }) => Promise.reject(new Error(`the call ended with ${status} before it was ${name}`)),
    (error: unknown) => Promise.reject(new Error(`the call failed before it was ${name}`, { cause: error })),
  )
  early.catch(() => undefined)
  await bench.success(Promise.race([place, early]), `the way to where the call is ${name}`)
}

async function inOnRequest(bench: Bench, options: GivingUp): Promise<Standing> {
  const begun = gate()
  const server = await bench.serve([])
  const pool = bench.pool(server, { after: [holdingRequests(() => void begun.pass())] })
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, begun.reached, 'in onRequest')
  return { pool, promise }
}

async function queued(bench: Bench, options: GivingUp): Promise<Standing> {
  const silent = gate()
  const server = await bench.serve([readRequest(), waitAt(silent)])
  const pool = bench.pool(server, { maxSize: 1, block: true })
  const first = new AbortController()
  const holder = bench.call(pool, '/holder', { signal: first.signal })
  await reached(bench, holder, silent.reached, 'waiting for an answer')
  const promise = bench.call(pool, '/queued', options)
  const inLine = bench.until(() => pool.inspect().waiters.length > 0, 'a caller in line')
  await reached(bench, promise, inLine, 'queued')
  const given = promise.finally(() => first.abort())
  given.catch(() => undefined)
  return { pool, promise: given }
}

async function connecting(bench: Bench, options: GivingUp): Promise<Standing> {
  const dialled = gate()
  const pool = bench.pool(await bench.serve([]), { after: [holdingConnects(dialled)] })
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, dialled.reached, 'connecting')
  return { pool, promise }
}

async function sending(bench: Bench, options: GivingUp): Promise<Standing> {
  const silent = gate()
  const server = await bench.serve([readRequest({ body: false }), stopReading(), waitAt(silent)])
  const pool = bench.pool(server)
  const promise = bench.call(pool, '/', { ...options, method: 'PUT', body: MUCH })
  await reached(bench, promise, silent.reached, 'being sent')
  return { pool, promise }
}

async function waiting(bench: Bench, options: GivingUp): Promise<Standing> {
  const silent = gate()
  const pool = bench.pool(await bench.serve([readRequest(), waitAt(silent)]))
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, silent.reached, 'waiting for the head')
  return { pool, promise }
}

async function inOnResponse(bench: Bench, options: GivingUp): Promise<Standing> {
  const begun = gate()
  const server = await bench.serve([readRequest(), send(HALF), waitAt(gate())])
  const pool = bench.pool(server, { after: [holdingResponses(() => void begun.pass())] })
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, begun.reached, 'in onResponse')
  return { pool, promise }
}

async function inOnError(bench: Bench, options: GivingUp): Promise<Standing> {
  const begun = gate()
  const server = await bench.serve([readRequest(), close()])
  const pool = bench.pool(server, { after: [holdingErrors(() => void begun.pass())] })
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, begun.reached, 'in onError')
  return { pool, promise }
}

async function halfAnswer(bench: Bench): Promise<{ pool: BenchPool; silent: Gate }> {
  const silent = gate()
  return { pool: bench.pool(await bench.serve([readRequest(), send(HALF), waitAt(silent)])), silent }
}

async function preloading(bench: Bench, options: GivingUp): Promise<Standing> {
  const { pool, silent } = await halfAnswer(bench)
  const promise = bench.call(pool, '/', options)
  await reached(bench, promise, silent.reached, 'reading its body')
  await turns(5)
  return { pool, promise }
}

async function streaming(bench: Bench, options: GivingUp): Promise<Standing> {
  const { pool } = await halfAnswer(bench)
  const answer = await bench.success(bench.call(pool, '/', { ...options, preloadContent: false }), 'GET /')
  const promise = answer.bytes()
  promise.catch(() => undefined)
  await turns(5)
  return { pool, promise }
}

async function betweenResends(bench: Bench, options: GivingUp): Promise<Standing> {
  const busy = [readRequest(), send(response(503, 'busy'))]
  const pool = bench.pool(await bench.serve([busy, busy, busy]), { after: [resender(3_600_000)] })
  const promise = bench.call(pool, '/', options)
  const asleep = bench.until(() => pool.inspect().sleeping > 0, 'a wait between two attempts')
  await reached(bench, promise, asleep, 'between two attempts')
  return { pool, promise }
}

/** All places but the one before the call. */
export const phases: readonly Phase[] = [
  { name: 'in onRequest', stand: inOnRequest },
  { name: 'queued', stand: queued },
  { name: 'connecting', stand: connecting },
  { name: 'sending', stand: sending },
  { name: 'waiting for the head', stand: waiting },
  { name: 'in onResponse', stand: inOnResponse },
  { name: 'reading a preloaded body', stand: preloading },
  { name: 'streaming a body', stand: streaming },
  { name: 'in onError', stand: inOnError },
  { name: 'between two attempts', stand: betweenResends },
]
