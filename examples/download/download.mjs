// A download to a file that survives a cut connection. Worth copying.
//
// Constant memory: the next piece is read when the last one is written, so a slow disk slows the server down instead of
// filling the heap. Never a half file under the final name: bytes go to `<file>.part`, which is renamed at the end.
// Going on after a cut is safe only when the rest is of the same file: a strong ETag in `If-Range` sees to that, and a
// server that has another one by now sends all of it (RFC 9110 §13.1.5).
import { open, rename } from 'node:fs/promises'
import { ProtocolError, ReadTimeoutError, ResponseError } from '@rockpool/core'

/**
 * Downloads `url` to `file`.
 *
 * @param {{ onProgress?: (received: number, total: number | undefined) => void, signal?: AbortSignal, resumes?: number }} options
 *   `resumes`: how often to go on after a cut; default 5
 */
export async function download(pool, url, file, { onProgress, signal, resumes = 5 } = {}) {
  const part = await open(`${file}.part`, 'w')
  const state = { received: 0, total: undefined, etag: undefined }
  try {
    for (let left = resumes; ; left--) {
      try {
        await fetchInto(part, state, await ask(pool, url, state, signal), onProgress)
        break
      } catch (error) {
        // The connection broke inside the body, or fell silent. Everything else would only happen again.
        const cut = error instanceof ProtocolError || error instanceof ReadTimeoutError
        if (!cut || left === 0 || state.etag === undefined) throw error
      }
    }
    await part.sync()
  } finally {
    await part.close()
  }
  await rename(`${file}.part`, file)
  return state.received
}

async function ask(pool, url, { received, etag }, signal) {
  const rest = received > 0 ? { Range: `bytes=${received}-`, 'If-Range': etag } : {}
  // Uncompressed: an offset into gzip is no offset into the file.
  const response = await pool.request('GET', url, {
    headers: { 'Accept-Encoding': 'identity', ...rest },
    decodeContent: false,
    preloadContent: false,
    signal,
  })
  if (response.status === 200 || response.status === 206) return response
  response.close()
  throw new ResponseError(`${url} was answered ${response.status}`)
}

async function fetchInto(part, state, response, onProgress) {
  // Leaving the loop early, by an error too, closes the response and gives the connection back.
  const body = response.stream()
  try {
    begin(state, response)
    await part.truncate(state.received)
    for await (const chunk of body) {
      await writeAll(part, chunk, state.received)
      state.received += chunk.length
      onProgress?.(state.received, state.total)
    }
  } finally {
    response.close()
  }
}

/** Where the body that comes belongs. */
function begin(state, { status, headers }) {
  if (status === 206) {
    const [, start, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
    if (Number(start) !== state.received)
      throw new ResponseError('the server sent another range than was asked for')
    if (size !== '*') state.total = Number(size)
    return
  }
  const etag = headers.get('etag')
  // A weak one says "much the same", which is not enough to glue two halves together.
  state.etag = etag?.startsWith('"') ? etag : undefined
  state.received = 0
  const length = headers.get('content-length')
  state.total = length === undefined ? undefined : Number(length)
}

async function writeAll(part, chunk, position) {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await part.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}
