/**
 * The net under streamed responses: one that is garbage collected before its body was read gives its connection
 * back, with a warning. With `NODE_DEBUG=rockpool` the warning carries the stack of the delivery.
 */
import type { BodySource } from '../ground/body-source.js'
import type { HTTPResponse } from '../ground/response.js'

interface Watched {
  readonly source: BodySource
  readonly request: string
  readonly deliveredAt: string | undefined
}

const debugging: boolean = /\brockpool\b/i.test(process.env.NODE_DEBUG ?? '')

const registry: FinalizationRegistry<Watched> = new FinalizationRegistry((watched) => {
  if (watched.source.ended) return
  watched.source.close()
  process.emitWarning(
    `A response was dropped with its body unread; its connection was closed (${watched.request}). ` +
      'Read the body, or call drain() or close().' +
      (watched.deliveredAt ?? ' Run with NODE_DEBUG=rockpool to see where it was delivered.'),
    { code: 'ROCKPOOL_UNREAD_RESPONSE', type: 'RockpoolWarning' },
  )
})

/** Watches a response whose body is streamed by `source`, until `unwatch` is given the same token. */
export function watchUnread(
  response: HTTPResponse,
  source: BodySource,
  request: string,
  token: WeakKey,
): void {
  const deliveredAt = debugging ? `\n${new Error('delivered here').stack ?? ''}` : undefined
  registry.register(response, { source, request, deliveredAt }, token)
}

/**
 * The connection has been given back: there is nothing left to watch. It has to be said: the registry holds the source,
 * the source the error that ended its body, and an error holds the objects whose methods were on the stack when it was
 * made. One of them may be the response, which then would never be collected.
 */
export function unwatch(token: WeakKey): void {
  registry.unregister(token)
}
