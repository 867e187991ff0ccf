// The whole error taxonomy on one page.
//
// Rule: the classes say what a caller can do about a failure, the fields of HTTPError say where it happened. Names follow
// urllib3 where it has the class. `code` is the stable identity for programs, the message is for people.
//
//   HTTPError
//   ├ PoolError ⊃ EmptyPoolError, QueueFullError, ClosedPoolError, FullPoolError
//   ├ RequestError ⊃ MaxRetryError, HostChangedError
//   ├ TimeoutError ⊃ ConnectTimeoutError, ReadTimeoutError, DeadlineError
//   ├ NewConnectionError ⊃ NameResolutionError        ├ SSLError ⊃ CertificateError, PinError
//   ├ ProxyError                                      ├ ProtocolError ⊃ IncompleteRead, InvalidChunkLength, InvalidHeader, BodyTooLarge
//   ├ DecodeError, ResponseError, UnrewindableBodyError
//   ├ LocationValueError ⊃ LocationParseError, URLSchemeUnknown, ProxySchemeUnknown
//   └ OptionsError, PluginError, InsecureTransportError
//
// Neighbours: http-error.ts is the base. Must not know: who throws what.

import type { HTTPHeaders } from './headers.js'
import { type ErrorDetails, HTTPError, identify, quotePeerText } from './http-error.js'

export {
  describeFailure,
  type ErrorDetails,
  HTTPError,
  type Phase,
  quotePeerText,
  type Sent,
} from './http-error.js'

/** A failure of the pool itself: no request of this call was at fault. */
export class PoolError extends HTTPError {
  static {
    identify(PoolError, 'PoolError', 'ERR_POOL')
  }
}
/** No connection became free within `poolTimeout` (only with `block: true`). Never retried. */
export class EmptyPoolError extends PoolError {
  static {
    identify(EmptyPoolError, 'EmptyPoolError', 'ERR_EMPTY_POOL')
  }
}
/** `maxQueue` callers are already waiting for a connection. */
export class QueueFullError extends PoolError {
  static {
    identify(QueueFullError, 'QueueFullError', 'ERR_QUEUE_FULL')
  }
}
/** The pool was closed before the call, or while it waited. */
export class ClosedPoolError extends PoolError {
  static {
    identify(ClosedPoolError, 'ClosedPoolError', 'ERR_CLOSED_POOL')
  }
}
/** For code that knows it from urllib3: never made here. A connection that a full pool does not keep is closed, with a warning. */
export class FullPoolError extends PoolError {
  static {
    identify(FullPoolError, 'FullPoolError', 'ERR_FULL_POOL')
  }
}

/** The call as a whole could not be carried out. */
export class RequestError extends HTTPError {
  static {
    identify(RequestError, 'RequestError', 'ERR_REQUEST')
  }
}
/** The retries or redirects allowed are used up; `history` tells of every attempt. */
export class MaxRetryError extends RequestError {
  static {
    identify(MaxRetryError, 'MaxRetryError', 'ERR_MAX_RETRY')
  }
  /** What the last attempt failed with: an error, or a `ResponseError` for a refused status. */
  readonly reason: unknown
  /** Phase and connection are those of the reason, unless `details` say otherwise. */
  constructor(message: string, details: ErrorDetails & { readonly reason: unknown }) {
    const { reason } = details
    const facts = reason instanceof HTTPError ? reason : undefined
    super(message, {
      ...details,
      phase: details.phase ?? facts?.phase,
      reusedConnection: details.reusedConnection ?? facts?.reusedConnection,
      cause: details.cause ?? (reason instanceof Error ? reason : undefined),
    })
    this.reason = reason
  }
}
/** An absolute url of another origin was given to a pool that is bound to one (`assertSameHost`). */
export class HostChangedError extends RequestError {
  static {
    identify(HostChangedError, 'HostChangedError', 'ERR_HOST_CHANGED')
  }
}

/** A time limit was reached. */
export class TimeoutError extends HTTPError {
  static {
    identify(TimeoutError, 'TimeoutError', 'ERR_TIMEOUT')
  }
}
/** No connection, TLS and proxy handshakes included, within `timeout.connect`. */
export class ConnectTimeoutError extends TimeoutError {
  static {
    identify(ConnectTimeoutError, 'ConnectTimeoutError', 'ERR_CONNECT_TIMEOUT')
  }
}
/** No response head, or no further byte of the body, within `timeout.read`. */
export class ReadTimeoutError extends TimeoutError {
  static {
    identify(ReadTimeoutError, 'ReadTimeoutError', 'ERR_READ_TIMEOUT')
  }
}
/** `timeout.total`, which spans queue, connect, all attempts, back-off and body, is spent. */
export class DeadlineError extends TimeoutError {
  static {
    identify(DeadlineError, 'DeadlineError', 'ERR_DEADLINE')
  }
}

/** No connection could be made: refused, unreachable, bad local address. */
export class NewConnectionError extends HTTPError {
  static {
    identify(NewConnectionError, 'NewConnectionError', 'ERR_NEW_CONNECTION')
  }
}
/** The host name has no address. */
export class NameResolutionError extends NewConnectionError {
  static {
    identify(NameResolutionError, 'NameResolutionError', 'ERR_NAME_RESOLUTION')
  }
}

