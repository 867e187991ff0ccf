/**
 * What a download leaves behind for `--continue`: beside FILE, FILE.rockpool with the validator of what was being loaded. It
 * is sent as If-Range, so a server whose file has changed meanwhile sends all of it instead of a part that does not fit
 * (RFC 9110 §13.1.5). It is there from the first byte, so that it survives any end of the process, and gone when the file is
 * whole. Without one the part is asked for all the same, as curl does.
 *
 * It is a help, not a promise: where it cannot be written the download goes on without. And the name is only probably ours:
 * what stands there and is no validator is somebody's, and is left alone.
 */
import { lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { HTTPResponse } from '@rockpool/core'

const beside = (path: string): string => `${path}.rockpool`
/** A strong entity tag or an IMF-fixdate: all that is ever written there. */
const VALIDATOR = /^(?:"[\x21\x23-\x7e]*"|[A-Z][a-z]{2}, [\w :]+ GMT)$/
/** More than any head may have. */
const MAX_BYTES = 65_536

/** The validator to go on with. */
export function validatorFor(path: string): string | undefined {
  try {
    const found = lstatSync(beside(path))
    if (!found.isFile() || found.size > MAX_BYTES) return undefined
    const text = readFileSync(beside(path), 'utf8').trim()
    return VALIDATOR.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** A download begins: its validator is kept, and that of an earlier one forgotten. */
export function remember(path: string, response: HTTPResponse): void {
  const validator = strongValidator(response)
  forget(path)
  if (validator === undefined || !isPlainFile(path)) return
  // `wx`: what is still there is not ours.
  bestEffort(() => writeFileSync(beside(path), `${validator}\n`, { flag: 'wx' }))
}

/** The download is whole. */
export function forget(path: string): void {
  if (validatorFor(path) !== undefined) bestEffort(() => rmSync(beside(path), { force: true }))
}

function bestEffort(work: () => void): void {
  try {
    work()
  } catch {
    // A read-only directory, a full disk, a place that is no directory: the download itself tells what matters.
  }
}

/** Whether the part belongs to what is there. */
export function belongs(response: HTTPResponse, validator: string | undefined): boolean {
  if (validator === undefined) return true
  // RFC 9110 §15.3.7: the tag that a 200 would have had must be in the 206; a date need not.
  if (validator.startsWith('"')) return response.headers.get('etag') === validator
  return (response.headers.get('last-modified') ?? validator) === validator
}

/** A strong entity tag, or a date that is as good as one. */
function strongValidator({ headers }: HTTPResponse): string | undefined {
  const tag = headers.get('etag')
  if (tag?.startsWith('"') === true && VALIDATOR.test(tag)) return tag
  const changed = headers.get('last-modified') ?? ''
  // RFC 9110 §8.8.2.2: within a minute of the answer the file may change again under the same date.
  const age = Date.parse(headers.get('date') ?? '') - Date.parse(changed)
  return age >= 60_000 && VALIDATOR.test(changed) ? changed : undefined
}

/** Not a device or a pipe, beside which nothing should appear. */
function isPlainFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return true
  }
}
