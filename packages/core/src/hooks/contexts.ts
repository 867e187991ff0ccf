/**
 * What a tap is shown. Narrow views that offer only what is true at that moment; five fields can be assigned
 * (`request`, `form`, `via`, `partition`, `response`), and an assignment holds for this attempt only. A context must
 * not be kept: memory of a plugin that spans attempts belongs in a WeakMap keyed by `exchange`.
 */
import type { HTTPError } from '../ground/errors.js'
import type { HistoryEntry } from '../ground/history.js'
import type { Origin } from '../ground/origin.js'
import type { HTTPRequest } from '../ground/request.js'
import type { HTTPResponse } from '../ground/response.js'
import type { RouteStep, TlsSummary } from '../ground/response-facts.js'

export type { ConnectContext, Connector, ConnectTarget } from '../transport/connector.js'

/** One call of a user, as plugins see it. Lives from the first attempt to `onSettle`. */
export interface ExchangeView {
  /** Counts the calls of a pool or manager, from 1. */
  readonly id: number
  /** The method of the base request: what the next attempt would be a copy of. */
  readonly method: string
  /** The absolute url of the base request, without user information. */
  readonly url: string
  /** Attempts begun, the present one included. */
  readonly attempt: number
  /** Attempts that another one followed, oldest first. */
  readonly history: readonly HistoryEntry[]
  /** The caller's signal; `undefined` when there is none. */
  readonly signal: AbortSignal | undefined
  /** The validated options of the call, the plugins' included. */
  readonly options: Readonly<Record<string, unknown>>
  /** When the call began, in milliseconds by `host.clock.now()`. */
  readonly startedAt: number
  /** Milliseconds left of the total time-out; `undefined` when there is none. */
  readonly timeLeft: number | undefined
  /** What became of the call: `pending` until it settles; `aborted` when the caller's signal ended it. */
  readonly outcome: 'pending' | 'response' | 'error' | 'aborted'
  /** The status that was delivered; `undefined` when none was. */
  readonly status: number | undefined
  /** What the call failed with; `undefined` unless it did. */
  readonly error: unknown
}

interface AttemptContext {
  /** The call that the attempt belongs to: the key of a plugin's memory. */
  readonly exchange: ExchangeView
  /** The same as `exchange.options`. */
  readonly options: Readonly<Record<string, unknown>>
  /** The number of this attempt, from 1. */
  readonly attempt: number
  /** The caller's signal; `undefined` when there is none. */
  readonly signal: AbortSignal | undefined
  /** What this attempt began as a copy of; frozen. */
  readonly baseRequest: HTTPRequest
}

/** For `onRequest`: an attempt is about to seek a connection. */
export interface RequestContext extends AttemptContext {
  /** What will be sent. Its headers may be changed in place, or another request be assigned. */
  request: HTTPRequest
  /** `absolute` puts the whole URL in the request line, as a forward proxy wants it. RFC 9112 §3.2.2 */
  form: 'origin' | 'absolute'
  /**
   * A forward proxy that gets the request in the place of its origin; set together with `form = 'absolute'`. The
   * connections are pooled by the proxy, and so shared by the requests of many origins; target and `Host` stay the
   * origin's. An https request may only go to an https proxy: it is secured on its way there, not behind it.
   */
  via: Origin | undefined
  /**
   * Attempts of different partitions never share a connection. A plugin that routes or authenticates connections adds to
   * it; what is there already, such as a proxy's route, has to stay in it.
   */
  partition: string
  /**
   * Milliseconds that this attempt allows for a connection, and so for whatever a tap waits for on the way to one;
   * `undefined` for no limit. The option `timeout.connect`.
   */
  readonly connectTimeout: number | undefined
}

/** For `onResponse`: a head is here, the body unread. */
export interface ResponseContext extends AttemptContext {
  /** As it was sent. */
  readonly request: HTTPRequest
  /** What the origin, or a plugin, answered. Another one may be assigned: see `wrapResponse`. */
  response: HTTPResponse
}

/** For `onError`: the attempt failed before a response was delivered. */
export interface ErrorContext extends AttemptContext {
  /** As it was, or would have been, sent. */
  readonly request: HTTPRequest
  /** What the attempt failed with; `phase` and `sent` tell whether the request may have arrived. */
  readonly error: HTTPError
}

/** A connection, as `onRelease` sees it. */
export interface ConnectionView {
  /** Counts the connections of a pool or manager, from 1. */
  readonly id: number
  /** What it serves: an origin, or a forward proxy. */
  readonly origin: Origin
  /** Exchanges begun on it. */
  readonly uses: number
  /** Milliseconds since it was opened. */
  readonly ageMs: number
  /** The steps that it was made by. */
  readonly route: readonly RouteStep[]
  /** Its TLS session; `undefined` without TLS. */
  readonly tls: TlsSummary | undefined
}

/** For `onRelease`: an attempt is done with its connection. */
export interface ReleaseContext {
  /** The call that the attempt belonged to. */
  readonly exchange: ExchangeView
  /** The connection that it is done with. */
  readonly connection: ConnectionView
  /** Whether the codec grants reuse; a tap can only take it away. */
  readonly reusable: boolean
  /** What the exchange of messages failed with; `undefined` when it did not. */
  readonly error: unknown
}
