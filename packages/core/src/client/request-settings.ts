/**
 * What one call was asked for, resolved against its pool's defaults: read on every request, so a fixed shape and
 * no look-ups. A call without options shares one value with all such calls of its client.
 */
import type { InformationalHead } from '../codec/codec.js'
import { HTTPHeaders } from '../ground/headers.js'

/** See the file's head. Times are milliseconds; `undefined` means no limit. */
export interface RequestSettings {
  readonly connectTimeout: number | undefined
  readonly readTimeout: number | undefined
  readonly totalTimeout: number | undefined
  readonly poolTimeout: number | undefined
  readonly signal: AbortSignal | undefined
  readonly preloadContent: boolean
  readonly decodeContent: boolean
  readonly enforceContentLength: boolean
  readonly requireFraming: boolean
  readonly chunked: boolean
  readonly assertSameHost: boolean | undefined
  readonly releaseConnection: boolean | undefined
  readonly expectContinue: boolean
  readonly onInformational: ((head: InformationalResponse) => void) | undefined
  /** Every validated option by name, the plugins' included; what contexts show. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A 1xx head, as `onInformational` gets it. RFC 9110 §15.2 */
export interface InformationalResponse {
  /** 100, 102 to 199. */
  readonly status: number
  /** The reason phrase; often empty. */
  readonly reason: string
  /** The fields, in order, as they came. */
  readonly headers: HTTPHeaders
}

/** How long a client waits for `100 Continue` before it sends the body all the same. As curl and Go. */
export const CONTINUE_TIMEOUT_MS = 1_000

/** The part of a 1xx head that callers see. */
export function informational(head: InformationalHead): InformationalResponse {
  return { status: head.status, reason: head.reason, headers: HTTPHeaders.fromRaw(head.rawHeaders) }
}
