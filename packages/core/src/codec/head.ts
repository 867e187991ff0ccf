/**
 * The values a codec hands out: what a message head says, once it was read and judged.
 *
 * A head is only made after the whole head section was accepted, so nothing above this floor ever sees half of one.
 * All objects of a kind have one shape (`Framing` too: `kind` and `length`, always), which keeps the reading side
 * monomorphic. Neighbours: codec.ts and server-codec.ts make them, connection/ reads them.
 * Must not know: what a field means beyond framing and persistence.
 */
import type { FieldLines } from './field-lines.js'

/** How the end of a message body is found (RFC 9112 §6.3). `length` is in bytes, and only known for `length` and `none`. */
export type Framing =
  | { readonly kind: 'none'; readonly length: number | undefined }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked'; readonly length: number | undefined }
  | { readonly kind: 'until-close'; readonly length: number | undefined }

/** The version a peer may speak here; every other one is refused (RFC 9112 §2.3). */
export type HttpVersion = '1.0' | '1.1'

/** An informational (1xx) head: it has no body and is followed by another head (RFC 9110 §15.2). */
export interface InformationalHead {
  readonly httpVersion: HttpVersion
  /** 100 to 199, never an accepted 101. */
  readonly status: number
  /** The reason phrase, latin1, possibly empty. */
  readonly reason: string
  /** `[name, value, name, value…]` in wire order and casing; values without white space at their ends; latin1. */
  readonly rawHeaders: readonly string[]
}

/** The head of a final response. */
export interface ResponseHead {
  readonly httpVersion: HttpVersion
  /** 200 to 999, or 101 in `onSwitch`. */
  readonly status: number
  /** The reason phrase, latin1, possibly empty. */
  readonly reason: string
  /** The field lines; latin1. */
  readonly fields: FieldLines
  /** The values of the Content-Encoding lines, in order; `undefined` when there are none. */
  readonly contentEncodings: readonly string[] | undefined
  readonly framing: Framing
  /** Whether the connection may carry another request as far as both heads say (RFC 9112 §9.3). `ClientCodec.reusable` has the last word. */
  readonly keepAlive: boolean
  /** Milliseconds of `Keep-Alive: timeout=`, the smallest one named, at least 0; `undefined` when none was. */
  readonly keepAliveTimeout: number | undefined
}

/** The head of a request, as a server reads it. */
export interface RequestHead {
  readonly method: string
  /** The request target as it was written (RFC 9112 §3.2). */
  readonly target: string
  readonly httpVersion: HttpVersion
  readonly rawHeaders: string[]
  readonly framing: Framing
  /** Whether the client is willing to send another request. */
  readonly keepAlive: boolean
  /** The `Upgrade` field when `Connection: upgrade` stands beside it. */
  readonly upgrade: string | undefined
}
