/**
 * Where the body goes: to stdout, or into a file, from its beginning or from where an earlier run stopped.
 *
 * Rule: a file is touched only when there is something to put into it. Neighbour: run.ts.
 */
import { createWriteStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { HTTPResponse } from '@rockpool/core'
import type { Asked } from './arguments.js'
import { type Io, OutputError } from './io.js'
import { Meter } from './progress.js'

/** Bytes that are there already; 0 without a file. */
export function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

/** Where in the file the body begins; `undefined` when the file is whole already. */
export function startOf(response: HTTPResponse, already: number): number | undefined {
  const range = response.headers.get('content-range') ?? ''
  if (response.status === 416) {
    // RFC 9110 §14.4: an unsatisfied range tells the complete length.
    if (/^bytes \*\/(\d+)$/.exec(range)?.[1] === String(already)) return undefined
    throw new Error('the server has no more than what is in the file, and that is not the whole')
  }
  if (response.status !== 206) return 0
  const first = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(range)?.[1]
  if (first !== String(already) || response.headers.has('content-encoding'))
    throw new Error(`the server sent another part than was asked for: ${range.slice(0, 100)}`)
  return already
}

/** Writes the body into a file. */
export async function intoFile(
  response: HTTPResponse,
  path: string,
  start: number,
  asked: Asked,
  io: Io,
): Promise<void> {
  const length = lengthOf(response)
  const meter =
    io.stderr.isTTY === true && !asked.quiet
      ? new Meter(io.stderr, io.now, start, length === undefined ? undefined : start + length)
      : undefined
  let failure: unknown
  const file = createWriteStream(path, { flags: start === 0 ? 'w' : 'a' })
  file.once('error', (error) => {
    failure = error
  })
  try {
    await pipeline(counted(response, meter), file)
  } catch (error) {
    if (failure === error) throw new OutputError(`${path} cannot be written: ${(error as Error).message}`)
    throw error
  } finally {
    meter?.end()
  }
}

/** Bytes that will come, when they come as they were announced. */
function lengthOf({ headers }: HTTPResponse): number | undefined {
  const length = headers.get('content-length')
  const differs = headers.has('content-encoding') || headers.has('transfer-encoding')
  return length === undefined || differs ? undefined : Number(length)
}

/** Writes the body to stdout. Whoever reads may stop early. */
export async function toStdout(response: HTTPResponse, io: Io): Promise<void> {
  try {
    await pipeline(text(response, io.stdout.isTTY === true), io.stdout, { end: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  }
}

async function* counted(response: HTTPResponse, meter: Meter | undefined): AsyncGenerator<Buffer> {
  for await (const chunk of response) {
    yield chunk
    meter?.add(chunk.length)
  }
}

async function* text(response: HTTPResponse, terminal: boolean): AsyncGenerator<Buffer> {
  for await (const chunk of response) {
    if (terminal && chunk.includes(0))
      throw new OutputError('the body is binary; give it a file with --output')
    yield chunk
  }
}
