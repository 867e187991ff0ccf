// Forms as bodies: urlencoded and multipart/form-data (RFC 7578).
//
// Rule: nothing a caller passes can end a part or add a line to its head. In names and file names CR, LF and `"` are
// percent-encoded as the WHATWG form rules have it, and nothing else is, because that is what servers decode; the type of a
// part is checked as a field value; the boundary has 128 random bits. Parts that are in memory become one buffer with a known
// length; Blobs are streamed, and since their sizes are known the length still is.
//
// Neighbours: query.ts shares the urlencoded form, form-parts.ts reads what callers pass. Must not know: methods.

import { randomBytes } from 'node:crypto'
import { type Body, BytesBody, FactoryBody } from './body-value.js'
import { type FieldsInit, type FormPart, partsOf, partsOfFormData } from './form-parts.js'
import { encodeQuery, type QueryInit } from './query.js'
import { OptionsError } from './usage-errors.js'

export type { FieldsInit, FieldValue, FilePart } from './form-parts.js'

const BOUNDARY_BYTES = 16
const BOUNDARY = /^[0-9A-Za-z'+_.-]{1,70}$/
const URLENCODED = 'application/x-www-form-urlencoded' as const

/** How `encodeFields` writes a form. */
export interface EncodeFieldsOptions {
  /** multipart/form-data, or urlencoded when false. Default true. */
  readonly multipart?: boolean | undefined
  /** The boundary of a multipart body: 1 to 70 letters, digits or `'+_.-`. Default: random. */
  readonly boundary?: string | undefined
}

/**
 * Makes a form body (urllib3: `encode_multipart_formdata`, or `urlencode` with `multipart: false`).
 *
 * @throws {OptionsError} path `fields.<name>`: a value of the wrong kind, or a file in an urlencoded form; path `boundary`
 * @example encodeFields({ title: 'Fish', photo: { filename: 'f.png', data: bytes } })
 */
export function encodeFields(fields: FieldsInit, options: EncodeFieldsOptions = {}): Body {
  if (options.multipart === false)
    return new BytesBody(Buffer.from(encodeQuery(fields as Exclude<QueryInit, string>, 'fields')), URLENCODED)
  return multipart(partsOf(fields), options.boundary)
}

/** Encodes a FormData as `fetch` does: line breaks in names and text values become CR LF. */
export function multipartFromFormData(form: FormData): Body {
  return multipart(partsOfFormData(form))
}

function multipart(parts: Iterable<FormPart>, boundary: string = randomBoundary()): Body {
  if (typeof boundary !== 'string' || !BOUNDARY.test(boundary)) {
    throw new OptionsError("a boundary consists of 1 to 70 letters, digits or '+_.-", { path: 'boundary' })
  }
  const pieces: (Uint8Array | Blob)[] = []
  let length = 0
  let blobs = false
  const put = (piece: Uint8Array | Blob): void => {
    pieces.push(piece)
    length += piece instanceof Blob ? piece.size : piece.byteLength
    blobs ||= piece instanceof Blob
  }
  for (const part of parts) {
    put(Buffer.from(`--${boundary}\r\n${partHead(part)}\r\n`, 'utf8'))
    put(part.data)
    put(Buffer.from('\r\n', 'latin1'))
  }
  put(Buffer.from(`--${boundary}--\r\n`, 'latin1'))
  const contentType = `multipart/form-data; boundary=${boundary}`
  if (blobs) return new FactoryBody(() => streamed(pieces), length, contentType)
  return new BytesBody(Buffer.concat(pieces as Uint8Array[], length), contentType)
}

function partHead(part: FormPart): string {
  let head = `Content-Disposition: form-data; name="${escapeParameter(part.name)}"`
  if (part.filename !== undefined) head += `; filename="${escapeParameter(part.filename)}"`
  head += '\r\n'
  return part.type === undefined ? head : `${head}Content-Type: ${part.type}\r\n`
}

// WHATWG HTML §4.10.21.8: exactly these three.
function escapeParameter(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

async function* streamed(
  pieces: readonly (Uint8Array | Blob)[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) {
    if (piece instanceof Blob) {
      for await (const chunk of piece.stream() as unknown as AsyncIterable<Uint8Array>)
        if (chunk.byteLength > 0) yield chunk
    } else if (piece.byteLength > 0) yield piece
  }
}

function randomBoundary(): string {
  return `rockpool-${randomBytes(BOUNDARY_BYTES).toString('hex')}`
}
