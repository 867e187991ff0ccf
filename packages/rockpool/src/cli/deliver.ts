/**
 * Where the body goes: to stdout, or into a file, from its beginning or from where an earlier run stopped.
 *
 * Rule: a file is touched only when there is something to put into it, and what is in it stays when the rest does not come.
 * Neighbours: run.ts; resume.ts knows what `--continue` needs.
 */
import { createWriteStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { HTTPResponse } from '@rockpool/core'
import type { Asked } from './arguments.js'
import { type Io, OutputError } from './io.js'
import { Meter, readableBytes } from './progress.js'
import { belongs, forget, remember } from './resume.js'

/** Bytes that are there already; 0 without a file. */
export function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}

/** Statuses by which there is no representation to put into a file (RFC 9110 §15.3.5, §15.4.5): not even an empty one. */
export const hasNothing = ({ status }: HTTPResponse): boolean => status === 204 || status === 304

/** Where in the file the body begins; `undefined` when the file is whole already. Nothing but a 200 starts it over. */
export function startOf(response: HTTPResponse, already: number, validator?: string): number | undefined {
  const range = response.headers.get('content-range') ?? ''
  if (response.status === 416) {
    // RFC 9110 §14.4: an unsatisfied range tells the complete length.
    if (/^bytes \*\/(\d+)$/.exec(range)?.[1] === String(already)) return undefined
    throw new Error('the server has no more than what is in the file, and that is not the whole')
  }
  if (response.status === 200 || hasNothing(response) || response.status >= 400) return 0
  if (response.status !== 206)
    throw new Error(`the server answered ${response.status}: neither the rest nor the whole`)
  const first = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(range)?.[1]
  if (first !== String(already) || response.headers.has('content-encoding'))
    throw new Error(`the server sent another part than was asked for: ${range.slice(0, 100)}`)
  if (!belongs(response, validator)) throw new Error('the server sent a part of another version')
  return already
}

/** Writes the body into a file. */
export async function intoFile(
  response: HTTPResponse,
  chunks: AsyncIterable<Buffer>,
  file: { readonly path: string; readonly start: number },
  asked: Asked,
  io: Io,
): Promise<void> {
  const { path, start } = file
  const length = lengthOf(response)
  const meter = new Meter(
    io.stderr.isTTY === true && !asked.quiet ? io.stderr : undefined,
    io.now,
    start,
    length === undefined ? undefined : start + length,
  )
  let failure: unknown
  const mode = asked.noClobber ? 'wx' : 'w'
  const target = createWriteStream(path, { flags: start === 0 ? mode : 'a' })
  target.once('open', () => start === 0 && remember(path, response))
  target.once('error', (error) => {
    failure = error
  })
  try {
    await pipeline(counted(chunks, meter), target)
    forget(path)
  } catch (error) {
    meter.end()
    if (failure === error) throw new OutputError(`${path} cannot be written: ${(error as Error).message}`)
    if (meter.received > 0) {
      const there = readableBytes(sizeOf(path))
      io.stderr.write(`rockpool: ${there} are in ${path}; --continue goes on there\n`)
    }
    throw error
  }
  meter.end()
}

/** Bytes that will come, when they come as they were announced. */
function lengthOf({ headers }: HTTPResponse): number | undefined {
  const length = headers.get('content-length')
  const differs = headers.has('content-encoding') || headers.has('transfer-encoding')
  return length === undefined || differs ? undefined : Number(length)
}

/** Writes the body to stdout. Whoever reads may stop early. */
export async function toStdout(chunks: AsyncIterable<Buffer>, asked: Asked, io: Io): Promise<void> {
  const guarded = io.stdout.isTTY === true && !asked.anyBytes
  try {
    await pipeline(guarded ? text(chunks) : chunks, io.stdout, { end: false })
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') return
    throw syscall === 'write' ? new OutputError(`stdout cannot be written: ${message}`) : error
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk
    meter.add(chunk.length)
  }
}

async function* text(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (chunk.includes(0))
      throw new OutputError(
        'the body is binary; give it a file with --output, or the terminal with --output -',
      )
    yield chunk
  }
}
