/**
 * What a download leaves behind for `--continue`: beside FILE, FILE.rockpool with the validator of what was being loaded. It
 * is sent as If-Range, so a server whose file has changed meanwhile sends all of it instead of a part that does not fit
 * (RFC 9110 §13.1.5). It is there from the first byte, so that it survives any end of the process, and gone when the file is
 * whole. Without one the part is asked for all the same, as curl does.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { HTTPResponse } from '@rockpool/core'

const beside = (path: string): string => `${path}.rockpool`

/** The validator to go on with. */
export function validatorFor(path: string): string | undefined {
  try {
    const text = readFileSync(beside(path), 'utf8').trim()
    return /^(?:"[\x21\x23-\x7e]*"|[A-Z][a-z]{2}, [\w :]+ GMT)$/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** A download begins: its validator is kept, and that of an earlier one forgotten. */
export function remember(path: string, response: HTTPResponse): void {
  const validator = strongValidator(response)
  if (validator === undefined || !isPlainFile(path)) forget(path)
  else writeFileSync(beside(path), `${validator}\n`)
}

/** The download is whole. */
export function forget(path: string): void {
  rmSync(beside(path), { force: true })
}

/** Whether the part belongs to what is there. */
export function belongs(response: HTTPResponse, validator: string | undefined): boolean {
  const tag = response.headers.get('etag')
  return validator === undefined || tag === undefined || !validator.startsWith('"') || tag === validator
}

/** A strong entity tag, or a date that is as good as one. */
function strongValidator({ headers }: HTTPResponse): string | undefined {
  const tag = headers.get('etag')
  if (tag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(tag)) return tag
  const changed = headers.get('last-modified')
  // RFC 9110 §8.8.2.2: within a minute of the answer the file may change again under the same date.
  const age = Date.parse(headers.get('date') ?? '') - Date.parse(changed ?? '')
  return age >= 60_000 ? changed : undefined
}

/** Not a device or a pipe, beside which nothing should appear. */
function isPlainFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return true
  }
}
