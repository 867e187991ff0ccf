// A file, or a range of one, as a body.
//
// Rule: the size is taken when the body is made, so that it can be declared (RFC 9110 §8.6) and the same bytes can be sent
// again. If the file then has another size, the declared length would be a lie: sending fails instead of going on.
//
// Neighbours: file-chunks.ts reads. Must not know: content types, framing.

import { statSync } from 'node:fs'
import { FactoryBody } from './body-value.js'
import { FileChunks } from './file-chunks.js'
import { nearestName } from './nearest-name.js'
import { OptionsError } from './usage-errors.js'

/** Which part of a file to send. */
export interface FileBodyOptions {
  /** The first byte. Default 0. */
  readonly start?: number | undefined
  /** The last byte, itself included, as in `fs.createReadStream`. Default: the last of the file. */
  readonly end?: number | undefined
  /** The content type to send when the caller's headers have none. Default: none. */
  readonly contentType?: string | undefined
}

const NAMES: readonly string[] = ['start', 'end', 'contentType']

/** A replayable body of known length that is read from a file while it is sent. Made by {@link fileBody}. */
export class FileBody extends FactoryBody {
  /** The file. */
  readonly path: string | URL
  /** The first byte that is sent. */
  readonly start: number

  /** Use {@link fileBody}. */
  constructor(
    path: string | URL,
    start: number,
    length: number,
    fileSize: number,
    contentType: string | undefined,
  ) {
    super(() => new FileChunks(path, start, length, fileSize), length, contentType)
    this.path = path
    this.start = start
  }
}

/**
 * Makes a body of a file or a range of it. The file is opened at each attempt, and closed when the body ends or is abandoned.
 *
 * @param path the file; must exist now and be a regular file
 * @throws {OptionsError} path `body`, `body.start`, `body.end`, or that of an unknown option
 * @example await pool.request('PUT', '/upload', { body: fileBody('video.mp4') })
 */
export function fileBody(path: string | URL, options: FileBodyOptions = {}): FileBody {
  checkNames(options)
  const size = sizeOf(path)
  const start = options.start ?? 0
  const end = options.end ?? size - 1
  if (!Number.isSafeInteger(start) || start < 0 || start > size) {
    throw new OptionsError(`start ${String(start)} is not within a file of ${size} bytes`, {
      path: 'body.start',
    })
  }
  if (!Number.isSafeInteger(end) || end < start - 1 || end >= size) {
    throw new OptionsError(`end ${String(end)} is not within a file of ${size} bytes, or lies before start`, {
      path: 'body.end',
    })
  }
  return new FileBody(path, start, end - start + 1, size, options.contentType)
}

function sizeOf(path: string | URL): number {
  let stats: ReturnType<typeof statSync>
  try {
    stats = statSync(path)
  } catch (cause) {
    throw new OptionsError('the file of the body cannot be read', { path: 'body', cause })
  }
  if (!stats.isFile())
    throw new OptionsError('the body is not a regular file: pass a stream instead', { path: 'body' })
  return stats.size
}

function checkNames(options: FileBodyOptions): void {
  for (const name of Object.keys(options)) {
    if (NAMES.includes(name)) continue
    const similar = nearestName(name, NAMES)
    const hint = similar === undefined ? '' : `; did you mean "${similar}"?`
    throw new OptionsError(`unknown option "${name}" of a file body${hint}`, { path: `body.${name}` })
  }
}
