// Every number that bounds what a peer, or a caller, can make us hold.
//
// Rule: each limit but the two on bodies is on by default, is summed over fragments, and says why it is what it is. Reaching one is an error,
// never a silent cut: what frames a message must be what the user sees.
//
// Neighbours: codec and connection take a Limits value; the options schema reads its defaults here.
// Must not know: where a limit is enforced.

/** The bounds on one exchange. Sizes in bytes. `undefined` is "no limit". */
export interface Limits {
  /** The head of a response: status line, field lines and line ends. Default 65 536: four times what Node allows. */
  readonly maxHeaderBytes: number
  /** Field lines in a head, trailers included. Default 100, as Python's http.client and hyper. */
  readonly maxHeaderCount: number
  /** The status line alone. Default 8 192, as aiohttp: a reason phrase has no use beyond that. */
  readonly maxStatusLineBytes: number
  /** Informational (1xx) heads before one final response. Default 20: 103 comes once or a few times; more is a stall. */
  readonly maxInformational: number
  /** The trailer section of a chunked body. Default 16 384. */
  readonly maxTrailerBytes: number
  /** Chunk extensions over one whole message. Default 16 384, as hyper: many small ones cost as much as a big one. */
  readonly maxChunkExtensionBytes: number
  /** One chunk-size line with its extensions. Default 4 096. */
  readonly maxChunkLineBytes: number
  /** A response body as it comes over the wire. Default none; preloading, the default, holds it whole, streaming bounds memory. */
  readonly maxResponseBytes: number | undefined
  /** A response body after decoding, also one that needs none. Default none; preloading, the default, holds it whole, streaming bounds memory. */
  readonly maxDecodedBytes: number | undefined
  /** Content codings in a chain. Default 5, as urllib3, undici and curl. */
  readonly maxContentEncodings: number
  /** Body bytes read and discarded to save a connection. Default 65 536: more costs as much as a new connection. */
  readonly maxDrainBytes: number
}

/** The limits that hold unless a pool is told otherwise. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxHeaderBytes: 65_536,
  maxHeaderCount: 100,
  maxStatusLineBytes: 8_192,
  maxInformational: 20,
  maxTrailerBytes: 16_384,
  maxChunkExtensionBytes: 16_384,
  maxChunkLineBytes: 4_096,
  maxResponseBytes: undefined,
  maxDecodedBytes: undefined,
  maxContentEncodings: 5,
  maxDrainBytes: 65_536,
})

/** The longest method: longer tokens are mistakes or attacks; the longest registered one has 17 characters. */
export const MAX_METHOD_LENGTH = 32
/** The longest request target after encoding; servers answer 414 far below it. */
export const MAX_TARGET_LENGTH = 65_536
/** The longest field name we send. */
export const MAX_FIELD_NAME_LENGTH = 256
/** The most field lines we send; servers allow about 100. */
export const MAX_REQUEST_FIELD_LINES = 1_000
/** The longest field section we send, in bytes; servers answer 431 at 8 to 64 KiB. */
export const MAX_REQUEST_FIELD_BYTES = 262_144
/** The longest label of a host name (RFC 1035 §2.3.4). */
export const MAX_LABEL_LENGTH = 63
/** The longest host name without its trailing dot (RFC 1035 §2.3.4, as text). */
export const MAX_HOST_LENGTH = 253
/** Authorities remembered by the url parser: enough for a crawler's working set, small enough to forget. */
export const MAX_CACHED_AUTHORITIES = 1_024
/** Longer urls are parsed without remembering their authority, since a cached slice keeps the whole text alive. */
export const MAX_CACHED_URL_LENGTH = 2_048
/** How much of a file is read at a time while it is sent. */
export const FILE_READ_BYTES = 262_144
/** From here on the copy of a body is put into memory that is used again: below, allocating costs less than keeping count. */
export const MIN_REUSED_COPY_BYTES = 65_536
/** The largest copy whose memory is used again. */
export const MAX_REUSED_COPY_BYTES = 4_194_304
/** So many pieces of memory wait to be used again, if the garbage collector lets them. */
export const MAX_SHELVED_COPIES = 16
/**
 * How much longer than the connect time-out core waits for the connectors of plugins. They keep to the same time-out by timers that they
 * set a few milliseconds later, and only they know in which step the time was spent: behind a proxy it is a `ProxyError`.
 */
export const CONNECT_GRACE_MS = 50

/** How long a body is read only to save its connection, in milliseconds: about what a new connection costs at its worst. */
export const MAX_DRAIN_MS = 500
/** How long `close()` waits for the disposer of a plugin, in milliseconds: enough to flush a log, too little to hang a shutdown. */
export const MAX_DISPOSER_MS = 10_000
/** Resends of one exchange over all reasons. */
export const MAX_RESENDS = 20
