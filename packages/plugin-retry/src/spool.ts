// One-shot bodies in memory, so that they can be sent again.
//
// Rule: only when `bufferBody` asks for it. The source is read before the first attempt: up to the limit it becomes bytes,
// beyond it what was read is put in front of the rest and the body stays one-shot. An attempt's request is only that
// attempt's, so the bytes are remembered by the body they replace, and whoever asks for another attempt takes them from here.
//
// Neighbours: retry.ts installs it, both plugins resend through `withSpooledBody`. Must not know: when to resend.

import { type Body, type Clock, type HTTPRequest, type RequestContext, toBody } from '@rockpool/core/plugin'

const spooled = new WeakMap<Body, Body>()

/** The same request with its one-shot body replaced by what was spooled, if it was. */
export function withSpooledBody(request: HTTPRequest): HTTPRequest {
  const body = spooled.get(request.body)
  return body === undefined ? request : request.with({ body })
}

/** Makes the body of an attempt replayable when it is a stream of at most `limit` bytes. */
export async function spoolBody(context: RequestContext, limit: number, clock: Clock): Promise<void> {
  const { body } = context.request
  if (body.kind !== 'one-shot' || body.used) return
  const source = iterator(body.open())
  const stop = stopEarly(source, context, clock)
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const step = await source.next()
      if (step.done === true) break
      chunks.push(step.value)
      length += step.value.byteLength
      if (length > limit) {
        context.request = context.request.with({ body: rest(chunks, source) })
        return
      }
    }
  } catch (error) {
    // The caller's stream failed, not this plugin: let the upload meet the failure where it would have met it.
    context.request = context.request.with({ body: rest(chunks, { next: () => Promise.reject(error) }) })
    return
  } finally {
    stop()
  }
  const bytes = toBody(Buffer.concat(chunks, length))
  spooled.set(context.baseRequest.body, bytes)
  context.request = context.request.with({ body: bytes })
}

async function* rest(chunks: Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk
    for (let step = await source.next(); step.done !== true; step = await source.next()) yield step.value
  } finally {
    await source.return?.()
  }
}

// A call that ends while its body is being read must not leave the source open.
function stopEarly(
  source: AsyncIterator<Uint8Array>,
  { exchange, signal }: RequestContext,
  clock: Clock,
): () => void {
  const end = (): void => void source.return?.()?.catch(() => undefined)
  const { timeLeft } = exchange
  const timer = timeLeft === undefined ? undefined : clock.timer(end)
  timer?.arm(timeLeft ?? 0)
  signal?.addEventListener('abort', end, { once: true })
  return () => {
    timer?.cancel()
    signal?.removeEventListener('abort', end)
  }
}

function iterator(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncIterator<Uint8Array> {
  if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]()
  const plain = source[Symbol.iterator]()
  return {
    next: async () => plain.next(),
    return: async () => plain.return?.() ?? { done: true, value: undefined },
  }
}
