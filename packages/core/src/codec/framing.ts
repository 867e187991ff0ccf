/**
 * Where does the body end? RFC 9112 §6.3, in the order of its steps.
 *
 * Rule: this is the only place that decides it. Where the RFC leaves a choice between guessing and refusing, we refuse: a
 * Transfer-Encoding that is not exactly `chunked`, one together with Content-Length, one in HTTP/1.0, and every
 * Content-Length that is not one number. A wrong guess hands one message's bytes to another.
 * Neighbours: head-fields.ts gathers, the codecs ask. Must not know: bytes.
 */
import { InvalidHeader, quotePeerText } from '../ground/errors.js'
import { equalsIgnoreCase } from '../ground/grammar.js'
import { BAD_LENGTH, NO_LENGTH } from './content-length.js'
import type { Framing } from './head.js'
import type { HeadFields } from './head-fields.js'

/** No body at all, whatever the fields say. */
export const NONE: Framing = Object.freeze({ kind: 'none', length: 0 })
/** A body in chunks. */
export const CHUNKED: Framing = Object.freeze({ kind: 'chunked', length: undefined })
/** A body that the end of the connection ends. */
export const UNTIL_CLOSE: Framing = Object.freeze({ kind: 'until-close', length: undefined })

/** The framing of a final response that is not a switch of protocols. Throws InvalidHeader. */
export function responseFraming(method: string, status: number, minor: number, fields: HeadFields): Framing {
  // Step 1; 1xx never gets here.
  if (method === 'HEAD' || status === 204 || status === 304) return NONE
  // Step 2, a successful CONNECT, is a switch and never gets here.
  // Steps 3 and 4.
  if (fields.transferEncoding !== undefined) return transferFraming(fields, minor)
  // Step 5.
  if (fields.contentLength < NO_LENGTH) throw lengthFault(fields.contentLength)
  // Step 6.
  if (fields.contentLength !== NO_LENGTH) return { kind: 'length', length: fields.contentLength }
  // Step 8.
  return UNTIL_CLOSE
}

/**
 * Whether a response says at once that it has no body and that one follows: a 204 with Transfer-Encoding, which RFC 9112 §6.1
 * forbids. What comes next on its connection may be that body.
 */
export function contradictsItself(status: number, fields: HeadFields): boolean {
  return status === 204 && fields.transferEncoding !== undefined
}

/** The framing of a request. Throws InvalidHeader. */
export function requestFraming(minor: number, fields: HeadFields): Framing {
  if (fields.transferEncoding !== undefined) return transferFraming(fields, minor)
  if (fields.contentLength < NO_LENGTH) throw lengthFault(fields.contentLength)
  if (fields.contentLength !== NO_LENGTH) return { kind: 'length', length: fields.contentLength }
  // Step 7.
  return NONE
}

function transferFraming(fields: HeadFields, minor: number): Framing {
  const coding = fields.transferEncoding!
  if (minor === 0) throw headerFault('Transfer-Encoding in an HTTP/1.0 message')
  if (fields.contentLength !== NO_LENGTH)
    throw headerFault('Transfer-Encoding and Content-Length in one message')
  if (!equalsIgnoreCase(coding, 'chunked'))
    throw headerFault(`unsupported Transfer-Encoding ${quotePeerText(coding)}`)
  return CHUNKED
}

function lengthFault(length: number): InvalidHeader {
  return headerFault(
    length === BAD_LENGTH
      ? 'Content-Length is not one decimal number below 2^53'
      : 'Content-Length lines contradict each other',
  )
}

function headerFault(message: string): InvalidHeader {
  return new InvalidHeader(message, { phase: 'head' })
}
