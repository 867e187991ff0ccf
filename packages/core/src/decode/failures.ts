// What decoding can fail with. All of it is the peer's doing, happens in phase 'decode', and names the coding at fault.
//
// Neighbours: every file of this room throws these. Must not know: node:zlib, whose errors are only passed on as causes.
import { BodyTooLarge, DecodeError } from '../ground/errors.js'
import type { Coding } from './content-codings.js'

/** Coded data that is broken: the failure of the decoder becomes the cause. */
export function brokenCoding(coding: Coding, cause: unknown): DecodeError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new DecodeError(`cannot decode ${coding}: ${why}`, { cause, phase: 'decode' })
}

/** Coded data without its end. */
export function cutShort(coding: Coding): DecodeError {
  return new DecodeError(`cannot decode ${coding}: unexpected end of file`, { phase: 'decode' })
}

/** A frame that holds more or less than it says. */
export function wrongSize(coding: Coding, declared: number): DecodeError {
  return new DecodeError(`cannot decode ${coding}: a frame does not hold the ${declared} bytes it declares`, {
    phase: 'decode',
  })
}

/** Bytes after the end of the coded data. */
export function trailingBytes(coding: Coding): DecodeError {
  return new DecodeError(`cannot decode ${coding}: bytes after its end`, { phase: 'decode' })
}

/** Much input without any output. */
export function barrenInput(coding: Coding, bytes: number): DecodeError {
  return new DecodeError(`cannot decode ${coding}: over ${bytes} bytes that decode to nothing`, {
    phase: 'decode',
  })
}

/** More output than allowed. */
export function decodedTooLarge(maxBytes: number): BodyTooLarge {
  return new BodyTooLarge(`the body decodes to more than ${maxBytes} bytes`, { phase: 'decode' })
}
