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

/** Watches a response whose body is streamed by `source`. */
export function watchUnread(response: HTTPResponse, source: BodySource, request: string): void {
  const deliveredAt = debugging ? `\n${new Error('delivered here').stack ?? ''}` : undefined
  registry.register(response, { source, request, deliveredAt })
}
