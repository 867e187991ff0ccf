/**
 * What can be watched from outside, without a plugin and without touching a request: the `rockpool:*` channels of
 * `node:diagnostics_channel`. Hooks act, channels watch: a subscriber sees the same views as a plugin and its answer
 * is not read.
 *
 * Every helper looks for subscribers before it makes a message, so that an unwatched client pays for one property
 * read. Channels belong to the process: what clients do is told apart by
 * the exchange, whose `id` counts per client, and by the origin.
 */
import { type Channel, channel } from 'node:diagnostics_channel'
import type { HistoryEntry } from '../ground/history.js'
import type { Origin } from '../ground/origin.js'
import type { ExchangeView } from '../hooks/contexts.js'
import type { TransportInfo } from '../transport/transport.js'

/**
 * What is published on each channel.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 *
 * subscribe('rockpool:exchange:settle', (message) => {
 *   const { exchange } = message as ChannelMessages['rockpool:exchange:settle']
 *   console.log(exchange.method, exchange.url, exchange.outcome)
 * })
 * ```
 */
export interface ChannelMessages {
  /** A call begins. */
  readonly 'rockpool:exchange:start': { readonly exchange: ExchangeView }
  /** A call is over: once for every start. `exchange.outcome` says how. */
  readonly 'rockpool:exchange:settle': { readonly exchange: ExchangeView }
  /** An attempt begins, before its hooks run; `exchange.attempt` is its number. */
  readonly 'rockpool:attempt:start': { readonly exchange: ExchangeView }
  /** An attempt is followed by another one, after `entry.delayMs`. */
  readonly 'rockpool:attempt:resend': { readonly exchange: ExchangeView; readonly entry: HistoryEntry }
  /** A connection is open and, for https, secured. */
  readonly 'rockpool:connection:open': { readonly origin: Origin; readonly info: TransportInfo }
  /** A connection could not be opened. */
  readonly 'rockpool:connection:error': { readonly origin: Origin; readonly error: unknown }
}

/** The name of a channel. */
export type ChannelName = keyof ChannelMessages

// Held for ever: Node keeps a channel only as long as somebody holds it.
const exchangeStart = open('rockpool:exchange:start')
const exchangeSettle = open('rockpool:exchange:settle')
const attemptStart = open('rockpool:attempt:start')
const attemptResend = open('rockpool:attempt:resend')
const connectionOpen = open('rockpool:connection:open')
const connectionError = open('rockpool:connection:error')

/** A call begins. */
export function publishExchangeStart(exchange: ExchangeView): void {
  if (exchangeStart.hasSubscribers) exchangeStart.publish({ exchange })
}

/** A call is over. */
export function publishExchangeSettle(exchange: ExchangeView): void {
  if (exchangeSettle.hasSubscribers) exchangeSettle.publish({ exchange })
}

/** An attempt begins. */
export function publishAttemptStart(exchange: ExchangeView): void {
  if (attemptStart.hasSubscribers) attemptStart.publish({ exchange })
}

/** An attempt is followed by another one. */
export function publishAttemptResend(exchange: ExchangeView, entry: HistoryEntry): void {
  if (attemptResend.hasSubscribers) attemptResend.publish({ exchange, entry })
}

/** A connection is open. */
export function publishConnectionOpen(origin: Origin, info: TransportInfo): void {
  if (connectionOpen.hasSubscribers) connectionOpen.publish({ origin, info })
}

/** A connection could not be opened. */
export function publishConnectionError(origin: Origin, error: unknown): void {
  if (connectionError.hasSubscribers) connectionError.publish({ origin, error })
}

/** A channel that knows what is published on it. */
interface TypedChannel<Message> extends Channel {
  publish(message: Message): void
}

function open<Name extends ChannelName>(name: Name): TypedChannel<ChannelMessages[Name]> {
  return channel(name) as TypedChannel<ChannelMessages[Name]>
}
