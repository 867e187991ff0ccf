// Reads the fields of a form out of what a caller passes.
//
// Rule: each value is read once and brought to one shape before a byte is written; bytes are copied when the body is
// assembled. A value that is no text, number, bytes or file is refused with the name of its field.
//
// Neighbours: form-body.ts. Must not know: how parts are written.

import { isFieldValue } from './grammar.js'
import { mediaTypeOf, OCTET_STREAM } from './media-type.js'
import { OptionsError } from './usage-errors.js'

/** A file in a form. */
export interface FilePart {
  /** Its content. */
  readonly data: string | Uint8Array | ArrayBuffer | Blob
  /** The name the server sees; without it the part is a plain field. */
  readonly filename?: string | undefined
  /** Its media type. Default: by the file name's extension, otherwise `application/octet-stream`; none for a plain field. */
  readonly type?: string | undefined
}

/** One value of a form; undefined and null leave the field out. */
export type FieldValue =
  | string
  | number
  | boolean
  | Uint8Array
  | ArrayBuffer
  | Blob
  | FilePart
  | null
  | undefined

/** The fields of a form: an object (an array repeats the name), pairs, or FormData. */
export type FieldsInit =
  | Readonly<Record<string, FieldValue | readonly FieldValue[]>>
  | Iterable<readonly [name: string, value: FieldValue]>
  | FormData

/** One part, ready to be written. */
export interface FormPart {
  /** The field's name, not yet escaped. */
  readonly name: string
  /** The content. */
  readonly data: Uint8Array | Blob
  /** The file's name, not yet escaped; undefined for a plain field. */
  readonly filename: string | undefined
  /** The media type; undefined writes no Content-Type line. */
  readonly type: string | undefined
}

/** The parts of `fields`, in order. */
export function* partsOf(fields: FieldsInit): Generator<FormPart, void, undefined> {
  if (typeof fields !== 'object' || fields === null)
    throw new OptionsError('fields must be an object or pairs', { path: 'fields' })
  if (Symbol.iterator in fields) {
    for (const pair of fields as Iterable<unknown>) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new OptionsError('fields given as a list must be [name, value] pairs', { path: 'fields' })
      yield* partOf(pair[0], pair[1])
    }
    return
  }
  for (const name of Object.keys(fields)) {
    const value: unknown = (fields as Record<string, unknown>)[name]
    if (Array.isArray(value)) for (const item of value as readonly unknown[]) yield* partOf(name, item)
    else yield* partOf(name, value)
  }
}

/** The parts of a FormData, line breaks normalised as the WHATWG encoding algorithm asks. */
export function* partsOfFormData(form: FormData): Generator<FormPart, void, undefined> {
  for (const [name, value] of form as unknown as Iterable<[string, string | Blob]>) {
    yield* partOf(normaliseBreaks(name), typeof value === 'string' ? normaliseBreaks(value) : value)
  }
}

function* partOf(name: unknown, value: unknown): Generator<FormPart, void, undefined> {
  if (typeof name !== 'string')
    throw new OptionsError('fields has a name that is no string', { path: 'fields' })
  checkParameter(name, name)
  if (value === undefined || value === null) return
  const simple = dataOf(value)
  if (simple instanceof Blob) {
    const filename = (simple as Blob & { readonly name?: unknown }).name
    yield filePart(name, simple, typeof filename === 'string' ? filename : 'blob', simple.type)
  } else if (simple !== undefined) {
    yield { name, data: simple, filename: undefined, type: undefined }
  } else if (typeof value === 'object') {
    const { data, filename, type } = value as { data?: unknown; filename?: unknown; type?: unknown }
    const content = dataOf(data)
    if (content === undefined) throw refusal(name, 'data must be a string, number, bytes or a Blob')
    if (filename !== undefined && typeof filename !== 'string')
      throw refusal(name, 'filename must be a string')
    if (type !== undefined && typeof type !== 'string') throw refusal(name, 'type must be a string')
    yield filePart(name, content, filename, type ?? (content instanceof Blob ? content.type : ''))
  } else throw refusal(name, 'must be a string, number, bytes, a Blob or { filename, data, type }')
}

function filePart(
  name: string,
  data: Uint8Array | Blob,
  filename: string | undefined,
  type: string,
): FormPart {
  if (!isFieldValue(type)) throw refusal(name, 'type has a control character or one above U+00FF')
  if (filename === undefined) return { name, data, filename, type: type === '' ? undefined : type }
  checkParameter(name, filename)
  return {
    name,
    data,
    filename,
    type: type !== '' ? type : filename === 'blob' ? OCTET_STREAM : mediaTypeOf(filename),
  }
}

function dataOf(value: unknown): Uint8Array | Blob | undefined {
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return Buffer.from(String(value))
  if (value instanceof Blob) return value
  if (ArrayBuffer.isView(value))
    return Buffer.copyBytesFrom(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  if (value instanceof ArrayBuffer) return Buffer.from(value.slice(0))
  return undefined
}

// Servers written in C end a string at NUL, and would see another name than was checked.
function checkParameter(field: string, text: string): void {
  if (text.includes('\0')) throw refusal(field.replaceAll('\0', ''), 'has a NUL in its name or file name')
}

function normaliseBreaks(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n')
}

function refusal(name: string, problem: string): OptionsError {
  return new OptionsError(`fields.${name} ${problem}`, { path: `fields.${name}` })
}
