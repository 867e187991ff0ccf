// One-shot bodies in memory: what becomes of the stream, of the rest of it, and of whoever stops waiting meanwhile.
import { getEventListeners } from 'node:events'
import {
  type Body,
  HTTPHeaders,
  HTTPRequest,
  parseUrl,
  type RequestContext,
  toBody,
} from '@rockpool/core/plugin'
import { ManualClock, turns } from '@rockpool/testkit'
import { describe, expect, it } from 'vitest'
import { spoolBody, withSpooledBody } from './spool.js'

type Source = Parameters<typeof toBody>[0]

interface Spooling {
  readonly base: HTTPRequest
  readonly context: RequestContext
  readonly clock: ManualClock
  readonly end: Promise<void>
}

interface Waiting {
  readonly timeLeft?: number
  readonly signal?: AbortSignal
}

/** The attempt's request is its own, with the body of the call. */
function spooling(source: Source, limit: number, { timeLeft, signal }: Waiting = {}): Spooling {
  const { origin, target } = parseUrl('http://h/')
  const body = toBody(source)
  const base = new HTTPRequest({ method: 'PUT', origin, target, headers: new HTTPHeaders(), body })
  const context = {
    request: base.with({ headers: new HTTPHeaders() }),
    baseRequest: base,
    exchange: { timeLeft },
    signal,
  } as unknown as RequestContext
  const clock = new ManualClock()
  return { base, context, clock, end: spoolBody(context, limit, clock) }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

async function textOf(body: Body): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** A source that tells whether it was let go of. */
function told(
  pieces: readonly string[],
  failure?: Error,
): { source: AsyncIterable<Uint8Array>; ends: () => number } {
  let ends = 0
  const source = {
    async *[Symbol.asyncIterator]() {
      try {
        for (const piece of pieces) yield bytesOf(piece)
        if (failure !== undefined) throw failure
      } finally {
        ends += 1
      }
    },
  }
  return { source, ends: () => ends }
}

function* plainly(...pieces: readonly string[]): Generator<Uint8Array> {
  for (const piece of pieces) yield bytesOf(piece)
}

describe('a stream within the limit', () => {
  it.each([
    ['asynchronous', () => told(['123', '45']).source],
    ['plain', () => plainly('123', '45')],
  ])('(%s) becomes bytes that can be sent again, by this attempt and by the next', async (_, make) => {
    const { base, context, end } = spooling(make(), 5)
    expect(base.body.kind).toBe('one-shot')
    await end
    expect(context.request.body.replayable).toBe(true)
    expect(await textOf(context.request.body)).toBe('12345')
    expect(await textOf(context.request.body)).toBe('12345')
    const next = withSpooledBody(base)
    expect(next).not.toBe(base)
    expect(await textOf(next.body)).toBe('12345')
  })

  it('may be empty', async () => {
    const { context, end } = spooling(told([]).source, 5)
    await end
    expect(await textOf(context.request.body)).toBe('')
    expect(context.request.body.replayable).toBe(true)
  })
})

describe('a stream beyond the limit', () => {
  it.each([
    ['by a byte', 5, ['123', '456']],
    ['in its first piece', 2, ['123', '456']],
    ['long before its end', 4, ['123', '45', '6']],
  ])('(%s) is sent as it comes, all of it and once', async (_, limit, pieces) => {
    const { source, ends } = told(pieces)
    const { base, context, end } = spooling(source, limit)
    await end
    expect(context.request.body.kind).toBe('one-shot')
    expect(ends()).toBe(0)
    expect(await textOf(context.request.body)).toBe(pieces.join(''))
    expect(ends()).toBe(1)
    expect(withSpooledBody(base)).toBe(base)
  })

  it('is let go of when nobody wants the rest', async () => {
    for (const reads of [1, 3]) {
      const { source, ends } = told(['123', '456', '7', '8'])
      const { context, end } = spooling(source, 5)
      await end
      const rest = (context.request.body.open() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      for (let read = 0; read < reads; read += 1) await rest.next()
      expect(ends()).toBe(0)
      await rest.return?.()
      expect(ends()).toBe(1)
    }
  })

  it('of a plain iterable is let go of as well', async () => {
    const source = plainly('123', '456', '7')
    const { context, end } = spooling(source, 5)
    await end
    const rest = (context.request.body.open() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    await rest.next()
    await rest.return?.()
    expect(source.next()).toEqual({ done: true, value: undefined })
  })

  it('needs no way to be let go of', async () => {
    const pieces = ['123', '456', '7'].map(bytesOf)
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      const value = pieces.shift()
      return value === undefined ? { done: true, value } : { done: false, value }
    }
    const { context, end } = spooling({ [Symbol.asyncIterator]: () => ({ next }) }, 5)
    await end
    expect(await textOf(context.request.body)).toBe('1234567')
  })
})

describe('a body that is no fresh stream', () => {
  it('of bytes is left as it is', async () => {
    const { base, context, end } = spooling('12345', 10)
    await end
    expect(context.request.body).toBe(base.body)
    expect(withSpooledBody(base)).toBe(base)
  })

  it('whose stream has been read already is left as it is', async () => {
    const first = spooling(told(['12', '34', '56']).source, 3)
    await first.end
    const used = first.base
    const context = { ...first.context, request: used.with({}), baseRequest: used } as RequestContext
    const { request } = context
    expect(request.body.used).toBe(true)
    await spoolBody(context, 10, new ManualClock())
    expect(context.request).toBe(request)
  })
})

describe('a stream that fails while it is kept', () => {
  it('fails where the upload would have met it, behind what it gave', async () => {
    const failure = new Error('disk on fire')
    const { base, context, end } = spooling(told(['12'], failure).source, 100)
    await end
    const read: string[] = []
    const reading = (async () => {
      for await (const chunk of context.request.body.open()) read.push(Buffer.from(chunk).toString())
    })()
    await expect(reading).rejects.toBe(failure)
    expect(read).toEqual(['12'])
    expect(withSpooledBody(base)).toBe(base)
  })
})

describe('a call that ends while its stream is kept', () => {
  /** A source that gives nothing until it is let go of. */
  function silent(): { source: AsyncIterable<Uint8Array>; ends: () => number } {
    let ends = 0
    let finish: (step: IteratorResult<Uint8Array>) => void = () => undefined
    const iterator: AsyncIterator<Uint8Array> = {
      next: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
      return: () => {
        ends += 1
        finish({ done: true, value: undefined })
        return Promise.reject(new Error('letting go failed, and nobody need know'))
      },
    }
    return { source: { [Symbol.asyncIterator]: () => iterator }, ends: () => ends }
  }

  it('for want of time lets go of it then and not before', async () => {
    const { source, ends } = silent()
    const { clock, end } = spooling(source, 10, { timeLeft: 300 })
    await turns(1)
    clock.advance(299)
    expect(ends()).toBe(0)
    clock.advance(1)
    expect(ends()).toBe(1)
    await end
  })

  it('because the caller gave up lets go of it', async () => {
    const caller = new AbortController()
    const { source, ends } = silent()
    const { end } = spooling(source, 10, { signal: caller.signal })
    await turns(1)
    expect(ends()).toBe(0)
    caller.abort()
    expect(ends()).toBe(1)
    await end
  })

  it('has no timer when nothing bounds its time', async () => {
    const { source, ends } = silent()
    const caller = new AbortController()
    const { clock, end } = spooling(source, 10, { signal: caller.signal })
    await turns(1)
    expect([clock.pending, ends()]).toEqual([0, 0])
    caller.abort()
    await end
  })

  it('has no timer and no listener left when all was read in time', async () => {
    const caller = new AbortController()
    const { clock, end } = spooling(told(['1']).source, 10, { timeLeft: 300, signal: caller.signal })
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1)
    await end
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    expect(clock.advanceToNext()).toBe(false)
  })
})
