// A plugin passes the body of a request through a function: whose fault it is when the function, or what it reads, fails.
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { PluginError, RequestError, ResponseError } from '../src/index.js'
import { type BodyThrough, definePlugin, type Plugin, stages, wrapBody } from '../src/plugin.js'
import { failureOf, poolFor } from './support/pools.js'
import { answering, ok } from './support/raw-origin.js'

const slip = new TypeError('a slip')
const ways: Record<string, (thrown: unknown) => BodyThrough> = {
  'throws at once': (thrown) => () => {
    throw thrown
  },
  'throws when it is read': (thrown) =>
    async function* (chunks) {
      // Not after the last one: the origin might answer first.
      for await (const _ of chunks) throw thrown
      yield Buffer.alloc(0)
    },
  'throws when it is read, synchronously': (thrown) =>
    // biome-ignore lint/correctness/useYield: it fails before it could
    function* () {
      throw thrown
    },
}
const passing: BodyThrough = async function* (chunks) {
  yield* chunks
}

/** Passes each body through the functions given, the first innermost. */
function wrapping(name: string, stage: number, asynchronously: boolean, ...through: BodyThrough[]): Plugin {
  return definePlugin({
    name,
    apply({ hooks }) {
      const at = { name, stage }
      const tap: Parameters<typeof hooks.onRequest.tap>[1] = (context) => {
        for (const each of through)
          context.request = context.request.with({ body: wrapBody(context.request.body, each) })
      }
      if (asynchronously) hooks.onRequest.tapPromise(at, async (context) => tap(context))
      else hooks.onRequest.tap(at, tap)
    },
  })()
}

const { amend, sign } = stages.onRequest
const failing = async (
  plugins: readonly Plugin[],
  body: Parameters<typeof wrapBody>[0] | string | Readable,
) => {
  const pool = poolFor(await answering(ok()), { plugins })
  return failureOf(pool.request('POST', '/sent', { body }))
}

describe('what the function given to wrapBody throws', () => {
  const cases = Object.keys(ways).flatMap((how) => [true, false].map((later) => [how, later] as const))
  it.each(cases)('that %s is a PluginError with its name (tapPromise %j)', async (how, later) => {
    const maker = wrapping('maker', amend, later, ways[how]?.(slip) as BodyThrough, passing)
    // Put around it by another one: the blame stays where it belongs.
    const error = await failing([wrapping('other', sign, !later, passing), maker], 'abc')
    expect(error).toMatchObject({
      constructor: PluginError,
      plugin: 'maker',
      hook: 'onRequest',
      cause: slip,
      phase: 'send',
      sent: 'some',
      method: 'POST',
      url: expect.stringMatching(/\/sent$/),
      message: 'plugin "maker" failed in onRequest: a slip',
    })
  })

  it.each(Object.keys(ways))('that %s is passed on when it is an error of ours', async (how) => {
    const refusal = new ResponseError('not to be sent')
    const error = await failing([wrapping('maker', amend, false, ways[how]?.(refusal) as BodyThrough)], 'abc')
    expect(error).toBe(refusal)
  })

  it('and a function that returns no iterable is told so', async () => {
    const wrong = (() => 5) as unknown as BodyThrough
    expect(await failing([wrapping('maker', amend, false, wrong)], 'abc')).toMatchObject({
      plugin: 'maker',
      message: expect.stringContaining('the function given to wrapBody returned no iterable'),
    })
  })

  it("ends the caller's stream", async () => {
    for (const how of Object.keys(ways)) {
      const body = Readable.from(['a', 'b'])
      await failing([wrapping('maker', amend, false, ways[how]?.(slip) as BodyThrough)], body)
      expect([how, body.destroyed]).toEqual([how, true])
    }
  })
})

describe("what the caller's own body throws", () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a')
    throw slip
  }
  const plugins = [wrapping('one', amend, false, passing, passing), wrapping('two', sign, true, passing)]
  const callers = { constructor: RequestError, message: 'reading the request body failed', cause: slip }

  it('through the functions of plugins is not their fault', async () => {
    expect(await failing(plugins, Readable.from(broken()))).toMatchObject(callers)
  })

  it('is not the fault of the plugin whose tap comes first when the caller wrapped it', async () => {
    const { toBody } = await import('../src/ground/body.js')
    const wrapped = wrapBody(toBody('abc'), ways['throws when it is read']?.(slip) as BodyThrough)
    expect(await failing([wrapping('idle', amend, false)], wrapped)).toMatchObject(callers)
    expect(await failing(plugins, wrapped)).toMatchObject(callers)
  })
})