/** TLS could not be set up. Final at the first attempt, since the next one would meet the same certificate. */
export class SSLError extends HTTPError {
  static {
    identify(SSLError, 'SSLError', 'ERR_SSL')
  }
}
/** What a peer's identity was checked for. */
export interface IdentityDetails extends ErrorDetails {
  /** The name or address that was to be proven. */
  readonly host?: string | undefined
  /** What would have been accepted. */
  readonly expected?: string | undefined
  /** What the peer showed. */
  readonly actual?: string | undefined
}
/** The certificate chain or the name in it was not accepted. */
export class CertificateError extends SSLError {
  static {
    identify(CertificateError, 'CertificateError', 'ERR_CERTIFICATE')
  }
  /** The name or address that was to be proven. */
  readonly host: string | undefined
  /** What would have been accepted. */
  readonly expected: string | undefined
  /** What the certificate says. */
  readonly actual: string | undefined
  constructor(message: string, details: IdentityDetails = {}) {
    super(message, details)
    this.host = details.host
    this.expected = details.expected
    this.actual = details.actual
  }
}
/** The certificate does not match a pin. */
export class PinError extends SSLError {
  static {
    identify(PinError, 'PinError', 'ERR_PIN')
  }
  /** The name the pin is for. */
  readonly host: string | undefined
  /** The pins that would have been accepted. */
  readonly expected: string | undefined
  /** The fingerprint of what the peer showed. */
  readonly actual: string | undefined
  constructor(message: string, details: IdentityDetails = {}) {
    super(message, details)
    this.host = details.host
    this.expected = details.expected
    this.actual = details.actual
  }
}

/** What a proxy answered when it refused. */
export interface ProxyErrorDetails extends ErrorDetails {
  /** The precise failure; an outer rule decides by it. */
  readonly originalError?: unknown
  /** The proxy's status, when it answered. */
  readonly status?: number | undefined
  /** The proxy's header fields, when it answered. */
  readonly headers?: HTTPHeaders | undefined
  /** The beginning of the proxy's answer. */
  readonly body?: Uint8Array | undefined
}
/** Something failed before the proxy had agreed to the connection. */
export class ProxyError extends HTTPError {
  static {
    identify(ProxyError, 'ProxyError', 'ERR_PROXY')
  }
  /** The precise failure (urllib3: `original_error`). */
  readonly originalError: unknown
  /** The proxy's status, when it answered. */
  readonly status: number | undefined
  /** The proxy's header fields, when it answered. Not printed. */
  declare readonly headers: HTTPHeaders | undefined
  /** The beginning of the proxy's answer. Not printed. */
  declare readonly body: Uint8Array | undefined
  constructor(message: string, details: ProxyErrorDetails = {}) {
    super(message, details.cause === undefined ? { ...details, cause: details.originalError } : details)
    this.originalError = details.originalError
    this.status = details.status
    Object.defineProperty(this, 'headers', { value: details.headers, enumerable: false })
    Object.defineProperty(this, 'body', { value: details.body, enumerable: false })
  }
}

/** The peer broke HTTP, or the connection broke inside a message. */
export class ProtocolError extends HTTPError {
  static {
    identify(ProtocolError, 'ProtocolError', 'ERR_PROTOCOL')
  }
}
/** The body ended before its declared length (RFC 9112 §8). */
export class IncompleteRead extends ProtocolError {
  static {
    identify(IncompleteRead, 'IncompleteRead', 'ERR_INCOMPLETE_READ')
  }
  /** Body bytes that came. */
  readonly received: number
  /** Body bytes still missing; undefined when the length was not declared (chunked). */
  readonly expected: number | undefined
  constructor(
    message: string,
    details: ErrorDetails & { readonly received: number; readonly expected?: number | undefined },
  ) {
    super(message, details)
    this.received = details.received
    this.expected = details.expected
  }
}
/** A chunk size that is not 1*HEXDIG, or too large (RFC 9112 §7.1). */
export class InvalidChunkLength extends ProtocolError {
  static {
    identify(InvalidChunkLength, 'InvalidChunkLength', 'ERR_INVALID_CHUNK_LENGTH')
  }
  /** The chunk-size line, escaped and cut. */
  readonly chunk: string
  constructor(message: string, details: ErrorDetails & { readonly chunk: string }) {
    super(message, details)
    this.chunk = quotePeerText(details.chunk)
  }
}
/** A header field of the response breaks its grammar or contradicts another. */
export class InvalidHeader extends ProtocolError {
  static {
    identify(InvalidHeader, 'InvalidHeader', 'ERR_INVALID_HEADER')
  }
}
/** A body is longer than `limits.maxResponseBytes` or, decoded, `limits.maxDecodedBytes`. */
export class BodyTooLarge extends ProtocolError {
  static {
    identify(BodyTooLarge, 'BodyTooLarge', 'ERR_BODY_TOO_LARGE')
  }
}

/** The content coding is broken, cut short, or nested too deep. */
export class DecodeError extends HTTPError {
  static {
    identify(DecodeError, 'DecodeError', 'ERR_DECODE')
  }
}
/** An answer that a rule does not accept: the reason inside a `MaxRetryError`. */
export class ResponseError extends HTTPError {
  static {
    identify(ResponseError, 'ResponseError', 'ERR_RESPONSE')
  }
}
/** A resend needs the body again, and it can be read only once. Pass `() => body` to make a stream replayable. */
export class UnrewindableBodyError extends HTTPError {
  static {
    identify(UnrewindableBodyError, 'UnrewindableBodyError', 'ERR_UNREWINDABLE_BODY')
  }
}

export {
  InsecureTransportError,
  LocationParseError,
  LocationValueError,
  type OptionIssue,
  OptionsError,
  PluginError,
  ProxySchemeUnknown,
  URLSchemeUnknown,
} from './usage-errors.js'
