/**
 * The net under streamed responses: one that is garbage collected before its body was read gives its connection
 * back, with a warning. With `NODE_DEBUG=rockpool` the warning carries the stack of the delivery.
 */
import type { BodySource } from '../ground/body-source.js'
import type { HTTPResponse } from '../ground/response.js'

/** What the net holds of one response, until it is told to let go. */
export interface Watched {
  /** `undefined` once there is nothing left to watch. */
  source: BodySource | undefined
  readonly request: string
  readonly deliveredAt: string | undefined
}

const debugging: boolean = /\brockpool\b/i.test(process.env.NODE_DEBUG ?? '')

const registry: FinalizationRegistry<Watched> = new FinalizationRegistry((watched) => {
  if (watched.source === undefined || watched.source.ended) return
  watched.source.close()
  process.emitWarning(
    `A response was dropped with its body unread; its connection was closed (${watched.request}). ` +
      'Read the body, or call drain() or close().' +
      (watched.deliveredAt ?? ' Run with NODE_DEBUG=rockpool to see where it was delivered.'),
    { code: 'ROCKPOOL_UNREAD_RESPONSE', type: 'RockpoolWarning' },
  )
})

/** Watches a response whose body is streamed by `source`, until `unwatch` is given what this returns. */
export function watchUnread(response: HTTPResponse, source: BodySource, request: string): Watched {
  const deliveredAt = debugging ? `\n${new Error('delivered here').stack ?? ''}` : undefined
  const watched: Watched = { source, request, deliveredAt }
  registry.register(response, watched, watched)
  return watched
}

/**
 * The connection has been given back: there is nothing left to watch. It has to be said: the registry holds the source,
 * the source the error that ended its body, and an error holds the objects whose methods were on the stack when it was
 * made. One of them may be the response, which then would never be collected.
 *
 * What was watched is also emptied. V8 puts the registry's cells among the old objects and does not clear one that is
 * unregistered, so all that it leads to, the last buffer of the body first, would outlive every collection but a full one.
 */
export function unwatch(watched: Watched | undefined): void {
  if (watched === undefined) return
  registry.unregister(watched)
  watched.source = undefined
}
