/**
 * `--har`: gathers every attempt of a call, those that were redirected or that failed included, and writes them down when
 * the call is over, however it ended. The file is opened before the first request: a place that cannot be written is told
 * at once, not after the download. Neighbour: har-entry.ts has the format.
 */
import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from 'node:fs'
import { type HTTPResponse, VERSION } from '@rockpool/core'
import { stages } from '@rockpool/core/plugin'
import type { PoolManager } from '../pool-manager.js'
import { type Attempt, entryOf, type Telling } from './har-entry.js'
import { type Io, OutputError } from './io.js'
import { sentHead } from './sent-head.js'

/** After every tap that may change a request. */
const LAST = 100

/** One recording. */
export class HarRecorder {
  readonly #path: string
  readonly #file: number
  readonly #telling: Telling
  readonly #now: () => number
  readonly #attempts: Attempt[] = []
  #began = 0

  /** @throws {OutputError} the file cannot be written */
  constructor(path: string, telling: Telling, now: Io['now']) {
    this.#path = path
    this.#telling = telling
    this.#now = now
    this.#file = this.#writing(() => openedForOwner(path))
  }

  /** Records what goes through the manager. */
  watch({ hooks }: PoolManager): void {
    hooks.onRequest.tap({ name: 'har', stage: LAST }, ({ request, form }) => {
      this.#began = this.#now()
      this.#attempts.push({
        startedAt: new Date(),
        request,
        head: sentHead(request, form),
        response: undefined,
        error: undefined,
        failedAfter: undefined,
        body: undefined,
      })
    })
    hooks.onResponse.tap({ name: 'har', stage: stages.onResponse.observe }, ({ response }) => {
      const attempt = this.#attempts.at(-1)
      if (attempt !== undefined) attempt.response = response
    })
    hooks.onError.tap({ name: 'har', stage: stages.onError.observe }, ({ error }) => this.failed(error))
  }

  /** The last attempt came to nothing, or its body broke off. Errors that no hook is shown come from the call itself. */
  failed(error: unknown): void {
    const attempt = this.#attempts.at(-1)
    if (attempt === undefined || attempt.error !== undefined) return
    attempt.error = error
    attempt.failedAfter = this.#now() - this.#began
  }

  /** The body of the response that is delivered, looked at on its way. */
  async *body(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const body: NonNullable<Attempt['body']> = { size: 0, bytes: [], complete: false }
    const attempt = this.#attempts.at(-1)
    if (attempt !== undefined) attempt.body = body
    for await (const chunk of chunks) {
      body.size += chunk.length
      if (body.size <= this.#telling.maxBodyBytes) body.bytes.push(Buffer.from(chunk))
      else body.bytes.length = 0
      yield chunk
    }
    body.complete = true
  }

  /**
   * Writes the file.
   *
   * @throws {OutputError} it cannot be written
   */
  write(): void {
    const entries = this.#attempts.map((attempt) => entryOf(attempt, this.#telling))
    const log = { version: '1.2', creator: { name: 'rockpool', version: VERSION }, entries }
    this.#writing(() => {
      try {
        writeFileSync(this.#file, `${JSON.stringify({ log }, undefined, 2)}\n`)
      } finally {
        closeSync(this.#file)
      }
    })
  }

  #writing<Result>(write: () => Result): Result {
    try {
      return write()
    } catch (error) {
      throw new OutputError(`${this.#path} cannot be written: ${(error as Error).message}`)
    }
  }
}

/** Nobody else's, even where a file was there already: with bodies or credentials in it, it is worth as much as they are. */
function openedForOwner(path: string): number {
  const file = openSync(path, 'w', 0o600)
  try {
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600)
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/** The chunks of a response, recorded when there is a recorder. */
export function chunksOf(response: HTTPResponse, recorder: HarRecorder | undefined): AsyncIterable<Buffer> {
  return recorder === undefined ? response : recorder.body(response)
}
